"""Links lead somewhere; `make docs` counts them."""

import pytest

from docs import links
from docs.links import Link, anchors, is_outside, problem
from tests.docs.pages import name_of


@pytest.mark.parametrize("page", links.pages(), ids=name_of)
def test_every_link_within_the_tree_leads_to_a_file_and_a_heading(page):
    found = [link for link in links.links(page) if not is_outside(link)]
    assert not {link.target: why for link in found if (why := problem(link))}


def test_a_link_that_leads_nowhere_is_told_of(tmp_path, monkeypatch):
    page = tmp_path / "page.md"
    page.write_text(
        "# A *title*, twice\n\n## Twice\n\n## Twice\n\n[x](other.md) ![y](z.png) [w](https://example.org)\n"
    )
    monkeypatch.setattr(links, "ROOT", tmp_path)
    assert [(link.target, is_outside(link)) for link in links.links(page)] == [
        ("other.md", False),
        ("z.png", False),
        ("https://example.org", True),
    ]
    assert anchors(page) == {"a-title-twice", "twice", "twice-1"}
    assert problem(Link(page, "other.md")) == "no such file"
    assert problem(Link(page, "#twice-2")) == "no such heading"
    assert problem(Link(page, "page.md#twice-1")) is None
    assert problem(Link(page, "../")) == "outside of the project"

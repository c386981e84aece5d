"""Pages, docstrings and words speak of a user as they."""

import re

import pytest

from tests.docs.pages import PAGES, ROOT, name_of

SOURCES = [path for kind in ("py", "toml", "js", "html") for path in sorted((ROOT / "ewarn").rglob(f"*.{kind}"))]
OF_ONE_SEX = re.compile(r"\b(?:he|him|his|himself|she|hers?|herself)\b", re.IGNORECASE)


@pytest.mark.parametrize("page", [*PAGES, *SOURCES], ids=name_of)
def test_a_user_is_they(page):
    assert OF_ONE_SEX.findall(page.read_text(encoding="utf-8")) == []

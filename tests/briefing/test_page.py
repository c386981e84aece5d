import json
import re
from base64 import b64encode
from hashlib import sha256
from html.parser import HTMLParser

import pytest

from ewarn.config.quakes import load_quake
from tests.briefing.conftest import plain, simulated
from tests.commands import ewarn
from tests.quake_file import quake_file

NASTY = '<img src=x onerror=alert(1)>"&</script>$x^$'


class Elements(HTMLParser):
    """Start tags and the ids among them."""

    def __init__(self):
        super().__init__()
        self.tags, self.ids = [], []

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        self.ids += [value for name, value in attributes if name == "id"]


def elements(page):
    parser = Elements()
    parser.feed(page)
    return parser


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A report of two runs, whose files say nasty things, and its slides."""
    folder = tmp_path_factory.mktemp("made")
    checks = [{"name": NASTY, "measured": 1.0, "limit": 2.0, "unit": NASTY, "note": NASTY, "passed": None}]
    simulated(
        folder / "deadline", checks=checks, platforms={NASTY: {}}, harness={"untrusted": [NASTY], "cut_short": NASTY}
    )
    simulated(folder / "fifo", order="fifo")
    code, said, _ = ewarn("report", folder / "deadline", folder / "fifo", "--charts", folder / "slides")
    assert (code, said.startswith(str(folder / "deadline" / "report.html"))) == (0, True)
    return folder


@pytest.fixture(scope="module")
def page(made):
    return plain((made / "deadline" / "report.html").read_text(encoding="utf-8"))


def test_nothing_that_files_say_becomes_markup(page):
    assert not [tag for tag, _ in elements(page).tags if tag == "img"]
    assert "&lt;img src=x onerror=alert(1)&gt;" in page
    assert not [name for _, attributes in elements(page).tags for name in attributes if name.startswith("on")]


def test_a_quakes_name_stands_by_itself_and_is_text_also_where_it_is_drawn(tmp_path):
    name = "<script>alert(1)</script> 'x' $\\\\frac$ \u05e9\u05dc\u05d5\u05dd"
    (tmp_path / "nasty.toml").write_text(quake_file("nasty", name), encoding="utf-8")
    for order in ("$x^$", "_y"):
        simulated(tmp_path / order, truth=load_quake(tmp_path / "nasty.toml"))
    code, _, said = ewarn("report", tmp_path / "$x^$", tmp_path / "_y", "--charts", tmp_path / "slides")
    assert (code, said) == (0, "")
    page = (tmp_path / "$x^$" / "report.html").read_text(encoding="utf-8")
    shown = "&lt;script&gt;alert(1)&lt;/script&gt; &#39;x&#39; $\\frac$ \u05e9\u05dc\u05d5\u05dd"
    assert (
        f"<bdi>{shown}</bdi>" in page and f">DRILL \u6f14\u7ec3 \u00b7 {shown} \u00b7 report of a drill</title>" in page
    )
    assert page.count("<script>") == 1
    code, said, _ = ewarn("compare", tmp_path / "$x^$", tmp_path / "_y", "--out", tmp_path / "compared")
    assert code == 0 and "$x^$" in said
    assert (tmp_path / "compared" / "compare.svg").stat().st_size > 1000


def test_only_the_script_of_the_page_may_run_and_nothing_be_fetched(page):
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', page).group(1).replace("&#39;", "'")
    script = re.search(r"<script>(.*?)</script>", page, re.DOTALL).group(1)
    digest = b64encode(sha256(script.encode()).digest()).decode()
    assert "default-src 'none'" in policy
    assert f"script-src 'sha256-{digest}';" in policy
    for tag, attributes in elements(page).tags:
        for name in ("src", "href", "xlink:href"):
            assert attributes.get(name, "#").startswith(("#", "data:")), (tag, attributes)


def test_it_says_that_it_is_a_drill_and_gives_the_verdict_first(page):
    assert page.index("DRILL 演练: nothing here") < page.index("The verdict") < page.index("Who was warned")
    assert "This measurement cannot be trusted" in page


def test_every_part_is_there_and_no_id_twice(page):
    found = elements(page)
    parts = [attributes["id"] for tag, attributes in found.tags if tag == "section"]
    assert parts == ["verdict", "warned", "delivery", "order", "lead", "replay", "blind-zones", "ledger",
                     "environment", "measured", "comparison"]  # fmt: skip
    assert len(found.ids) == len(set(found.ids))
    assert {"play-0", "play-1", "toggle", "second", "speed", "language"} <= set(found.ids)


def test_the_show_stands_in_it(page):
    told = json.loads(re.search(r'<script type="application/json" id="show">(.*?)</script>', page, re.DOTALL).group(1))
    assert [one["type"] for one in told if isinstance(one, dict)][:2] == ["scene", "play"]
    assert sum(isinstance(one, str) for one in told) == 5


def test_every_chart_is_written_for_slides(made, page):
    shown = [attributes["aria-label"] for tag, attributes in elements(page).tags if tag == "svg"]
    names = {path.stem for path in (made / "slides").iterdir()}
    assert {"warned", "delivery", "rank", "shards", "lead", "map", "compare"} <= names
    assert len(names) == len(shown)
    assert all(shown)
    assert len(list((made / "slides").iterdir())) == 2 * len(names)


def test_the_same_run_gives_the_same_page(made, tmp_path):
    ewarn("report", made / "deadline", made / "fifo", "--out", tmp_path / "again.html")
    assert (tmp_path / "again.html").read_bytes() == (made / "deadline" / "report.html").read_bytes()


def test_a_folder_that_is_no_run_is_refused(tmp_path):
    code, _, said = ewarn("report", tmp_path)
    assert code == 2
    assert "not a run" in said


def test_where_it_cannot_be_written_one_line_says_so(made, tmp_path):
    code, _, said = ewarn("report", made / "fifo", "--out", tmp_path / "no" / "report.html")
    assert code == 2
    assert said.count("\n") == 1


def test_runs_that_are_not_alike_are_compared_only_where_that_is_meant_and_then_it_is_said(made, tmp_path):
    simulated(tmp_path / "other", order="nearest", seed=2)
    code, _, said = ewarn("report", made / "fifo", tmp_path / "other", "--out", tmp_path / "report.html")
    assert code == 2
    assert "homes of users differ" in said
    assert not (tmp_path / "report.html").exists()
    words = ("--anyway", "--out", tmp_path / "report.html", "--charts", tmp_path / "slides")
    assert ewarn("report", made / "fifo", tmp_path / "other", *words)[0] == 0
    for file in ("report.html", "slides/compare.svg"):
        assert "NOT ALIKE" in (tmp_path / file).read_text(encoding="utf-8")
    assert "homes of users differ" in (tmp_path / "report.html").read_text(encoding="utf-8")


def test_of_runs_that_are_alike_nothing_is_said_of_it(page):
    assert "NOT ALIKE" not in page.partition("<script")[0]  # whose words it is among


@pytest.mark.parametrize(
    ("out", "code", "said"),
    [
        ("none/report.html", 2, "there is no folder"),
        (".", 2, "it is a folder"),
        ("/dev/full", 4, "not written (No space left on device)"),
    ],
)
def test_a_report_that_cannot_be_written_is_one_line(made, tmp_path, out, code, said):
    found, _, complaint = ewarn("report", made / "fifo", "--out", tmp_path / out)
    assert (found, complaint.count("\n")) == (code, 1)
    assert said in complaint

"""A standing drawn as text: lines that fit a terminal, and never colour alone."""

import io
from dataclasses import replace

from rich.console import Console

from ewarn.config.catalogues import find_quake
from ewarn.verdict.fate import Fate
from ewarn.watching.dashboard import SHOWN, Step, drawn
from ewarn.watching.standing import Promise, Standing, Told

LUDING = find_quake("luding-2022")
REPORTS = tuple(Told(number, "update", 5.5 + number / 10, 6.0 + 2 * number, 20_000, 19_000) for number in range(1, 7))
STANDING = Standing(
    order="deadline",
    after_s=12.4,
    p_km=71.0,
    s_km=38.2,
    reports=REPORTS,
    users=dict.fromkeys([fate.key for fate in Fate], 0)
    | {"waiting": 2_345, "in_time": 17_434, "late": 113, "blind_zone": 108},
    promises=(
        Promise("first report", 7.92, 15.0, False),
        Promise("delivery", 1.25, 1.0, True, "at 20,000 of 500,000 users"),
        Promise("epicentre", None, 0.3, False, "not shown: 108 users near, fewer than 1,000"),
    ),
)


def shown(standing=STANDING, step=None, width=80):
    """Lines as a terminal of so many columns has them."""
    console = Console(file=io.StringIO(), width=width)
    console.print(drawn(LUDING, standing, step))
    return console.file.getvalue().splitlines()


def line_with(word, lines):
    (found,) = [line for line in lines if word in line]
    return found


def test_a_standing_is_told_in_lines_that_fit_a_terminal():
    lines = shown(step=Step("playing the reports", 6, 10, 12))
    assert not any("…" in line for line in lines)
    assert len(lines) <= 15
    assert "+12 s after origin   P 71 km   S 38 km   order deadline" in lines
    assert line_with("report 6 (", lines) == "report 6 (update), magnitude 6.1, out at +18.00 s"
    assert line_with("playing", lines).endswith("6 of 10, 12 s")


def test_the_newest_reports_have_bars_as_long_as_their_share():
    lines = shown(replace(STANDING, reports=(REPORTS[0], replace(REPORTS[1], delivered=5_000))))
    half_done, done = line_with("report 2 ", lines[4:]), line_with("report 1 ", lines)
    assert half_done.endswith("5,000 of 20,000")
    assert half_done.count("━") == 8
    assert done.count("━") == 30
    assert "report 2" not in " ".join(shown()), "of many, the newest"


def test_each_state_has_its_number_its_words_and_a_mark_of_its_own():
    lines = shown()
    assert (
        line_with("waiting", lines)
        == "● 17,434 warned in time   ○ 2,345 waiting   ■ 113 late   ◆ 108 in the blind zone"
    )
    assert set(SHOWN) == set(Fate) - {Fate.SUPERSEDED, Fate.FOLLOWS_NONE}, "of users to whom a report is due"


def test_promises_stand_as_the_verdict_will_have_them():
    lines = shown()
    assert line_with("first report ", lines).split() == ["first", "report", "7.92", "s", "of", "15", "s", "within"]
    assert "1.25 s of 1 s  BROKEN, at 20,000 of 500,000 users" in line_with("delivery", lines)
    assert "within" not in line_with("epicentre", lines)


def test_nothing_is_drawn_anew_while_only_a_part_of_a_second_passes():
    assert drawn(LUDING, STANDING, None) == drawn(LUDING, replace(STANDING, after_s=12.9), None)
    assert drawn(LUDING, STANDING, None) != drawn(LUDING, replace(STANDING, after_s=13.0), None)


def test_before_a_report_is_out_that_is_said():
    assert "no report yet" in shown(replace(STANDING, reports=()))

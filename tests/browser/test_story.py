"""What the page tells of a drill: the preset at one press; its words, numbers and curves are those of the files."""

import json
import tomllib
from pathlib import Path

import pytest

from ewarn.briefing.run import load
from ewarn.verdict.headline import headline
from tests.browser.patience import becomes
from tests.views import fates_at

ORDERS = ["fifo", "deadline"]


@pytest.fixture(scope="module")
def files(preset):
    """Both runs, as their files have them."""
    said = preset[1].locator("#said li", has_text="results in").all_text_contents()
    return [load(Path(line.removeprefix("results in "))) for line in said]


def seek(page, at_s):
    """Hold the clock at a tenth of a second."""
    page.evaluate(
        """at => { const scrub = document.querySelector("#scrub");
                  scrub.value = at; scrub.dispatchEvent(new Event("input")); }""",
        at_s,
    )
    if page.text_content("#mode").startswith("▶"):
        page.click("#play")
        seek(page, at_s)
    becomes(page, lambda: page.text_content("#clock"), f"{at_s:.1f} s")


def number(page, selector):
    return int(page.get_attribute(selector, "data-value"))


def test_one_press_fills_in_the_form_and_plays_both_orders_at_a_tenth_of_what_the_promise_needs(preset, files):
    page = preset[1]
    assert [page.input_value("#order"), page.input_value("#beside")] == ORDERS
    assert page.input_value("#quake") == "luxian-2021"
    assert page.text_content("#preset span").startswith("Luxian, Sichuan, 16 September 2021: fifo beside deadline")
    assert page.text_content("#rate-said") == "60 messages a second: a tenth of the promise"
    assert [run.order for run in files] == ORDERS
    for run in files:
        assert tomllib.loads((run.files.folder / "drill.toml").read_text())["gateway"]["rate_per_s"] == 60
    assert page.locator("#maps h2").all_text_contents() == ["order: fifo", "order: deadline"]
    assert page.locator(".map-turn").all_text_contents() == [
        "first come, first served",
        "the soonest shaken first",
    ]
    assert "300 people" in page.text_content("#what")


def test_difference_curve_and_counters_say_at_every_instant_what_the_files_have(preset, files):
    page = preset[1]
    first, last = files[0].reports[0].released, max(run.closed_s for run in files)
    differences = []
    for at_s in [round(first + share * (last - first), 1) for share in (-0.1, 0.05, 0.2, 0.35, 0.5, 0.8)] + [60.0]:
        seek(page, at_s)
        found = [fates_at(run, at_s) for run in files]
        late = [one["late"] for one in found]
        wanted = abs(late[0] - late[1])
        becomes(page, lambda: number(page, "#difference strong"), wanted)
        differences.append(wanted)
        told = f"first come, first served {late[0]}, the soonest shaken first {late[1]}"
        assert told in page.text_content("#difference small")
        for play, one in enumerate(found):
            becomes(
                page, lambda play=play: number(page, f"#in-time{'-2' * play}"), one["in_time"]
            )  # a frame may take long
            assert number(page, f".curve-item:nth-child({play + 1}) b") == one["in_time"], at_s
        reached = int((files[0].users["s_s"] <= at_s).sum())
        shown = page.locator(".curve-item:nth-child(3) b")
        becomes(page, lambda: int(shown.get_attribute("data-value")), reached)  # noqa: B023
    assert differences[0] == 0 and differences[-1] > 10
    assert "more people too late with “first come, first served”" in page.text_content("#difference")
    for play, run in enumerate(files):
        assert page.get_attribute(f".curve-past .of-play-{play}", "data-last") == str(run.told.warned.in_time)


def test_each_card_of_the_verdict_has_the_headline_of_its_play_and_no_map_gives_it_away(preset, files):
    """Before, headlines stood above the maps, and a replay told its end before it began."""
    page = preset[1]
    cards = page.locator(".verdict-headline")
    for run, said in zip(files, cards.all_text_contents(), strict=True):
        assert said == f"{headline(run.told)} {'No check' if run.told.passed else 'A check'} failed."
        assert f"{run.told.warned.in_time} " in said
    assert page.is_hidden("#headline")
    page.click("#language")
    becomes(page, lambda: "人" in cards.first.text_content(), True)
    page.click("#language")


def test_a_promise_that_failed_is_a_full_red_bar_that_says_how_many_were_in_time(preset, files):
    page = preset[1]
    checks = [next(check for check in run.told.checks if check.name == "delivery") for run in files]
    assert page.evaluate("(side => side.scrollHeight - side.clientHeight)(document.querySelector('.side'))") <= 0
    failed = page.locator("#gauges li:nth-child(2) .reading[data-state=failed]")
    said = failed.locator(".reading-value")
    becomes(page, lambda: [" of " in one for one in said.all_text_contents()], [True, True])
    for bar, check in zip(failed.all(), checks, strict=True):
        assert bar.locator(".bar-filled").get_attribute("style") == "width: 100%;"
        said = bar.locator(".reading-value").text_content()
        value = f"{check.landed} of 300 in 0.5 s" if check.measured is None else f" of {check.limit:g} s"
        assert value in said and "never" not in said
        red, empty = (
            page.evaluate("name => getComputedStyle(document.querySelector(name)).backgroundColor", name)
            for name in (".reading[data-state=failed] .bar-filled", ".bar")
        )
        assert red == "rgb(176, 0, 32)" != empty
        assert "FAILED" in bar.text_content()


def test_the_charts_of_estimates_grow_with_the_clock_and_say_what_the_reports_said(preset, files):
    page = preset[1]
    reports = files[0].reports
    for shown in (1, len(reports)):
        seek(page, round(reports[shown - 1].released + 0.2, 1))
        becomes(page, page.locator(".of-magnitude .estimate-dot").count, shown)
    label = page.get_attribute(".of-magnitude svg", "aria-label")
    assert (
        label
        == f"Magnitude by report: {', '.join(f'{one.origin.magnitude:.1f}' for one in reports)}. The truth is 6.0."
    )
    off = page.locator("#reports tr:nth-child(3) td:nth-child(5)").text_content()
    assert (
        off.removesuffix(" km")
        == page.get_attribute(".of-off_km svg", "aria-label").partition(": ")[2].partition(",")[0]
    )


@pytest.mark.parametrize(("width", "height"), [(1280, 720), (1920, 1080)])
@pytest.mark.parametrize("dark", [False, True])
def test_all_of_the_pair_is_seen_without_scrolling_and_axe_finds_no_fault(preset, watch, axe, width, height, dark):
    page = watch(preset[0].spectators, width, height, dark)
    page.wait_for_selector("#difference:visible")
    seek(page, 30.0)
    for part in (
        "#what",
        "#difference",
        ".map-surface",
        "#curve",
        ".timeline",
        "#gauges",
        "#counters",
    ):
        for one in page.locator(part).all():
            box = one.bounding_box()
            assert box["height"] > 0 and box["y"] + box["height"] <= height, part
    cut = page.evaluate(
        """() => [...document.querySelectorAll(".stage p, .stage h2, .side li, .side td, .curve-key")]
                 .filter(one => one.scrollWidth > one.clientWidth + 1).map(one => one.textContent)"""
    )
    assert cut == []
    assert all(one.bounding_box()["height"] >= 330 for one in page.locator(".map-surface").all())
    assert axe(page) == []


@pytest.mark.parametrize("dark", [False, True])
def test_axe_finds_no_fault_in_the_details_of_a_pair_on_a_phone(preset, watch, axe, dark):
    page = watch(preset[0].spectators, 390, 844, dark)
    page.wait_for_selector("#difference:visible")
    assert axe(page) == []
    page.click("#tab-details")
    page.wait_for_selector(".verdict-headline:visible")
    assert axe(page) == []


def test_who_only_watches_is_shown_no_form_that_would_say_what_is_not_played(preset, watch):
    page = watch(preset[0].spectators)
    page.wait_for_selector("#difference:visible")
    assert page.is_hidden("#preset") and page.is_hidden("#rate") and page.is_hidden("#users")
    assert "60 messages a second: a tenth of the promise" in page.text_content("#what")


def test_the_slider_of_the_speed_is_worked_by_keys_says_what_it_means_and_is_asked_for(preset, watch):
    page = watch(preset[0].page)
    page.wait_for_selector("#rate:enabled")
    assert page.text_content("#rate-said") == "as fast as it can"
    page.focus("#rate")
    page.keyboard.press("ArrowRight")
    assert page.text_content("#rate-said") == "600 messages a second: all of the promise"
    page.keyboard.press("End")
    assert page.get_attribute("#rate", "aria-valuetext") == "12 messages a second: a fiftieth of the promise"
    page.fill("#users", "500000")
    assert page.text_content("#rate-said") == "20,000 messages a second: a fiftieth of the promise"
    asked = []
    page.on("websocket", lambda socket: socket.on("framesent", lambda sent: asked.append(json.loads(sent))))
    page.evaluate("document.querySelector('#controls').noValidate = true")
    page.fill("#users", "-1")  # refused, so that nothing is played
    page.click("#start")
    page.locator("#problem", has_text="users: ").wait_for()
    assert asked[0]["rate_per_s"] is None

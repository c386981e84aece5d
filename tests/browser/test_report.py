"""The report as a browser opens it from disk: what moves, and what is let out."""

import re

import pytest

from ewarn.briefing.page import write
from ewarn.briefing.run import load
from ewarn.dispatch.gates import Gates
from tests.briefing.conftest import simulated
from tests.browser.patience import becomes
from tests.views import fates_at, instants


@pytest.fixture(scope="session")
def runs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("reported")
    simulated(folder / "deadline")
    simulated(folder / "fifo", order="fifo")
    return folder


@pytest.fixture(scope="session")
def report(runs):
    return write([runs / "deadline", runs / "fifo"], None, None).as_uri()


def count(page, play, state):
    """Of the map's legend."""
    return int(page.locator(f"#play-{play} .map-legend li", has_text=state).locator("b").inner_text().replace(",", ""))


def seconds(page):
    """Of the replay's clock."""
    return float(page.locator("#clock").inner_text().split()[0])


def seek(page, second):
    page.locator("#second").evaluate(
        "(slider, second) => { slider.value = second; slider.dispatchEvent(new Event('input')); }", second
    )


def test_the_replay_ends_on_the_receipts_of_the_run(watch, report, runs):
    page = watch(report)
    for play, name in enumerate(("deadline", "fifo")):
        due = int(load(runs / name).fates.in_time.sum())
        becomes(page, lambda play=play: count(page, play, "in time"), due)
    seek(page, 0)
    becomes(page, lambda: count(page, 0, "in time"), 0)
    assert "no report yet" in page.locator("#play-0 .newest").inner_text()


def test_the_legend_says_that_a_last_mile_was_modelled_in_the_language_of_its_reader(watch, tmp_path):
    clients = {"kind": "packets", "ack_delay_ms": 40.0, "last_mile": {"rtt_ms": [40.0, 400.0], "loss": 0.01}}
    simulated(tmp_path, environment={"order": "deadline", "path": "veth", "clients": clients})
    page = watch(write([tmp_path], None, None).as_uri())
    note = page.locator("#play-0 .map-legend .notes")
    becomes(page, lambda: "40 to 400 ms" in note.inner_text(), True)
    page.locator("#language").click()
    becomes(page, lambda: "模拟的最后一公里" in note.inner_text(), True)


def test_the_legend_has_no_notes_where_there_are_none(watch, report):
    page = watch(report)
    becomes(page, lambda: count(page, 0, "in time") >= 0, True)
    assert not page.locator("#play-0 .map-legend .notes").is_visible()


NAMES = {
    "waiting": "waiting",
    "in time": "in_time",
    "late": "late",
    "blind zone": "blind_zone",
    "suppressed": "suppressed",
    "missing": "missing",
}
"""of the map's legend, and the fate that each stands for"""


def test_at_every_instant_the_legend_counts_the_fates_that_the_files_have(watch, report, runs):
    page = watch(report)
    found = {name: load(runs / name) for name in ("deadline", "fifo")}
    seen = set()
    for at_s in instants(found["deadline"]):
        seek(page, at_s)
        for play, run in enumerate(found.values()):
            expected = fates_at(run, seconds_shown(page, at_s))
            wanted = {fate: expected[fate] for fate in NAMES.values()}
            becomes(page, lambda play=play: {fate: count(page, play, words) for words, fate in NAMES.items()}, wanted)
            seen |= {fate for fate, users in expected.items() if users}
    assert seen >= {"waiting", "in_time", "late", "blind_zone"}


def seconds_shown(page, at_s):
    """Where the slider put the clock: it has steps."""
    becomes(page, lambda: abs(seconds(page) - at_s) < 0.06, True)
    return float(page.locator("#second").input_value())


def test_it_plays_and_pauses_by_keyboard_alone(watch, report):
    page = watch(report)
    seek(page, 1)
    becomes(page, lambda: seconds(page), 1.0)
    page.locator("#toggle").focus()
    page.keyboard.press("Enter")
    becomes(page, lambda: page.locator("#toggle").inner_text(), "Pause")
    becomes(page, lambda: seconds(page) > 1.2, True)
    page.keyboard.press("Enter")
    becomes(page, lambda: page.locator("#toggle").inner_text(), "Play")
    second = seconds(page)
    page.wait_for_timeout(300)  # in which it would have gone on
    assert seconds(page) == pytest.approx(second, abs=0.11)


@pytest.mark.parametrize(("width", "dark"), [(390, False), (1280, True), (1920, False)])
def test_it_fits_every_width_and_axe_finds_nothing(watch, report, axe, width, dark):
    page = watch(report, width=width, dark=dark)
    becomes(page, lambda: count(page, 0, "in time") >= 0, True)  # its maps are drawn
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    for folded in page.locator("summary").all():
        folded.click()
    assert axe(page) == []


def test_in_print_it_is_light_whole_and_without_the_replay(watch, report):
    page = watch(report, dark=True)
    page.emulate_media(media="print")
    assert page.locator(".replay").is_hidden()
    assert page.locator(".only-print").is_visible()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert page.locator(".drill").is_visible()


def test_it_speaks_its_readers_language_in_charts_too_until_another_is_chosen(watch, report):
    page = watch(report, locale="zh-CN")
    becomes(page, lambda: page.get_attribute("html", "lang"), "zh-CN")
    assert page.text_content("#verdict h2") == "结论"
    assert page.locator("#lead svg text", has_text="震中距").count() == 1
    assert "发震后" in page.text_content("#clock")
    page.click("#language")
    assert page.text_content("#verdict h2") == "The verdict"
    assert page.get_attribute("html", "lang") == "en"
    becomes(page, lambda: page.text_content("#clock").endswith("after origin"), True)


def test_whoever_prefers_a_language_that_there_is_none_of_reads_english(watch, report):
    page = watch(report, locale="de-DE")
    becomes(page, lambda: page.get_attribute("html", "lang"), "en")
    assert page.text_content("#verdict h2") == "The verdict"


def handles(page):
    """Of charts that answer, by the name of the table that they read."""
    return {
        told["table"]: page.locator(".handle").nth(index)
        for index, told in enumerate(page.evaluate(
            "[...document.querySelectorAll('[data-readings]')].flatMap((one) => JSON.parse(one.dataset.readings))"
        ))
    }  # fmt: skip


def rows(page, table):
    """What the rows of a table say, heads included, as a reading spells it."""
    return page.evaluate(
        """(id) => { const table = document.getElementById(id);
        const heads = [...table.tHead.rows[0].cells].map((one) => one.textContent);
        return [...table.tBodies[0].rows].map((row) =>
          [...row.cells].map((one, index) => `${heads[index]}: ${one.textContent}`).join("; ")); }""",
        table,
    )


def test_every_chart_answers_arrow_keys_with_the_rows_of_the_table_behind_it(watch, report):
    page = watch(report)
    found = handles(page)
    assert {"warned-figures", "delivery-figures", "rank-figures", "shards-figures", "lead-figures", "ring-figures",
            "heat-figures", "course-figures", "compare-rings", "compare-speeds"} <= set(found)  # fmt: skip
    for table, handle in found.items():
        if table == "heat-figures":
            continue
        handle.focus()
        first = handle.get_attribute("aria-valuetext")
        page.keyboard.press("End")
        last = handle.get_attribute("aria-valuetext")
        page.keyboard.press("ArrowDown" if table in ("warned-figures", "shards-figures") else "ArrowRight")
        assert handle.get_attribute("aria-valuetext") == last, "there is nothing beyond the end"
        assert {first, last} <= set(rows(page, table))
        assert int(handle.get_attribute("aria-valuenow")) <= int(handle.get_attribute("aria-valuemax"))


def test_a_map_of_heat_is_read_cell_by_cell(watch, report):
    page = watch(report)
    handle = handles(page)["heat-figures"]
    handle.focus()
    cells = rows(page, "heat-figures")[0].split("; ")
    assert handle.get_attribute("aria-valuetext") == "; ".join(cells[:2])
    page.keyboard.press("ArrowRight")
    assert handle.get_attribute("aria-valuetext") == "; ".join([cells[0], cells[2]])
    page.keyboard.press("ArrowDown")
    below = rows(page, "heat-figures")[1].split("; ")
    assert handle.get_attribute("aria-valuetext") == "; ".join([below[0], below[2]])


def test_hover_shows_the_row_at_that_place_and_leaves_nothing_behind(watch, report):
    page = watch(report, width=390, height=844)
    handle = handles(page)["lead-figures"]
    handle.hover()
    tip = handle.locator("xpath=..").locator(".tip").first
    shown = tip.inner_text().replace("\n", " ")
    (row,) = [one for one in rows(page, "lead-figures") if handle.get_attribute("aria-valuetext") == one]
    assert all(part.split(": ")[1] in shown for part in row.split("; "))
    page.mouse.move(1, 1)
    becomes(page, tip.is_hidden, True)


def test_what_is_read_off_a_chart_is_in_the_language_of_its_reader(watch, report):
    page = watch(report, locale="zh-CN")
    becomes(page, lambda: page.get_attribute("html", "lang"), "zh-CN")
    handle = handles(page)["lead-figures"]
    assert handle.get_attribute("aria-label").startswith("图表数值：预警时间与距离")
    handle.focus()
    assert "公里: 0 至 10" in handle.get_attribute("aria-valuetext")


def test_on_paper_the_band_is_repeated_on_every_page_and_readings_are_left_out(watch, report):
    page = watch(report)
    page.emulate_media(media="print")
    # Browsers repeat on every page what is fixed. It lies beside the text, which it would cover on top.
    assert page.evaluate("getComputedStyle(document.querySelector('.drill')).position") == "fixed"
    band, text = (page.locator(one).bounding_box() for one in (".drill", "main"))
    assert band["x"] + band["width"] <= text["x"]
    assert page.locator(".handle").first.is_hidden()
    pages = page.pdf(prefer_css_page_size=True)
    assert pages.startswith(b"%PDF")


COLOURS = ("accent", "in-time", "late", "failed", "blind", "p-wave")
DRAWN = ", ".join(f"[style*='var(--{colour})']" for colour in COLOURS)
"""what a chart shows its data with"""


@pytest.mark.parametrize(
    "wanted",
    [
        {"gates": Gates(intensity=11.0)},
        {"reach": 0.0},
        {"users": 1},
        {"magnitudes": (6.4,), "rate_per_s": 0.01},
        {"away_km": 300.0},
        {"reach": 0.65},
    ],
    ids=["suppressed", "unread", "one", "late", "far", "partly"],
)
def test_whatever_came_of_a_run_no_chart_is_empty_and_no_number_is_none(watch, tmp_path, wanted):
    simulated(tmp_path, **wanted)
    page = watch(write([tmp_path], None, None).as_uri())
    said = page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true;"
                         "document.querySelector('main').innerText")  # fmt: skip
    assert not re.search(r"\b(None|nan|NaN|inf|after never|to never|undefined)\b|(^|\s)-(\s|$)|-0\.0 ", said)
    for svg in page.locator("figure svg").all():
        assert svg.locator(DRAWN).count(), svg.get_attribute("aria-label")

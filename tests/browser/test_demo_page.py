"""The live page in a real browser: a drill started on it, its numbers, its phone, its keys."""

import json
from pathlib import Path

import pytest
from msgspec import convert

from ewarn.verdict.document import Document
from ewarn.verdict.headline import headline
from tests.browser.conftest import start, until
from tests.browser.patience import becomes

SECOND = 1000
FATES = {
    "in-time": "in_time",
    "late": "late",
    "blind": "blind_zone",
    "suppressed": "suppressed",
    "missing": "missing",
    "waiting": "waiting",
}
"""rows of the counters, and the fate that each stands for"""


def numbers(page):
    """The counters as they are shown."""
    return {fate: int(page.get_attribute(f"#{row}", "data-value")) for row, fate in FATES.items()}


def verdict_of(page):
    """The file that the drill on the page left."""
    line = page.locator("#said li", has_text="results in").last.text_content()
    return json.loads((Path(line.removeprefix("results in ")) / "verdict.json").read_text())


def see_the_end(page):
    """Move the clock behind the last S that anyone waits for."""
    page.focus("#scrub")
    page.keyboard.press("End")


def test_a_drill_started_on_the_page_ends_with_the_numbers_of_its_receipts(over):
    see_the_end(over)
    verdict = verdict_of(over)
    over.wait_for_selector(f"#in-time[data-value='{verdict['warned']['in_time']}']")
    found = numbers(over)
    assert sum(found.values()) == verdict["users"] == 400
    assert found == {fate: verdict["warned"].get(fate, 0) for fate in FATES.values()}
    shown = over.locator("#reports tr td:last-child").all_text_contents()
    assert shown == [f"{one['delivered']:,} / {one['targets']:,}" for one in verdict["reports"]]
    assert over.locator("#verdict article").get_attribute("data-in-time") == str(verdict["warned"]["in_time"])
    assert over.text_content("#headline") == headline(convert(verdict, Document))
    becomes(over, lambda: over.is_visible("#headline"), True)
    assert over.is_hidden("#difference")


def test_a_replay_gives_its_end_away_only_when_it_has_come_there(over):
    """Before, the headline stood above the map from the first second of a replay on."""
    becomes(over, lambda: over.is_visible("#headline"), True)  # who saw it live has seen the end
    closed_s = verdict_of(over)["closed_s"]
    for at_s, told in ((closed_s / 2, False), (closed_s + 0.1, True), (0, False)):
        over.evaluate(
            """at => { const scrub = document.querySelector("#scrub");
                      scrub.value = at; scrub.dispatchEvent(new Event("input")); }""",
            at_s,
        )
        becomes(over, lambda: over.is_visible("#headline"), told)


def test_the_load_panel_agrees_in_the_end_with_the_verdict(over):
    verdict = verdict_of(over)
    reports = verdict["reports"]
    delivered = sum(one["delivered"] for one in reports)
    over.wait_for_selector(f".load-now[data-delivered='{delivered}']")
    for name, key in (("p50", "p50"), ("p99", "p99"), ("last", "max")):
        assert float(over.get_attribute(f"#load dd[data-{name}]", f"data-{name}")) == reports[-1]["delivery_ms"][key]
    shares = [said.split(" · ")[0].split(" / ") for said in over.locator(".load-parts .load-said").all_text_contents()]
    assert [sum(map(int, column)) for column in zip(*shares, strict=True)] == [400, 400]
    assert over.text_content(".load-peak") == f"at most {verdict['load']['peak_per_s']:,}/s"
    assert over.locator(".load-processes [role=meter]").count() == len(verdict["load"]["usage"]["processes"])
    assert over.text_content(".load-bottleneck")
    over.click("#language")
    assert over.text_content("#load-heading") == "负载"


def test_the_phone_sounds_the_alarm_and_counts_down_and_is_told_the_quick_report(demo, watch):
    page = watch(demo.page)
    start(page)
    alarm = page.locator(".phone-alarm")
    alarm.wait_for(state="visible", timeout=60 * SECOND)
    assert "Kangding" in alarm.text_content()
    assert alarm.locator(".phone-trust").get_attribute("data-trust") == "verified"
    assert page.locator(".phone [aria-live=assertive]").first.text_content()
    page.keyboard.press("Escape")
    alarm.wait_for(state="hidden")
    until(page, "done")
    page.locator(".phone", has_text="quick report").wait_for(timeout=20 * SECOND)


def test_the_quake_of_the_file_is_chosen_and_is_what_is_played(own_demo, watch):
    page = watch(own_demo.page)
    page.wait_for_selector("#quake option", state="attached")
    assert page.input_value("#quake") == "my-own-quake"
    assert page.locator("#quake option").first.text_content() == "A quake of my own"
    assert page.locator("#quake option").count() > 5
    start(page)
    page.locator(".phone-alarm h2", has_text="my-own-quake").wait_for(timeout=60 * SECOND)
    until(page, "done")


def test_nothing_takes_the_drill_band_off_the_phone(demo, watch):
    page = watch(demo.page)
    page.wait_for_selector(".phone-band")
    for harm in ("band.remove()", "band.textContent = ''", "band.hidden = true", "band.style.display = 'none'"):
        page.evaluate(f"() => {{ const band = document.querySelector('.phone-band'); {harm}; }}")
        page.locator(".phone-band", has_text="DRILL 演练").wait_for(state="visible")


def test_languages_are_switched_at_once(demo, watch):
    page = watch(demo.page)
    page.wait_for_selector("#quake option", state="attached")
    assert page.get_attribute("html", "lang") == "en"
    page.click("#language")
    assert page.get_attribute("html", "lang") == "zh-CN"
    assert page.text_content("h1") == "地震预警"
    assert page.text_content("#start") == "开始"
    assert "DRILL 演练" in page.text_content(".drill-band")
    page.click("#language")
    assert page.text_content("#start") == "Start"


def test_everything_is_done_with_the_keyboard_alone(demo, watch):
    page = watch(demo.page)
    page.wait_for_selector("#start:enabled")
    reached = set()
    for _ in range(60):
        page.keyboard.press("Tab")
        reached.add(page.evaluate("document.activeElement.id || document.activeElement.className"))
    assert {
        "preset",
        "rate",
        "language",
        "theme",
        "quake",
        "users",
        "order",
        "beside",
        "start",
        "map-surface",
        "play",
        "scrub",
    } <= reached
    home = page.locator(".phone-places li").first
    before = home.text_content()
    page.focus(".map-surface")
    for key in ("ArrowDown", "ArrowDown", "ArrowRight", "Enter"):
        page.keyboard.press(key)
    becomes(page, lambda: home.text_content() != before, True)
    page.focus("#start")
    page.keyboard.press("Enter")
    until(page, "playing")
    until(page, "done")
    clock = page.text_content("#clock")
    page.keyboard.press("Escape")  # the phone's alarm
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("ArrowLeft")
    becomes(page, lambda: page.text_content("#clock") != clock, True)


def test_two_orders_are_seen_side_by_side_on_one_clock(demo, watch):
    page = watch(demo.page)
    page.wait_for_selector("#start:enabled")
    page.select_option("#beside", "fifo")
    assert page.is_disabled("#fault")
    start(page)
    until(page, "playing")
    until(page, "done")
    assert page.locator(".quake-map").count() == 2
    assert page.locator("#maps h2").all_text_contents() == ["order: deadline", "order: fifo"]
    assert page.locator("#verdict article").count() == 2
    views = "() => [...document.querySelectorAll('.quake-map')].map(({quakeMap}) => quakeMap.view)"
    first, second = page.evaluate(views)
    assert first["zoom"] == second["zoom"] == 1
    page.focus(".map-surface >> nth=1")
    page.keyboard.press("+")
    page.locator(".map-surface").first.hover(position={"x": 60, "y": 60})
    page.mouse.wheel(0, -300)
    becomes(page, lambda: page.evaluate(views)[1]["zoom"] > 1.6, True)
    first, second = page.evaluate(views)
    assert second == pytest.approx(first)
    see_the_end(page)
    page.wait_for_selector("#in-time-2[data-value]:not([data-value='0'])")
    assert page.locator("#in-time").get_attribute("data-value") == page.locator("#in-time-2").get_attribute(
        "data-value"
    )


def test_without_the_token_the_page_only_shows(demo, watch):
    page = watch(demo.spectators)
    page.wait_for_selector("#quake option", state="attached")
    assert page.is_disabled("#start")
    assert page.is_disabled("#users")
    assert "ewarn demo" in page.text_content("#problem")


def test_what_the_demo_refuses_is_said_beside_the_form(demo, watch):
    page = watch(demo.page)
    page.wait_for_selector("#start:enabled")
    page.fill("#users", "0")
    page.evaluate("document.querySelector('#controls').noValidate = true")
    page.click("#start")
    page.locator("#problem", has_text="users: ").wait_for()


@pytest.mark.parametrize(("width", "height"), [(1280, 720), (1920, 1080), (390, 844)])
@pytest.mark.parametrize("dark", [False, True])
def test_nothing_lies_outside_the_screen_and_axe_finds_no_fault(demo, watch, axe, width, height, dark):
    page = watch(demo.page, width, height, dark)
    page.wait_for_selector("#start:enabled", state="attached")  # behind a tab on a narrow screen
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    if width > 1000:
        for part in ("#start", "#gauges", ".map-surface", ".phone", ".timeline"):
            box = page.locator(part).first.bounding_box()
            assert box["y"] + box["height"] <= height, part
    assert axe(page) == []


def test_axe_finds_no_fault_with_a_drill_that_is_over_nor_with_an_alarm(demo, watch, axe):
    page = watch(demo.page, reduced_motion="reduce")
    start(page)
    page.locator(".phone-alarm").wait_for(state="visible", timeout=60 * SECOND)
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        assert page.evaluate("document.getAnimations().length") == 0  # as is asked for: the alarm does not flash
        assert axe(page) == []
    page.keyboard.press("Escape")
    until(page, "done")
    for scheme in ("dark", "light"):
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        assert axe(page) == []


def test_the_phone_alone_fits_a_phone_and_axe_finds_no_fault(demo, watch, axe):
    page = watch(demo.spectators + "phone.html?place=29.65,102.12,Moxi", 390, 844)
    page.locator(".phone-places, .phone", has_text="Moxi").first.wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert axe(page) == []


def test_the_page_measures_its_own_frames(demo, watch):
    page = watch(demo.spectators + "?bench=20000", 480, 360)  # software GL paints by area
    page.locator("#bench", has_text="median_ms").wait_for(timeout=60 * SECOND)
    measured = json.loads(page.text_content("#bench"))
    assert measured["users"] == 20000
    assert measured["frames"] == 300
    assert 0 < measured["median_ms"] <= measured["p95_ms"] <= measured["max_ms"]
    assert 0 <= measured["draw_ms"] <= measured["p95_ms"]


def test_a_phone_that_comes_back_says_of_which_quakes_it_was_told(modules):
    urls = modules.evaluate(
        """async () => {
            const {Line} = await import("./phone-line.js");
            const urls = [];
            const sockets = [];
            class Socket extends EventTarget {
                readyState = 1;
                constructor(url) {
                    super();
                    urls.push(url);
                    sockets.push(this);
                }
                send() {}
            }
            const asks = {onMessage() {}, onState() {}, WebSocket: Socket, setTimeout: (go) => go(), random: () => 0};
            new Line("me", asks).setUrls(["ws://127.0.0.1:9/v1/alerts"]);
            sockets[0].dispatchEvent(new Event("open"));
            for (const quake of ["one", "two", "one"]) {
                const data = JSON.stringify({type: "report", quake});
                sockets[0].dispatchEvent(new MessageEvent("message", {data}));
            }
            sockets[0].dispatchEvent(new CloseEvent("close", {code: 1012}));
            return urls;
        }"""
    )
    assert urls == ["ws://127.0.0.1:9/v1/alerts?user=me", "ws://127.0.0.1:9/v1/alerts?user=me&told=one&told=two"]


def test_across_the_date_line_a_map_shows_both_sides_side_by_side(modules):
    told = modules.evaluate(
        """async () => {
          const {Projection} = await import("/projection.js");
          const {nearUsers} = await import("/standing.js");
          const map = new Projection([179, -18, 182, -16], 600, 400);
          const ring = [...map.ring(-17, -179.95, 50)].filter((_, index) => index % 2 === 0);
          const quake = {latitude: -17, longitude: -179.95};
          const users = {count: 2, x: [0.3 * 65535, 65535], y: [32768, 32768], level: [0, 0]};
          return {
            west: map.x(179.9), east: map.x(-179.9), back: [map.longitude(map.x(-178.5)), map.longitude(map.x(179.5))],
            across: Math.max(...ring) - Math.min(...ring), near: nearUsers({users, scene: {box: map.box, quake}}),
          };
        }"""
    )
    assert 0 < told["east"] - told["west"] < 60
    assert told["back"] == pytest.approx([-178.5, 179.5])
    assert told["across"] < 250
    assert told["near"] == [0]

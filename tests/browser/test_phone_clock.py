"""What a phone counts by: a real gateway's clock, though the device's own is wrong, stands still or jumps."""

import json
import math
import time

import pytest

from ewarn.seismic.origin import Origin, Report
from tests.browser.patience import becomes

SHIFTED = "const right = Date.now; Date.now = () => right() + (globalThis.shift_ms ?? {});"
PLAY = round(1e9 * (time.time() - 60))
KANGDING = {"name": "Kangding", "latitude": 30.05, "longitude": 101.96}
MOUNTED = """async ([urls, places]) => {
    const {mountPhone} = await import("./phone-view.js");
    const box = document.createElement("div");
    box.id = "trial";
    document.body.replaceChildren(box);
    mountPhone(box, {places}).setAlerts(urls);
}"""


def phone(demo, gateway, watch, shift_ms=0, places=(KANGDING,)):
    """A page with one phone on it, connected to a gateway, on a device whose clock is so much ahead.

    A test asks for the gateway before it asks for the page, so that the page is closed first, or it calls in vain.
    """
    page = watch("about:blank", 390, 844)
    page.add_init_script(SHIFTED.format(shift_ms))
    page.goto(demo.spectators + "phone.html")
    page.evaluate(MOUNTED, [[f"ws://{gateway.started.listen}/v1/alerts"], list(places)])
    page.locator("#trial[data-line=connected]").wait_for()
    becomes(page, lambda: gateway.metric("ewarn_times_total") >= 1, True)
    return page


def report(quake="luding-2022", released_ago_s=0.0, number=1, status="update", magnitude=6.8, south_deg=0.0):
    """A report of a quake that began six seconds before it was released."""
    released = time.time() - released_ago_s
    return Report(
        quake,
        number,
        status,
        Origin(released - 6, 29.0 - south_deg, 102.0, 16.0, magnitude),
        "Qingzang",
        released,
        PLAY,
    )


def s_in_s(gateway, quake="luding-2022"):
    """Seconds until S at Kangding, as the gateway itself says by its own clock."""
    said = json.loads(gateway.get("/v1/snapshot?place=30.05,101.96"))
    return next(one["s_in_s"] for one in said["places"][0]["quakes"] if one["quake"] == quake)


def count(page):
    return page.locator("#trial .phone-count").text_content()


def counts_right(page, gateway, quake="luding-2022"):
    """The countdown that is seen is that of the service, read just before or just after it."""
    before = s_in_s(gateway, quake)
    seen = int(count(page))
    after = s_in_s(gateway, quake)
    assert math.ceil(after - 0.25) <= seen <= math.ceil(before + 0.25), (after, seen, before)


@pytest.mark.parametrize("shift_ms", [0, 8000, -8000])
def test_a_countdown_is_the_services_whatever_the_devices_clock_says(demo, gateway, watch, shift_ms):
    page = phone(demo, gateway, watch, shift_ms)
    gateway.release(report())
    page.locator("#trial .phone-alarm").wait_for()
    counts_right(page, gateway)


@pytest.mark.parametrize("shift_ms", [0, 8000, -8000])
def test_a_late_report_has_what_is_left_and_no_fresh_countdown(demo, gateway, watch, shift_ms):
    page = phone(demo, gateway, watch, shift_ms)
    gateway.release(report(released_ago_s=14, south_deg=0.2))
    page.locator("#trial .phone-alarm").wait_for()
    counts_right(page, gateway)


@pytest.mark.parametrize("shift_ms", [0, 8000, -8000])
def test_a_report_that_comes_after_s_says_that_s_has_passed(demo, gateway, watch, shift_ms):
    page = phone(demo, gateway, watch, shift_ms)
    gateway.release(report(released_ago_s=40))
    page.locator("#trial .phone-alarm", has_text="S has passed").wait_for()
    assert not count(page).isdigit()
    assert "S has passed" in page.locator("#trial .phone-loud").text_content()
    assert "S in" not in page.locator("#trial").text_content()


@pytest.mark.parametrize("shift_ms", [8000, -8000])
def test_who_connects_while_a_report_is_in_force_has_what_is_left(demo, gateway, watch, shift_ms):
    gateway.release(report(released_ago_s=5))
    page = phone(demo, gateway, watch, shift_ms)
    becomes(page, lambda: count(page).isdigit(), True)
    counts_right(page, gateway)


def test_a_clock_that_is_set_or_a_sleep_makes_the_phone_ask_anew_and_count_right(demo, gateway, watch):
    page = phone(demo, gateway, watch)
    gateway.release(report())
    page.locator("#trial .phone-alarm").wait_for()
    for shift_ms in (13_000, -20_000):
        asked = gateway.metric("ewarn_times_total")
        page.evaluate(f"globalThis.shift_ms = {shift_ms}")
        becomes(page, lambda asked=asked: gateway.metric("ewarn_times_total") > asked, True)
        page.wait_for_timeout(200)
        counts_right(page, gateway)


def test_of_two_quakes_the_one_that_is_taken_back_is_named_and_the_other_goes_on(demo, gateway, watch):
    page = phone(demo, gateway, watch)
    gateway.release(report(magnitude=7.2), report("lushan-2022", magnitude=7.2, south_deg=0.2))
    alarm = page.locator("#trial .phone-alarm")
    page.locator("#trial .phone-alarm .phone-other", has_text="lushan-2022").wait_for()
    assert "luding-2022" in alarm.locator("h2").text_content()
    gateway.release(report("lushan-2022", number=2, status="cancel", magnitude=7.2, south_deg=0.2))
    loud = page.locator("#trial .phone-loud")
    becomes(page, lambda: "taken back" in loud.text_content(), True)
    taken, _, still = loud.text_content().partition("taken back")
    assert "lushan-2022" in taken and "luding-2022" not in taken
    assert "luding-2022" in still and "S in" in still
    banner = page.locator("#trial .phone-banner[data-kind=cancel]").text_content()
    assert "lushan-2022" in banner and "luding-2022" not in banner
    assert "luding-2022" in alarm.locator("h2").text_content()
    assert "lushan-2022" not in alarm.text_content()
    counts_right(page, gateway)


def test_whatever_is_said_of_a_quake_names_it(demo, gateway, watch):
    page = phone(demo, gateway, watch)
    gateway.release(report())
    loud, soft = page.locator("#trial .phone-loud"), page.locator("#trial .phone-soft")
    becomes(page, lambda: "luding-2022" in loud.text_content(), True)
    gateway.release(report(number=2))
    becomes(page, lambda: "luding-2022" in soft.text_content(), True)
    gateway.release(report(number=3, status="final"))
    page.keyboard.press("Escape")
    assert "luding-2022" in page.locator("#trial .phone-banner").text_content()
    gateway.release(report(number=4, status="reviewed"))
    becomes(page, lambda: "quick report" in soft.text_content(), True)
    assert "luding-2022" in soft.text_content()
    page.locator("#trial .phone-quick", has_text="luding-2022").wait_for()


CLOCKED = """async () => {
    const {ServiceClock} = await import("./phone-clock.js");
    let [steady, wall, service] = [1000, 5_000_000, 9_000_000];
    const clock = new ServiceClock({steady: () => steady, wall: () => wall});
    const pass = (ms, {asleep = false, set = 0} = {}) => {
        steady += asleep ? 0 : ms;
        wall += ms + set;
        service += ms;
    };
    const exchange = (there, back = there) => {
        const question = clock.question();
        pass(there);
        const answer = {...question, service};
        pass(back);
        clock.answer(answer);
    };
    const untilDue = () => {
        for (let waited = 100; waited < 70000; waited += 100) {
            pass(100);
            if (clock.due()) return waited;
        }
        return null;
    };
    const off = () => Math.round(clock.now().ms - service);
    return (STEPS)();
}"""
"""A clock on made-up time; what a test writes in for STEPS sees `clock`, `pass`, `exchange`, `off`, and the times."""


@pytest.fixture
def clocked(modules):
    return lambda steps: modules.evaluate(CLOCKED.replace("STEPS", steps))


def test_the_exchange_with_the_smallest_round_trip_counts(clocked):
    assert clocked("() => { exchange(300, 900); return off(); }") == -300
    assert clocked("() => { exchange(300, 900); exchange(5, 7); exchange(0, 800); return off(); }") == -1
    assert clocked("() => { exchange(5, 7); for (let n = 0; n < 9; n += 1) exchange(0, 400); return off(); }") == -200


def test_a_clock_that_asks_does_so_each_minute_and_sooner_while_answers_are_missing_or_slow(clocked):
    assert clocked("() => clock.due()") is True
    assert clocked("() => { exchange(5); return untilDue(); }") == 60_000
    assert clocked("() => { clock.question(); return untilDue(); }") == 2_000
    slow = clocked("() => [1, 2, 3, 4].map(() => { exchange(400); return untilDue(); })")
    assert max(slow[:3]) <= 2_000
    assert slow[3] > 55_000


def test_before_the_first_answer_the_time_is_at_least_what_a_message_named_and_not_known(clocked):
    assert clocked("() => { clock.named(service - 14000); pass(3000); return [off(), clock.now().known]; }") == [
        -14000,
        False,
    ]
    told = "() => { clock.named(service - 14000); clock.named(service - 20000); clock.named(NaN); return off(); }"
    assert clocked(told) == -14000
    assert clocked("() => { clock.named(service - 14000); exchange(10); return [off(), clock.now().known]; }") == [
        0,
        True,
    ]


@pytest.mark.parametrize("set_ms", [0, 30_000, -30_000, 900_000])
@pytest.mark.parametrize("asleep", ["false", "true"])
def test_after_a_sleep_or_a_set_clock_it_is_never_too_early_and_it_asks(clocked, set_ms, asleep):
    between = f"exchange(5); clock.due(); pass(20000, {{asleep: {asleep}, set: {set_ms}}});"
    off, due = clocked(f"() => {{ {between} return [off(), clock.due()]; }}")
    assert due is True
    if asleep == "false" or set_ms >= 0:  # of a clock that is set back in a sleep nothing on the device can tell
        assert off >= 0
    assert clocked(f"() => {{ {between} exchange(5); return off(); }}") == 0


def test_an_answer_from_before_a_sleep_and_one_that_nobody_asked_for_are_let_be(clocked):
    slept = """() => {
        const answer = {...clock.question(), service};
        pass(20000, {asleep: true});
        clock.answer(answer);
        return clock.now().known;
    }"""
    assert clocked(slept) is False
    assert clocked("() => { clock.answer({sent: 1, service}); return clock.now().known; }") is False
    assert clocked("() => { clock.answer({...clock.question(), service: null}); return clock.now().known; }") is False


ALERTED = """async ([message, ms, known]) => {
    const {Alerts} = await import("./phone.js");
    const alerts = new Alerts();
    alerts.follow([[30.05, 101.96]]);
    const what = alerts.take(message);
    const now = alerts.at({ms, known});
    return {what, ...now.underWay.concat(now.past)[0]};
}"""
RELEASED_MS = 1767225606000
FRAME = {
    "type": "report",
    "drill": True,
    "quake": "luding-2022",
    "number": 1,
    "status": "update",
    "origin": {
        "time": "2026-01-01T00:00:00.000Z",
        "latitude": 29.6,
        "longitude": 102.1,
        "depth_km": 16,
        "magnitude": 6.8,
    },
    "released": "2026-01-01T00:00:06.000Z",
    "play": "1767225600000000000",
    "expires": "2026-01-01T00:05:06.000Z",
    "tier": "alarm",
    "places": [{"place": 0, "distance_km": 53.1, "p_in_s": 8.1, "s_in_s": 15.7, "intensity": 6.8, "level": "orange"}],
}


@pytest.fixture
def alerted(modules):
    return lambda late_s, known: modules.evaluate(ALERTED, [FRAME, RELEASED_MS + 1000 * late_s, known])


@pytest.mark.parametrize(("late_s", "left_s"), [(0, 15.7), (14, 1.7), (20, -4.3), (100, -84.3)])
def test_what_is_left_counts_from_release_by_the_services_clock(alerted, late_s, left_s):
    stands = alerted(late_s, True)
    assert stands["chief"]["s_in_s"] == pytest.approx(left_s)
    assert stands["over"] == (left_s < -60)


@pytest.mark.parametrize(("late_s", "advice"), [(0, "seconds"), (14, "seconds"), (20, "shaking"), (100, "after")])
def test_while_the_time_is_not_known_advice_is_for_little_time_and_what_has_surely_passed_has(alerted, late_s, advice):
    stands = alerted(late_s, False)
    assert (stands["chief"]["advice"], stands["chief"]["known"]) == (advice, False)


HEARD = """async ([messages, ms]) => {
    const {Alerts} = await import("./phone.js");
    const alerts = new Alerts();
    alerts.follow([[30.05, 101.96]]);
    const whats = messages.map((message) => alerts.take(message));
    const now = alerts.at({ms, known: true});
    const [quake] = now.underWay.concat(now.past);
    return {whats, alarm: now.alarm?.quake ?? null, status: quake.status, s_in_s: quake.chief.s_in_s};
}"""
QUICK = FRAME | {
    "type": "quick",
    "number": 2,
    "status": "reviewed",
    "released": "2026-01-01T00:00:09.000Z",
    "tier": "notification",
    "places": [FRAME["places"][0] | {"p_in_s": 5.2, "s_in_s": 12.8}],
}
SEEN = {
    "type": "snapshot",
    "drill": True,
    "at": "2026-01-01T00:00:10.000Z",
    "quakes": [{key: value for key, value in QUICK.items() if key not in ("tier", "places")}],
    "places": [{"place": 0, "quakes": [QUICK["places"][0] | {"quake": "luding-2022", "p_in_s": 4.2, "s_in_s": 11.8}]}],
}
TAKEN_BACK = FRAME | {"status": "cancel", "tier": "notification"}


@pytest.fixture
def heard(modules):
    return lambda *messages: modules.evaluate(HEARD, [list(messages), RELEASED_MS + 4_000])


@pytest.mark.parametrize(
    ("messages", "whats"),
    [
        ([FRAME, QUICK], ["alarm", "quick"]),
        ([QUICK, FRAME], ["quick", "alarm"]),
        ([SEEN, FRAME, QUICK], ["snapshot", "alarm", "quick"]),
        ([FRAME, SEEN, FRAME, QUICK], ["alarm", "snapshot", None, "quick"]),
        ([FRAME, QUICK, FRAME, QUICK], ["alarm", "quick", None, None]),
        ([QUICK, FRAME, QUICK, FRAME], ["quick", "alarm", None, None]),
    ],
)
def test_an_alarm_sounds_once_and_stands_whatever_the_order_in_which_the_quick_report_comes(heard, messages, whats):
    said = heard(*messages)
    assert said["whats"] == whats
    assert (said["alarm"], said["status"]) == ("luding-2022", "reviewed")
    assert said["s_in_s"] == pytest.approx(11.8)


def test_a_cancel_that_comes_after_the_quick_report_takes_the_alarm_back_all_the_same(heard):
    late = TAKEN_BACK | {"number": 2, "released": "2026-01-01T00:00:08.000Z"}
    said = heard(FRAME, QUICK | {"number": 3}, late)
    assert (said["whats"], said["alarm"]) == (["alarm", "quick", "cancel"], None)


def test_a_warning_of_an_earlier_play_alarms_nobody_after_the_quick_report_of_a_later_one(heard):
    origin = FRAME["origin"] | {"time": "2025-12-31T23:00:00.000Z"}
    began = {"released": "2025-12-31T23:00:06.000Z", "play": "1767222000000000000"}
    earlier = FRAME | {"origin": origin, "expires": "2025-12-31T23:05:06.000Z"} | began
    assert heard(QUICK, earlier)["whats"] == ["quick", None]


def test_no_seconds_are_shown_before_the_service_has_said_what_time_it_is(demo, watch):
    page = watch("about:blank", 390, 844)
    # The device's own clock is hours off at most: on one of another day nothing is shown before the service's time is.
    page.add_init_script(
        f"const [now, began] = [Date.now, Date.now()]; Date.now = () => {RELEASED_MS} + now() - began;"
    )
    page.goto(demo.spectators + "phone.html")
    page.evaluate(
        """async ([frame, places]) => {
            globalThis.WebSocket = class extends EventTarget {
                readyState = 0;
                constructor() {
                    super();
                    globalThis.opened = this;
                }
                send(text) {
                    if (JSON.parse(text).type === "time") this.asked = JSON.parse(text);
                }
                close() {}
                say(message) {
                    this.dispatchEvent(new MessageEvent("message", {data: JSON.stringify(message)}));
                }
            };
            const {mountPhone} = await import("./phone-view.js");
            const box = document.createElement("div");
            box.id = "trial";
            document.body.replaceChildren(box);
            mountPhone(box, {places}).setAlerts(["ws://127.0.0.1:9/v1/alerts"]);
            opened.readyState = 1;
            opened.dispatchEvent(new Event("open"));
            opened.say(frame);
        }""",
        [FRAME, [KANGDING]],
    )
    page.locator("#trial .phone-alarm").wait_for()
    assert count(page) == "…"
    assert "not known yet" in page.locator("#trial .phone-loud").text_content()
    page.evaluate(f"opened.say({{...opened.asked, drill: true, service: {RELEASED_MS + 12_000}}})")
    becomes(page, lambda: count(page) in ("3", "4"), True)


def test_number_numeral_and_level_never_contradict_each_other(modules):
    said = modules.evaluate(
        """async () => {
            const {intensityWords} = await import("./phone.js");
            return Array.from({length: 1101}, (_, step) => intensityWords((step + 100) / 100));
        }"""
    )
    numerals = ["", "I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII"]
    for step, (number, numeral) in enumerate(said):
        hundredths = step + 100
        assert float(number) == hundredths // 10 / 10
        assert numeral == numerals[hundredths // 100]


def test_a_phone_shows_six_point_eight_as_six_beside_orange(demo, gateway, watch):
    page = phone(demo, gateway, watch)
    gateway.release(report(magnitude=7.0))
    level = page.locator("#trial .phone-level")
    level.wait_for()
    number = float(level.text_content().split("ntensity ")[1].split(" ")[0])
    steps = [(7, "red"), (5, "orange"), (3, "yellow"), (0, "blue")]
    assert next(word for least, word in steps if number >= least) in level.text_content()


def test_figures_beside_a_limit_stand_on_their_side_of_it(modules):
    said = modules.evaluate(
        """async () => {
            const {besideLimit, percent} = await import("./figures.js");
            return [
                [1, 0.99999, 0.9998, 0.5, 0.00001, 0].map(percent),
                [[1.0004, 1], [0.9999, 1], [0.206, 1], [1, 1], [10.24, 10.22]].map(
                    ([value, limit]) => besideLimit(value, limit, 1),
                ),
            ];
        }"""
    )
    assert said == [
        ["100 %", "over 99.99 %", "99.98 %", "50 %", "under 0.01 %", "0 %"],
        ["1.0004", "0.9999", "0.2", "1.0", "10.24"],
    ]

"""When a phone shows a report: fresh, late, expired, of long ago or of times to come; and which play it belongs to."""

import json
import time
from dataclasses import replace

import pytest

from tests.browser.frames import made, seen, text
from tests.browser.patience import becomes
from tests.browser.phones import KEY, LATER, puppet

YEAR_S = 31_557_600.0


def s_left(frame, report):
    """Seconds until S, as the frame and this machine's clock have it."""
    return json.loads(frame)["places"][0]["s_in_s"] - (time.time() - report.released + report.ahead_s)


def counts_right(told, frame, report):
    before = s_left(frame, report)
    seen_s = int(told.part("count").text_content())
    assert s_left(frame, report) - 0.3 <= seen_s <= before + 1.3


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_late_report_has_what_is_left_and_says_how_late_it_was(demo, watch, language):
    told = puppet(demo, watch, locale={"en": "en-GB", "zh": "zh-CN"}[language])
    report = made(ago_s=14)
    frame = text(report)
    told.say(frame)
    told.part("alarm").wait_for()
    counts_right(told, frame, report)
    words = {"en": "Reached this phone 14 s after its release", "zh": "发布 14 秒后才到达本机"}[language]
    assert words in told.part("alarm").text_content()
    assert words in told.part("loud").text_content()


def test_a_report_in_time_is_not_called_late_nor_is_it_when_it_comes_again(demo, watch):
    told = puppet(demo, watch, before=LATER)
    report = made()
    told.say(text(report))
    assert "after its release" not in told.shown
    told.later(2.2)
    told.page.evaluate("phone.addPlace({name: 'Chengdu', latitude: 30.66, longitude: 104.06})")
    told.say(text(report, ((30.05, 101.96), (30.66, 104.06))))
    assert "after its release" not in told.shown


def test_after_s_it_says_so(demo, watch):
    told = puppet(demo, watch)
    told.say(text(made(ago_s=50)))
    assert "S has passed" in told.part("alarm").text_content()
    assert "S in" not in told.shown


FRESH = made(lasts_s=900)
STALE = {
    "expired": made(ago_s=30, lasts_s=20),
    "17 years old": made(ago_s=17 * YEAR_S),
    "of 2095": made(released=3_950_000_000.0, play=10**18),
    "of 2095, its play too": made(released=3_950_000_000.0, play=3_950_000_000 * 10**9),
    "released before its quake": replace(FRESH, origin=replace(FRESH.origin, time=FRESH.released + 9)),
    "of a play to come": made(play=3_950_000_000 * 10**9),
}


@pytest.mark.parametrize("keyed", [True, False])
@pytest.mark.parametrize("time_known", [True, False])
def test_what_is_not_in_force_is_neither_shown_nor_sounded_nor_sets_a_clock(demo, watch, time_known, keyed):
    told = puppet(demo, watch, time_known=time_known, key=KEY if keyed else "")
    frames = [text(report) for report in STALE.values()]
    assert after_each(told, frames) == dict.fromkeys(STALE, (False, 0, False))
    told.tell_time()
    assert after_each(told, frames) == dict.fromkeys(STALE, (False, 0, False))
    assert told.part("refused").text_content() == ""
    fresh = made(quake="lushan-2022")
    frame = text(fresh)
    told.say(frame)
    assert told.alarmed
    counts_right(told, frame, fresh)


def after_each(told, frames):
    found = {}
    for name, frame in zip(STALE, frames, strict=True):
        told.say(frame)
        found[name] = (told.alarmed, told.sounded, "luding" in told.shown)
    return found


def test_what_has_expired_by_the_services_time_alone_is_gone_as_soon_as_that_is_known(demo, watch):
    slow = "const right = Date.now; Date.now = () => right() - 25000;"
    told = puppet(demo, watch, before=slow, time_known=False)
    told.say(text(made(ago_s=30, lasts_s=20)))
    assert told.alarmed  # by the device's clock it is fresh
    told.tell_time()
    becomes(told.page, lambda: (told.alarmed, "luding" in told.shown), (False, False))


def test_a_device_whose_clock_is_years_off_alarms_once_the_service_has_said_what_time_it_is(demo, watch):
    told = puppet(demo, watch, before="const right = Date.now; Date.now = () => right() - 5e11;", time_known=False)
    report = made(ago_s=3)
    frame = text(report)
    told.say(frame)
    assert not told.alarmed
    assert "Held back" in told.part("refused").text_content()
    told.tell_time()
    told.part("alarm").wait_for()
    becomes(told.page, lambda: told.part("refused").text_content(), "")
    counts_right(told, frame, report)


def test_a_device_whose_clock_is_hours_off_alarms_though_the_service_never_says_what_time_it_is(demo, watch):
    told = puppet(demo, watch, before="const right = Date.now; Date.now = () => right() - 2e7;", time_known=False)
    told.say(text(made()))
    told.part("alarm").wait_for()
    assert told.part("count").text_content() == "…"


def test_an_alarm_that_expires_ends_and_is_an_earlier_quake(demo, watch):
    told = puppet(demo, watch, before=LATER)
    told.say(text(made(lasts_s=60)))
    assert told.alarmed
    told.later(60)
    becomes(told.page, lambda: told.alarmed, False)
    assert "luding" in told.part("history").text_content()
    assert "luding" not in told.part("banners").text_content() + told.part("quakes").text_content()


@pytest.mark.parametrize("ahead_s", [40.0, -40.0, 3000.0])
def test_times_of_a_drill_that_runs_ahead_are_counted_by_the_clock(demo, watch, ahead_s):
    told = puppet(demo, watch, time_known=False)
    report = made(released=time.time() + ahead_s, play=round(1e9 * time.time()), ahead_s=ahead_s)
    frame = text(report)
    told.say(frame)
    assert told.alarmed
    told.tell_time()
    becomes(told.page, lambda: told.part("count").text_content().isdigit(), True)
    counts_right(told, frame, report)
    assert "after its release" not in told.shown
    late = made(
        quake="lushan-2022", released=time.time() + ahead_s - 14, play=round(1e9 * time.time()), ahead_s=ahead_s
    )
    told.say(text(late), text(made(quake="too-old", released=time.time() + ahead_s - 400, ahead_s=ahead_s)))
    told.page.keyboard.press("Escape")
    assert "14 s after its release" in told.shown
    assert "too-old" not in told.shown


def test_a_snapshot_of_a_drill_that_runs_ahead_has_the_same_seconds(demo, watch):
    told = puppet(demo, watch)
    report = made(released=time.time() + 40, play=round(1e9 * time.time()), ahead_s=40.0)
    told.say(seen(report))
    left = s_left(text(report), report)
    assert f"S in {int(left) + 1} s" in told.shown or f"S in {int(left) + 2} s" in told.shown


NOW_NS = round(1e9 * time.time())


@pytest.mark.parametrize("later_ns", [1, 10**9])
def test_a_later_play_begins_the_quake_anew_and_the_earlier_has_nothing_more_to_say(demo, watch, later_ns):
    told = puppet(demo, watch)
    first, second = NOW_NS | 1 << 8, (NOW_NS | 1 << 8) + later_ns
    told.say(text(made(1, play=first)), text(made(2, play=first)))
    told.page.keyboard.press("Escape")
    assert not told.alarmed
    told.say(text(made(3, play=first)))
    assert not told.alarmed  # closed it stays
    told.say(text(made(1, play=second)))
    assert told.alarmed  # another play is another alarm
    assert "report 1," in told.part("alarm").text_content()
    told.say(text(made(4, "cancel", play=first)), text(made(9, play=first)))
    assert told.alarmed
    assert "report 1," in told.part("alarm").text_content()
    assert told.sounded == 2


def test_after_a_cancel_nothing_more_comes_of_a_play(demo, watch):
    told = puppet(demo, watch)
    play = NOW_NS
    told.say(text(made(1, play=play)), text(made(2, "cancel", play=play)), text(made(3, play=play)))
    assert not told.alarmed
    assert "taken back" in told.part("banners").text_content()

"""The phone follows the clock that is shown: what it received, as it stood at any second of a play."""

import time
from dataclasses import replace

import pytest

from ewarn.words import languages
from tests.browser.conftest import start
from tests.browser.frames import made, text
from tests.browser.phones import puppet

SHOWN = "([at_s, mode, moved, plays]) => phone.follow({at_s, mode, moved, plays})"


class Show:
    """What a page's clock shows of plays, told to a phone as the page does."""

    def __init__(self, told, *plays):
        self.told, self.plays, self.moved = told, list(plays), 0

    def at(self, at_s, mode="paused", moved=True):
        """Second `at_s`, gone to by hand or come to as time went on."""
        self.moved += moved
        self.told.page.evaluate(SHOWN, [at_s, mode, self.moved, self.plays])

    def live(self):
        self.told.page.evaluate(SHOWN, [99.0, "live", 0, self.plays])

    @property
    def bar(self):
        return self.told.part("replay")

    @property
    def count(self):
        """Seconds that are counted down; None without an alarm."""
        return int(self.told.part("count").text_content()) if self.told.alarmed else None


def play_of(*reports, order="fifo", origin=None):
    """A play of the show, of reports that frames were made of, as `report_message` has them."""
    began = origin or reports[0].origin.time
    said = [
        {"number": one.number, "play_id": str(one.play), "release_s": round(one.released - began, 3)} for one in reports
    ]
    return {"order": order, "reports": said}


@pytest.fixture
def told(demo, watch):
    """A phone that was told of two reports, 6 s and 11 s after origin; the wait between them was cut short."""
    phone = puppet(demo, watch)
    first = made()
    origin = replace(first.origin, magnitude=6.9)
    second = replace(first, number=2, released=first.released + 5, ahead_s=5.0, origin=origin)
    phone.say(text(first), text(second))
    phone.show = Show(phone, play_of(first, second))
    return phone


def test_scrubbed_to_a_second_it_shows_what_it_showed_then_forward_and_backward(told):
    show = told.show
    show.at(3.0)
    assert not told.alarmed
    assert "Nothing received yet" in told.shown
    assert "3.0 s after origin" in show.bar.text_content()
    show.at(20.0)
    at_20 = show.count
    assert "report 2" in told.part("alarm").text_content()
    show.at(24.0)
    assert show.count == at_20 - 4
    show.at(16.0)
    assert "report 2" in told.part("alarm").text_content()
    show.at(10.0)
    assert "report 1" in told.part("alarm").text_content()
    assert show.count == at_20 + 10
    show.at(3.0)
    assert not told.alarmed
    assert "luding" not in told.shown


def test_held_it_stands_still_and_as_if_received_then_it_ends(told):
    show = told.show
    show.at(20.0)
    before = show.count
    told.page.wait_for_timeout(1300)
    assert show.count == before
    show.at(95.0)
    assert not told.alarmed
    assert "shaking should be over" in told.shown


def test_live_again_it_counts_by_the_services_clock(told):
    show = told.show
    live = show.count
    show.at(3.0)
    assert not told.alarmed
    show.live()
    assert told.alarmed
    assert live - 3 <= show.count <= live
    assert not show.bar.is_visible()
    show.at(3.0)
    show.bar.locator("button", has_text="Show now").click()
    assert told.alarmed
    show.at(3.0, moved=False)  # the page goes on to draw the second at which it is held
    assert told.alarmed
    show.at(2.0)
    assert not told.alarmed


def test_while_nothing_was_moved_by_hand_it_shows_what_goes_on(told):
    show = told.show
    show.at(3.0, moved=False)
    assert told.alarmed
    assert not show.bar.is_visible()


def test_time_that_runs_on_sounds_the_alarm_as_it_did_and_nothing_else_does(told):
    show = told.show
    assert told.sounded == 1
    show.at(3.0)
    show.at(3.0, "replay")
    for step in range(10):
        show.at(3.2 + step, "replay", moved=False)
    assert told.alarmed
    assert told.sounded == 2
    assert "luding-2022" in told.part("loud").text_content()
    show.at(3.0)
    for second in (20.0, 10.0, 3.0, 30.0):
        show.at(second)
        show.at(second, "replay")
    assert told.sounded == 2
    told.page.evaluate("phone.mute.click()")
    show.at(3.0, "replay")
    show.at(12.0, "replay", moved=False)
    assert told.alarmed
    assert told.sounded == 2


def test_an_alarm_closed_in_a_replay_is_closed_from_then_on_and_not_before(told):
    show = told.show
    show.at(20.0)
    told.page.keyboard.press("Escape")
    assert not told.alarmed
    show.at(22.0)
    assert not told.alarmed
    show.at(15.0)
    assert told.alarmed
    show.live()
    assert told.alarmed  # it was not closed now


def test_an_alarm_that_comes_ends_the_replay_and_an_update_does_not(told):
    show = told.show
    show.at(3.0)
    third = made(3, released=time.time(), play=int(show.plays[0]["reports"][0]["play_id"]), magnitude=6.9)
    told.say(text(third))
    assert not told.alarmed
    assert show.bar.is_visible()
    other = made(quake="lushan-2022")
    told.say(text(other))
    assert told.alarmed
    assert not show.bar.is_visible()
    assert "lushan-2022" in told.shown


def test_of_two_plays_the_first_is_told_and_the_other_where_the_user_wants_it(demo, watch):
    phone = puppet(demo, watch)
    early = made(ago_s=200.0, lasts_s=900)
    late = made(ago_s=12.0)
    phone.say(text(early), text(late))
    show = Show(phone, play_of(early, order="fifo"), play_of(late, order="deadline"))
    show.at(19.0)
    # Told 200 s late in the one play, 12 s late in the other.
    pressed = show.bar.locator("[aria-pressed=true]")
    assert pressed.text_content() == "fifo"
    assert not phone.alarmed
    show.bar.locator("button", has_text="deadline").click()
    assert phone.alarmed
    assert pressed.text_content() == "deadline"
    show.at(5.0)
    assert pressed.text_content() == "deadline"
    assert not phone.alarmed


def test_a_play_in_which_it_received_nothing_is_said_to_be_such(told):
    other = made(play=12345 * 10**14)
    show = Show(told, play_of(other))
    show.at(30.0)
    assert not told.alarmed
    assert "received nothing in this play" in told.shown
    show.plays = told.show.plays
    show.at(30.0)
    assert told.alarmed
    told.page.evaluate("phone.setPlaces([{name: 'Elsewhere', latitude: 35.5, longitude: 110.5}])")
    assert "received nothing in this play" in told.shown


def test_a_show_without_plays_and_one_without_reports_hide_nothing(told):
    Show(told).at(5.0)
    assert told.alarmed
    show = Show(told, {"order": "fifo", "reports": []})
    show.at(5.0)
    assert "received nothing in this play" in told.shown


def test_a_play_whose_waits_were_cut_short_is_shown_on_the_quakes_own_seconds(demo, watch):
    phone = puppet(demo, watch)
    # The second report, 6 s after the first on the quake's timeline, came 1 s after it.
    now = time.time()
    first = made(released=now - 1.0)
    second = made(2, released=now + 5.0, play=first.play, ahead_s=5.0, status="cancel")
    phone.say(text(first), text(second))
    show = Show(phone, play_of(first, second))
    show.at(11.9)
    assert phone.alarmed
    show.at(20.0)
    assert not phone.alarmed
    assert "taken back" in phone.shown


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("dark", [False, True])
def test_axe_finds_no_fault_with_a_replay_in_either_language(demo, watch, axe, language, dark):
    context = {"locale": {"en": "en-GB", "zh": "zh-CN"}[language], "reduced_motion": "reduce"}
    phone = puppet(demo, watch, dark=dark, **context)
    report, again = made(ago_s=2.0), made(ago_s=1.0)
    phone.say(text(report), text(again))
    show = Show(phone, play_of(report, order="fifo"), play_of(again, order="deadline"))
    show.at(12.0)
    words = languages()[language]
    assert words["phone.replay-held"].format("12.0") in show.bar.text_content()
    assert words["phone.replay-leave"] in show.bar.text_content()
    assert phone.alarmed
    assert axe(phone.page) == []
    phone.page.keyboard.press("Escape")
    assert axe(phone.page) == []


def test_on_the_page_the_phone_goes_by_the_clock_of_a_drill_that_is_over(demo, watch):
    page = watch(demo.page)
    start(page)
    alarm, bar = page.locator(".phone-alarm"), page.locator(".phone-replay")
    alarm.wait_for(state="visible", timeout=60_000)
    assert not bar.is_visible()
    page.wait_for_selector("body[data-state=done]", timeout=60_000)
    assert not bar.is_visible()  # nobody has moved the clock: what goes on is shown
    page.focus("#scrub")
    page.keyboard.press("Home")
    bar.wait_for(state="visible")
    assert not alarm.is_visible()
    assert "Nothing received yet" in page.locator(".phone").text_content()
    page.fill("#scrub", "20")
    assert page.text_content("#clock") == "20.0 s"
    assert "20.0 s after" in bar.text_content()
    alarm.wait_for(state="visible")
    page.locator("#live:disabled").wait_for()
    page.click("#play")
    page.locator("#mode[data-mode=replay]").wait_for()
    assert "Replay" in bar.text_content()
    page.click("#start")
    page.wait_for_selector("body[data-state=playing]", timeout=60_000)
    bar.wait_for(state="hidden")

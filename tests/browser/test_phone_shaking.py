"""When strong shaking begins at a phone's place, when its alarm ends, and what it says then."""

import csv
import json
import math
from pathlib import Path

import numpy as np
import pytest

from ewarn.seismic.earth import Earth, EarthModel
from ewarn.seismic.origin import Origin, Quake
from ewarn.seismic.strong_shaking import begins_s
from ewarn.words import languages
from tests.browser.frames import made, text
from tests.browser.patience import becomes
from tests.browser.phones import CHENGDU, KANGDING, puppet
from tests.browser.test_phone_clock import FRAME, RELEASED_MS

HERE = Path(__file__).parent
KANGDING_AT, CHENGDU_AT = (30.05, 101.96), (30.66, 104.06)


def test_significant_durations_are_those_of_afshari_and_stewart_as_another_program_has_them(asked):
    lines = (HERE / "significant_durations.csv").read_text().splitlines()
    rows = [[float(cell) for cell in row] for row in list(csv.reader(lines))[3:]]
    assert len(rows) == 28
    medians = asked("phone-shaking", "significantS", [[km, magnitude] for magnitude, km, *_ in rows])
    assert medians == pytest.approx([row[2] for row in rows], abs=2e-4)
    origins = [[km, {"depth_km": 0, "magnitude": magnitude}] for magnitude, km, *_ in rows]
    with_sigma = [duration * math.exp(sigma) for *_, duration, sigma in rows]
    assert asked("phone-shaking", "shakingS", origins) == pytest.approx(with_sigma, rel=1e-4)


def test_no_magnitude_makes_a_duration_that_is_none(asked):
    odd = [-50, 0, 3, 9.5, 12, 1e9]
    found = asked("phone-shaking", "shakingS", [[60, {"depth_km": 10, "magnitude": magnitude}] for magnitude in odd])
    assert found[0] == found[1] == found[2]
    assert found[3] == found[4] == found[5]
    assert all(0 < seconds < 1000 for seconds in found)


@pytest.mark.parametrize("zone", ["Qingzang", "Central", "East", "Xinjiang", "world"])
@pytest.mark.parametrize("magnitude", [6.1, 6.8, 7.3, 7.9])
def test_strong_shaking_begins_as_the_growing_rupture_of_the_model_has_it_and_never_later(asked, zone, magnitude):
    earth = Earth(EarthModel())
    quake = Quake("q", "q", Origin(0.0, 30.0, 103.0, 12.0, magnitude), zone)
    latitude = 30 + np.array([0.1, 0.2, 0.5, 1.0, 1.5, 2.0])
    longitude = np.full(len(latitude), 103.0)
    distance_km = (latitude - 30) * 111.19
    intensity = earth.intensity(zone, quake.origin, distance_km, np.zeros(len(latitude)), None)
    after_s = begins_s(quake, earth, latitude, longitude, 5.0) - earth.times.direct_s(12.0, distance_km)
    found = asked("phone-shaking", "strongAfterS", [[one, magnitude] for one in intensity.tolist()])
    for estimate, model, felt in zip(found, after_s, intensity, strict=True):
        assert (estimate is None) == (felt < 5)
        if estimate is not None:
            assert model - 4 <= estimate <= model + 0.1


STANDING = """async ([frames, places, after_s, released_ms]) => {
    const {Alerts} = await import("./phone.js");
    return after_s.map((s) => {
        const alerts = new Alerts();
        alerts.follow(places);
        for (const frame of frames) alerts.take(frame);
        const {alarm, banners, underWay, past} = alerts.at({ms: released_ms + 1000 * s, known: true});
        const [quake] = [...underWay, ...past];
        return {alarm: Boolean(alarm), banner: banners.length > 0, after: quake.after, past: past.length > 0};
    });
}"""
HOME = FRAME["places"][0]
AWAY = HOME | {"place": 1, "distance_km": 222.1, "p_in_s": 34.0, "s_in_s": 61.0, "intensity": 4.4, "level": "yellow"}


@pytest.fixture
def stands(modules):
    """How a frame stands so many seconds after its release."""
    places = [list(KANGDING_AT), list(CHENGDU_AT)]
    return lambda frames, after_s: modules.evaluate(STANDING, [frames, places, after_s, RELEASED_MS])


def test_an_alarm_ends_when_shaking_at_its_place_should_be_over_though_others_still_wait(stands):
    frame = FRAME | {"places": [HOME, AWAY]}
    before, over, later = stands([frame], [15.7 + 30, 15.7 + 36, 200])
    assert before == {"alarm": True, "banner": False, "after": False, "past": False}
    assert over == {"alarm": False, "banner": True, "after": True, "past": False}  # S is still to come at the other
    assert later == {"alarm": False, "banner": True, "after": True, "past": True}
    assert stands([frame], [301])[0] == {"alarm": False, "banner": False, "after": False, "past": True}


def test_of_a_large_quake_the_alarm_stands_longer(stands):
    large = FRAME | {"origin": FRAME["origin"] | {"magnitude": 8.0}, "expires": "2026-01-01T00:10:06.000Z"}
    assert [one["alarm"] for one in stands([large], [15.7 + 60, 15.7 + 90, 15.7 + 120])] == [True, True, False]


def test_an_update_leaves_an_alarm_that_is_over_as_it_is(stands):
    update = FRAME | {"number": 2, "released": "2026-01-01T00:00:09.000Z"}
    update["places"] = [HOME | {"p_in_s": 5.1, "s_in_s": 12.7}]
    assert stands([FRAME, update], [15.7 + 36])[0]["after"]
    cancel = update | {"status": "cancel", "tier": "notification"}
    assert not stands([FRAME, cancel], [15.7 + 36])[0]["after"]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_when_the_waves_have_passed_the_alarm_becomes_a_card_that_the_user_may_close(demo, watch, language):
    words = languages()[language]
    told = puppet(demo, watch, locale={"en": "en-GB", "zh": "zh-CN"}[language])
    report = made(ago_s=80)
    frame = json.loads(text(report))
    told.say(text(report))
    assert frame["places"][0]["s_in_s"] - 80 < -40
    assert not told.alarmed
    card = told.part("banner").and_(told.page.locator("[data-kind=after]"))
    said = words["phone.after"].format("x", "Kangding").partition("Kangding")[2]
    assert said in card.text_content()
    assert words["advice.after"] in card.text_content()
    assert told.part("history").text_content().count("luding-2022") == 1
    card.locator("button").click()
    becomes(told.page, card.count, 0)
    assert "luding-2022" in told.part("history").text_content()


STRONG = """async ([places]) => {
    const {whenStrong} = await import("./phone-elements.js");
    return places.map(whenStrong);
}"""


@pytest.mark.parametrize(
    ("place", "said"),
    [
        ({"strong_after_s": 0.4, "s_in_s": 23.2}, "Strong shaking from S on"),
        ({"strong_after_s": 6.9, "s_in_s": 23.2}, "Strong shaking in about 30 s, 6 s after S (estimate)"),
        ({"strong_after_s": 6.9, "s_in_s": 23.2, "known": False}, "Strong shaking about 6 s after S (estimate)"),
        ({"strong_after_s": 6.9, "s_in_s": -2.1}, "Strong shaking in about 4 s (estimate)"),
        ({"strong_after_s": 6.9, "s_in_s": -7.1}, ""),
        ({"strong_after_s": 0.4, "s_in_s": -0.1}, ""),
        ({"strong_after_s": None, "s_in_s": 23.2}, "Only weak shaking is expected here"),
        ({"strong_after_s": None, "s_in_s": 23.2, "fits": False}, ""),
    ],
)
def test_strong_shaking_is_said_beside_s_as_what_it_is(modules, place, said):
    assert modules.evaluate(STRONG, [[{"known": True, "fits": True} | place]]) == [said]


def test_an_alarm_counts_to_s_and_says_when_strong_shaking_comes(demo, watch):
    told = puppet(demo, watch, places=(KANGDING, CHENGDU))
    told.say(text(made(), (KANGDING_AT, CHENGDU_AT)))
    assert told.part("count-words").text_content() == "seconds until the S wave"
    assert "trong shaking" in told.part("strong").text_content()

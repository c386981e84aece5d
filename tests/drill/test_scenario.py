"""What is known of a drill beforehand: whom each report is for, the ideal order, and whose clock is whose."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ewarn.audience.followed import Followed
from ewarn.audience.users import Audience
from ewarn.config.drill import load_drill
from ewarn.dispatch.gates import Gate, Gates
from ewarn.dispatch.orders import ORDERS, Order
from ewarn.drill.scenario import held_back, ideal_scores, origin_of, prepare, story
from ewarn.seismic.geodesy import distance_km, offset_deg
from ewarn.seismic.intensity import intensity
from ewarn.verdict.figures import instant

OPEN, MAGNITUDE, INTENSITY, THRESHOLD = (int(gate) for gate in Gate)
NO = np.nan


@pytest.fixture(scope="module")
def prepared():
    return prepare(load_drill(Path("configs/drill.toml"), {"audience.users": 50}))


def of(prepared, *places_km, thresholds=None, gates=None):
    """The same quake, and users who follow places so many kilometres north of the epicentre."""
    origin = prepared.quake.origin
    count = np.array([len(one) for one in places_km])
    north = np.array([km for one in places_km for km in one], float)
    latitude = origin.latitude + offset_deg(origin.latitude, 0.0, north)[0]
    followed = Followed(count, latitude, np.full(len(latitude), origin.longitude))
    home, users = np.zeros(len(count)), len(count)
    threshold = np.zeros(users) if thresholds is None else np.array(thresholds, float)
    audience = Audience(home, home, np.zeros(users, np.int32), followed, threshold)
    return replace(prepared, audience=audience, gates=gates or Gates(magnitude=0.0))


def reports(scenario, *magnitudes, statuses=()):
    """Reports that know the place to the point."""
    first = replace(scenario.reports[0], origin=scenario.quake.origin)
    return [
        replace(first, number=number, status=status, origin=replace(first.origin, magnitude=magnitude))
        for number, (magnitude, status) in enumerate(
            zip(magnitudes, statuses or ("update",) * len(magnitudes), strict=True), 1
        )
    ]


def felt(scenario, magnitude, km):
    return float(intensity(scenario.quake.zone, magnitude, km))


def test_a_report_below_the_magnitude_gate_is_for_nobody_and_the_next_that_reaches_it_for_all(prepared):
    scenario = of(prepared, [10], [200], gates=Gates(magnitude=5.0))
    found = held_back(scenario, reports(scenario, 4.9, 5.0))
    assert found.tolist() == [[MAGNITUDE] * 2, [OPEN] * 2]


def test_the_intensity_gate_goes_by_the_strongest_place_of_each(prepared):
    scenario = of(prepared, [300, 20], [300], [20], [], [300, 250, 30])
    least = felt(scenario, 6.0, 100)
    found = held_back(replace(scenario, gates=Gates(magnitude=0.0, intensity=least)), reports(scenario, 6.0))
    assert found[0, [0, 1, 2, 4]].tolist() == [OPEN, INTENSITY, OPEN, OPEN]


def test_each_is_held_back_by_the_threshold_that_is_his_own(prepared):
    there = felt(of(prepared), 6.0, 50)
    scenario = of(prepared, [50], [50], [50], thresholds=[there - 0.01, there + 0.01, 0.0])
    assert held_back(scenario, reports(scenario, 6.0)).tolist() == [[OPEN, THRESHOLD, OPEN]]


def test_who_was_to_be_told_of_one_report_is_told_to_the_end(prepared):
    scenario = of(prepared, [10], [300], thresholds=[0.0, 7.0], gates=Gates(magnitude=5.0))
    found = held_back(scenario, reports(scenario, 6.0, 4.0, 4.5))
    assert found.tolist() == [[OPEN, THRESHOLD], [OPEN, MAGNITUDE], [OPEN, MAGNITUDE]]


def test_a_warning_that_is_taken_back_is_taken_back_for_all(prepared):
    scenario = of(prepared, [10], [300], thresholds=[0.0, 9.0], gates=Gates(magnitude=5.0))
    found = held_back(scenario, reports(scenario, 4.0, 3.0, statuses=("update", "cancel")))
    assert found.tolist() == [[MAGNITUDE] * 2, [OPEN] * 2]


def test_of_nobody_and_of_no_report_there_is_nothing_to_hold_back(prepared):
    nobody = of(prepared, [], [], thresholds=[3.0, 0.0])
    assert held_back(nobody, reports(nobody, 6.0)).shape == (1, 2)
    assert held_back(nobody, []).shape == (0, 2)


def test_a_report_is_due_to_those_alone_who_follow_a_place(prepared):
    scenario = of(prepared, [10], [], [300], thresholds=[0.0, 0.0, 9.0])
    assert replace(scenario, reports=reports(scenario, 6.0, 6.1)).due.tolist() == [[True, False, False]] * 2


@given(
    st.lists(st.tuples(st.floats(0, 400), st.sampled_from([0.0, 3.0, 5.0])), min_size=1, max_size=8),
    st.lists(st.floats(3.0, 8.0), min_size=1, max_size=5),
    st.floats(0.0, 6.0),
    st.floats(0.0, 4.0),
)
def test_it_is_what_a_loop_over_users_and_reports_makes_of_it(prepared, users, magnitudes, least, weakest):
    scenario = of(
        prepared, *([km] for km, _ in users), thresholds=[own for _, own in users], gates=Gates(least, weakest)
    )
    found = held_back(scenario, reports(scenario, *magnitudes))
    for user, (km, own) in enumerate(users):
        told = False
        for index, magnitude in enumerate(magnitudes):
            there = felt(scenario, magnitude, distance_to(scenario, user))
            shut = (
                MAGNITUDE if magnitude < least else INTENSITY if there < weakest else THRESHOLD if there < own else OPEN
            )
            told |= shut == OPEN
            assert found[index, user] == (OPEN if told else shut), km


def distance_to(scenario, user):
    origin, followed = scenario.quake.origin, scenario.audience.followed
    return float(distance_km(origin.latitude, origin.longitude, followed.latitude[user], followed.longitude[user]))


@pytest.mark.parametrize("later_s", [0.0, 1000.0, -7.5])
def test_the_true_origin_moves_as_the_reports_moved(prepared, later_s):
    played = [report.later(later_s) for report in prepared.reports]
    assert origin_of(prepared, played) == prepared.quake.origin.time + later_s
    assert origin_of(prepared, played[:1]) == prepared.quake.origin.time + later_s


def test_where_no_report_was_played_the_origin_is_where_it_was(prepared):
    assert origin_of(prepared, []) == prepared.quake.origin.time


def test_the_true_origin_is_not_moved_by_what_the_reports_have_wrong(prepared):
    assert prepared.reports[0].origin.time != prepared.quake.origin.time
    assert origin_of(prepared, prepared.reports) == prepared.quake.origin.time


@pytest.mark.parametrize("order", ["fifo", "random"])
def test_an_order_that_goes_by_no_place_has_no_ideal(prepared, order):
    assert ideal_scores(prepared, prepared.reports[:1], order, np.ones((1, 50), bool)) is None


def test_the_nearest_place_of_each_is_his_score_where_he_is_known_to_have_had_the_report(prepared):
    """Whatever the gates say: they had it."""
    scenario = of(prepared, [80], [200, 15], [], [40], [10], gates=Gates(magnitude=7.0))
    known = np.array([[True, True, False, True, False], [False, True, False, False, True]])
    scores = ideal_scores(scenario, reports(scenario, 6.0, 6.0), "nearest", known)
    assert scores == pytest.approx(np.array([[80, 15, NO, 40, NO], [NO, 15, NO, NO, 10]]), nan_ok=True)


def test_the_strongest_shaking_comes_first_by_intensity(prepared):
    scenario = of(prepared, [80], [200, 15], [40])
    (scores,) = ideal_scores(scenario, reports(scenario, 6.0), "intensity", np.ones((1, 3), bool))
    assert np.argsort(scores).tolist() == [1, 2, 0]
    assert scores[0] == pytest.approx(-felt(scenario, 6.0, 80))


def test_by_deadline_news_come_before_what_is_known_and_that_is_judged_by_what_each_was_known_to_have_had(prepared):
    """All far from S; the second report says the same to who had the first, and more to nobody."""
    scenario = of(prepared, [150], [160], [170])
    had = np.array([[True, False, True], [True, True, True]])
    first, second = ideal_scores(scenario, reports(scenario, 6.0, 6.0), "deadline", had)
    assert np.argsort(first).tolist() == [0, 2, 1]  # NaN last
    assert np.argsort(second).tolist() == [1, 0, 2]


def test_by_deadline_it_is_news_to_each_who_is_not_known_to_have_had_the_one_before(prepared):
    scenario = of(prepared, [150], [160], [170])
    had = np.array([[True, False, False], [False, True, True], [True, True, True]])
    first, second, third = ideal_scores(scenario, reports(scenario, 6.0, 6.0, 6.0), "deadline", had)
    assert third[0] > second[2] > second[1] > first[0]
    assert np.argsort(third).tolist() == [0, 1, 2]


def test_by_deadline_a_worse_level_is_news_again(prepared):
    scenario = of(prepared, [150], [160])
    assert felt(scenario, 5.0, 150) < 3 < felt(scenario, 7.5, 160)
    first, second = ideal_scores(scenario, reports(scenario, 5.0, 7.5), "deadline", np.ones((2, 2), bool))
    assert second == pytest.approx(first)


def test_a_report_that_nobody_is_known_to_have_had_has_no_scores_and_spoils_no_others(prepared):
    scenario = of(prepared, [80], [40])
    known = np.array([[False, False], [True, True]])
    scores = ideal_scores(scenario, reports(scenario, 6.0, 6.0), "nearest", known)
    assert scores == pytest.approx(np.array([[NO, NO], [80, 40]]), nan_ok=True)


@pytest.mark.parametrize("places_km", [([], [80], [40]), ([80], [], [40]), ([80], [40], [])])
def test_who_follows_nothing_and_was_told_all_the_same_has_no_score_and_moves_nobody_elses(prepared, places_km):
    scenario = of(prepared, *places_km)
    (scores,) = ideal_scores(scenario, reports(scenario, 6.0), "nearest", np.ones((1, 3), bool))
    assert scores == pytest.approx([one[0] if one else NO for one in places_km], nan_ok=True)


def test_reports_that_were_not_played_have_no_scores(prepared):
    scenario = of(prepared, [80], [40])
    scores = ideal_scores(scenario, reports(scenario, 6.0), "nearest", np.ones((3, 2), bool))
    assert np.isnan(scores).tolist() == [[False] * 2, [True] * 2, [True] * 2]


def test_the_story_has_the_quake_and_when_its_reports_came(prepared):
    first, last = (
        report.released - prepared.quake.origin.time for report in prepared.reports[:: len(prepared.reports) - 1]
    )
    said = story(prepared)
    assert said.startswith(f"{prepared.quake.name}: magnitude 6.8")
    assert f"{len(prepared.reports)} reports from {instant(first)} to {instant(last)} s" in said


def test_the_same_file_prepares_the_same_users_and_another_seed_others():
    def homes(seed):
        changes = {"audience.users": 50, "seed": seed, "audience.within_km": 80.0}
        return prepare(load_drill(Path("configs/drill.toml"), changes))

    one, again, other = homes(3), homes(3), homes(4)
    assert np.array_equal(one.audience.latitude, again.audience.latitude)
    assert not np.array_equal(one.audience.latitude, other.audience.latitude)
    assert (one.truth.distance_km <= 80.0).all()
    assert one.residents < prepare(load_drill(Path("configs/drill.toml"), {"audience.users": 50})).residents


def test_users_put_near_the_epicentre_stand_for_the_people_there_and_the_drill_says_so():
    changes = {"audience.users": 500, "audience.within_km": 50.0, "audience.within_share": 0.4}
    one = prepare(load_drill(Path("configs/drill.toml"), changes))
    everyone = prepare(load_drill(Path("configs/drill.toml"), {"audience.users": 50})).residents
    near = one.truth.distance_km <= 50.0
    assert (one.residents, one.concentrated.users, one.concentrated.within_km) == (everyone, near.sum(), 50.0)
    assert 200 <= near.sum() < 220
    assert one.concentrated.residents == pytest.approx(507_727, rel=0.001)
    assert one.notes[-1].startswith(f"{near.sum()} of 500 users live within 50 km of the epicentre")
    assert "of people 0.61% do" in one.notes[-1]
    for alike in ({}, {"audience.within_km": 50.0}):
        plain = prepare(load_drill(Path("configs/drill.toml"), {"audience.users": 50} | alike))
        assert plain.concentrated is None and not plain.notes


def test_an_order_that_is_new_has_an_ideal_as_soon_as_it_says_so(prepared, monkeypatch):
    monkeypatch.setitem(ORDERS, "farthest", Order(lambda of, _: -of.distance_km, "farthest first", ideal=True))
    monkeypatch.setitem(ORDERS, "none", Order(lambda of, _: of.distance_km, "no ideal", ideal=False))
    scenario = of(prepared, [10], [300])
    (scores,) = ideal_scores(scenario, reports(scenario, 6.0), "farthest", np.ones((1, 2), bool))
    assert scores[1] < scores[0] < 0
    assert ideal_scores(scenario, reports(scenario, 6.0), "none", np.ones((1, 2), bool)) is None

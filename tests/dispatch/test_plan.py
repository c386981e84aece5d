"""The plan of a report: situations by its own estimate, over all places that a user follows."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ewarn.audience.followed import Followed
from ewarn.dispatch.gates import TIERS, Gate, Gates
from ewarn.dispatch.orders import MARGIN_S, ORDERS
from ewarn.dispatch.plan import FEW, Followers, plan, ranked
from ewarn.seismic.earth import Earth, EarthModel
from ewarn.seismic.origin import Origin, Report

EARTH = Earth(EarthModel())
REPORT = Report("drill", 1, "update", Origin(1000.0, 30.0, 103.0, 10.0, 6.5), "Qingzang", 1010.0)
OPEN = Gates(magnitude=0.0)
A_DEGREE_KM = 111.195
# Not where S is two seconds before release: there a thousandth of a second decides.
KILOMETRES = st.sampled_from([float(km) for km in range(96) if not 25 <= km <= 28])


def followers(users, threshold=None, level=None):
    """Users as lists of km north of the epicentre, one a place; the last to connect first."""
    count = np.array([len(places) for places in users], np.int64)
    latitude = 30.0 + np.array([place for places in users for place in places]) / A_DEGREE_KM
    told = np.full(len(users), -1, np.int8) if level is None else np.array(level, np.int8)
    return Followers(
        Followed(count, latitude, np.full(len(latitude), 103.0)),
        np.arange(len(users), 0, -1, dtype=np.uint64),
        np.zeros(len(users)) if threshold is None else np.array(threshold),
        told,
        told >= 0,
    )


def planned(users, order="fifo", report=REPORT, gates=OPEN, rng=None, **asked):
    return plan(report, followers(users, **asked), gates, EARTH, ORDERS[order], rng or np.random.default_rng(0))


def order_of(users, order="deadline", report=REPORT):
    return planned(users, order, report).order.tolist()


def slack(kilometres):
    """By the reference table's speeds: 3.52 km/s from 10 km down, for places within 100 km, 10 s after origin."""
    return float(np.hypot(kilometres, 10.0)) / 3.52 - 10.0


def test_users_ahead_of_s_come_first_by_least_slack_and_reached_ones_last():
    # S is some 34 km out at release, and may be no farther than 27.
    assert order_of([[100.0], [10.0], [60.0], [22.0], [30.0], [40.0]]) == [4, 5, 2, 0, 3, 1]


def test_a_user_with_a_place_reached_and_another_ahead_counts_by_the_one_ahead():
    assert order_of([[0.0, 100.0], [60.0], [0.0], [120.0]]) == [1, 0, 3, 2]


def test_of_two_places_ahead_the_sooner_counts():
    assert order_of([[90.0, 50.0], [60.0, 70.0], [55.0, 200.0]]) == [0, 2, 1]


def test_of_places_all_reached_the_most_recently_reached_counts():
    assert order_of([[5.0, 10.0], [0.0, 25.0], [15.0, 20.0]]) == [1, 2, 0]


def test_nearest_goes_by_the_nearest_of_a_users_places():
    assert order_of([[90.0, 50.0], [60.0], [200.0, 10.0]], "nearest") == [2, 0, 1]


def test_fifo_and_random_do_not_look_at_places():
    assert order_of([[90.0], [60.0], [10.0]], "fifo") == [2, 1, 0]
    assert sorted(order_of([[90.0], [60.0], [10.0]], "random")) == [0, 1, 2]


@settings(max_examples=40, deadline=None)
@given(st.lists(st.lists(KILOMETRES, min_size=1, max_size=4), min_size=1, max_size=12))
def test_the_order_is_that_of_each_users_most_pressing_place(users):
    def urgency(row):
        ahead = [slack(place) for place in users[row] if slack(place) > -MARGIN_S]
        return (0, round(min(ahead), 6)) if ahead else (1, round(-max(slack(place) for place in users[row]), 6))

    assert order_of(users) == sorted(range(len(users)), key=lambda row: (urgency(row), row))


@settings(max_examples=40, deadline=None)
@given(st.lists(st.lists(KILOMETRES, min_size=1, max_size=10), min_size=1, max_size=12))
def test_a_user_is_told_of_his_places_with_s_to_come_soonest_first_and_then_of_the_strongest(users):
    made = planned(users)
    for row, kilometres in enumerate(users):
        mine = slice(int(made.first[row]), int(made.first[row] + made.count[row]))
        told = made.place[mine].tolist()
        assert sorted(told) == list(range(len(kilometres)))
        assert made.places.distance_km[mine] == pytest.approx([kilometres[place] for place in told], abs=0.01)
        wait = made.places.s_s[mine] - REPORT.release_s
        ahead = int((wait > 0).sum())
        assert (wait[:ahead] > 0).all() and (np.diff(wait[:ahead]) >= 0).all()
        assert (np.diff(made.places.intensity[mine][ahead:]) <= 0).all()


def test_a_plan_goes_by_the_reports_own_estimate():
    # The same users; the estimate lies 100 km north, so the far one is near.
    north = Report("drill", 1, "update", Origin(1000.0, 30 + 100 / A_DEGREE_KM, 103.0, 10.0, 6.5), "Qingzang", 1001.0)
    assert order_of([[0.0], [90.0]], report=north) == [1, 0]
    assert order_of([[0.0], [90.0]], "nearest", report=north) == [1, 0]


def test_a_later_release_leaves_fewer_ahead_of_s():
    users = [[20.0], [60.0]]
    late = Report("drill", 2, "final", REPORT.origin, "Qingzang", 1016.0)
    later = Report("drill", 3, "final", REPORT.origin, "Qingzang", 1030.0)
    assert order_of(users, report=late) == [1, 0]
    assert order_of([[20.0], [60.0], [110.0]], report=later) == [2, 1, 0]


def test_a_plan_keeps_the_places_by_user_for_the_frames():
    made = planned([[10.0, 50.0], [100.0]])
    assert made.report is REPORT
    assert made.count.tolist() == [2, 1]
    assert made.place.tolist() == [1, 0, 0]  # S is past the first
    assert made.places.distance_km == pytest.approx([50, 10, 100], abs=0.01)
    assert made.places.s_s[2] == pytest.approx(28.55, abs=0.05)


def test_a_plan_without_anyone_is_empty():
    assert planned([]).order.tolist() == []


def test_who_is_held_back_is_planned_for_by_nobody_and_the_reason_is_kept():
    users = [[40.0], [60.0, 900.0], [900.0], [900.0]]
    gates = Gates(magnitude=5.0, intensity=2.0)
    made = planned(users, gates=gates, threshold=[0.0, 9.0, 0.0, 0.0], level=[-1, -1, -1, 0])
    assert [Gate(one) for one in made.gate.tolist()] == [Gate.OPEN, Gate.THRESHOLD, Gate.INTENSITY, Gate.OPEN]
    assert sorted(made.order.tolist()) == [0, 3]
    assert len(made.score) == 2


def test_the_strongest_of_a_users_places_opens_the_gate_and_sets_the_tier():
    made = planned([[900.0], [900.0, 0.0]], gates=Gates(intensity=5.0))
    assert made.order.tolist() == [1]
    assert [TIERS[one] for one in made.tier.tolist()] == ["in-page", "alarm"]


@pytest.mark.parametrize(
    ("status", "tier"),
    [("update", "alarm"), ("final", "alarm"), ("cancel", "notification"), ("reviewed", "notification")],
)
def test_no_siren_sounds_for_what_is_taken_back_or_over(status, tier):
    report = Report("drill", 2, status, REPORT.origin, "Qingzang", REPORT.released)
    assert TIERS[int(planned([[0.0]], report=report).tier[0])] == tier


def test_whoever_has_not_heard_of_the_quake_comes_before_those_who_have_whatever_their_slack():
    users = [[40.0], [60.0], [80.0], [100.0]]
    assert planned(users, "deadline", level=[3, 3, -1, -1]).order.tolist() == [2, 3, 0, 1]


def test_who_was_told_of_less_is_told_anew_before_those_who_know():
    made = planned([[40.0], [60.0], [80.0]], "deadline", level=[3, 3, 0])
    assert made.level[2] > 0
    assert made.order.tolist() == [2, 0, 1]


def test_that_an_alarm_is_taken_back_is_told_first_to_those_who_heard_it():
    cancel = Report("drill", 2, "cancel", REPORT.origin, "Qingzang", REPORT.released)
    assert planned([[40.0], [60.0], [80.0]], "deadline", cancel, level=[-1, -1, 1]).order.tolist() == [2, 0, 1]


def test_who_has_been_told_counts_for_no_order_but_deadline():
    users = [[90.0], [60.0], [10.0]]
    for order in ("nearest", "intensity", "fifo"):
        told, untold = (planned(users, order, level=level).order.tolist() for level in ([1, -1, 3], [-1, -1, -1]))
        assert told == untold


def test_only_the_random_order_draws_from_the_generator():
    for name in ("deadline", "nearest", "fifo"):
        rng = np.random.default_rng(3)
        planned([[10.0], [50.0]], name, rng=rng)
        assert rng.random() == np.random.default_rng(3).random()


def test_the_followers_are_left_as_they_were():
    made = followers([[10.0, 50.0], [100.0]])
    followed = made.followed
    arrays = followed.latitude, followed.longitude, followed.count, made.since, made.threshold, made.level
    before = [one.copy() for one in arrays]
    plan(REPORT, made, OPEN, EARTH, ORDERS["deadline"], np.random.default_rng(0))
    assert all(np.array_equal(was, now) for was, now in zip(before, arrays, strict=True))


@given(st.lists(st.floats(allow_nan=False) | st.sampled_from([0.0, -0.0, 1.0, -1.0, 5e-324, -5e-324])))
def test_scores_are_ranked_as_a_stable_argsort_ranks_them(scores):
    scores = np.resize(np.array(scores), len(scores) and FEW + len(scores))
    before = scores.copy()
    assert ranked(scores).tolist() == np.argsort(scores, kind="stable").tolist()
    assert scores.tobytes() == before.tobytes()


@given(st.lists(st.tuples(*[st.sampled_from([-2.0, -1.0, -0.0, 0.0, 0.5, 1e6])] * 3)))
def test_several_keys_are_ranked_as_lexsort_ranks_them(rows):
    keys = np.resize(np.array(rows).reshape(-1, 3), (len(rows) and FEW + len(rows), 3)).T
    assert ranked(*keys).tolist() == np.lexsort(keys).tolist()


def test_many_scores_of_which_most_are_shared_keep_the_order_given():
    scores = np.random.default_rng(2).normal(0, 1e6, 300)[np.random.default_rng(3).integers(0, 300, 70_000)]
    assert np.array_equal(ranked(scores), np.argsort(scores, kind="stable"))


@settings(max_examples=40, deadline=None)
@given(st.lists(KILOMETRES, min_size=1, max_size=12), st.lists(st.integers(-1, 3), min_size=12, max_size=12))
def test_of_users_with_a_place_each_the_same_is_decided_as_beside_one_with_several(kilometres, level):
    users = [[place] for place in kilometres]
    alone = planned(users, "deadline", level=level[: len(users)])
    beside = planned([*users, [10.0, 2000.0]], "deadline", level=[*level[: len(users)], 0])
    assert alone.order.tolist() == [row for row in beside.order.tolist() if row < len(users)]
    for name in ("gate", "tier", "level"):
        assert getattr(alone, name).tolist() == getattr(beside, name)[:-1].tolist()

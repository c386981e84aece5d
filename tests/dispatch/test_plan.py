"""The plan of a report: situations by its own estimate, over all places that a user follows."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ewarn.dispatch.orders import ORDERS
from ewarn.dispatch.plan import Followers, plan
from ewarn.seismic.earth import Earth, EarthModel
from ewarn.seismic.origin import Origin, Report

EARTH = Earth(EarthModel())
REPORT = Report("drill", 1, "update", Origin(1000.0, 30.0, 103.0, 10.0, 6.5), "Qingzang", 1010.0)
A_DEGREE_KM = 111.195
# Not where S is at the instant of release: there a thousandth of a second decides.
KILOMETRES = st.sampled_from([float(km) for km in range(96) if not 32 <= km <= 35])


def followers(users, padding=(0.0, 0.0), width=None):
    """Users as lists of km north of the epicentre, one a place; `padding` fills the rest of each row."""
    width = width or max(len(places) for places in users)
    latitude, longitude = np.full((len(users), width), padding[0]), np.full((len(users), width), padding[1])
    for row, places in enumerate(users):
        latitude[row, : len(places)] = 30.0 + np.array(places) / A_DEGREE_KM
        longitude[row, : len(places)] = 103.0
    return Followers(
        latitude,
        longitude,
        np.array([len(places) for places in users]),
        np.arange(len(users), 0, -1, dtype=np.uint64),
    )


def order_of(users, order="deadline", report=REPORT, **padded):
    return plan(report, followers(users, **padded), EARTH, ORDERS[order], np.random.default_rng(0)).order.tolist()


def slack(kilometres):
    """By the reference table's speeds: 3.52 km/s from 10 km down, for places within 100 km, 10 s after origin."""
    return float(np.hypot(kilometres, 10.0)) / 3.52 - 10.0


def test_users_ahead_of_s_come_first_by_least_slack_and_reached_ones_last():
    # S is some 34 km out at release.
    assert order_of([[100.0], [10.0], [60.0], [30.0], [40.0]]) == [4, 2, 0, 3, 1]


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
@given(
    st.lists(st.lists(KILOMETRES, min_size=1, max_size=4), min_size=1, max_size=12),
    st.sampled_from([(0.0, 0.0), (30.0, 103.0), (30.5, 103.0), (-89.0, 179.0)]),
    st.integers(4, 10),
)
def test_the_order_is_that_of_each_users_most_pressing_place_whatever_the_padding(users, padding, width):
    def urgency(row):
        ahead = [slack(place) for place in users[row] if slack(place) > 0]
        return (0, round(min(ahead), 6)) if ahead else (1, round(-max(slack(place) for place in users[row]), 6))

    expected = sorted(range(len(users)), key=lambda row: (urgency(row), row))
    assert order_of(users, padding=padding, width=width) == expected


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.lists(st.floats(0, 900), min_size=1, max_size=4), min_size=1, max_size=12),
    st.sampled_from(["deadline", "nearest", "fifo", "random"]),
)
def test_padding_changes_no_order(users, name):
    orders = [order_of(users, name, padding=padding, width=6) for padding in ((0.0, 0.0), (30.0, 103.0), (31.0, 103.0))]
    assert orders[0] == orders[1] == orders[2]
    assert sorted(orders[0]) == list(range(len(users)))


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
    made = plan(REPORT, followers([[10.0, 50.0], [100.0]]), EARTH, ORDERS["fifo"], np.random.default_rng(0))
    assert made.report is REPORT
    assert made.count.tolist() == [2, 1]
    assert made.places.distance_km.shape == (2, 2)
    assert made.places.distance_km[0] == pytest.approx([10, 50], abs=0.01)
    assert made.places.s_s[1, 0] == pytest.approx(28.55, abs=0.05)


def test_only_the_random_order_draws_from_the_generator():
    for name in ("deadline", "nearest", "fifo"):
        rng = np.random.default_rng(3)
        plan(REPORT, followers([[10.0], [50.0]]), EARTH, ORDERS[name], rng)
        assert rng.random() == np.random.default_rng(3).random()


def test_the_followers_are_left_as_they_were():
    made = followers([[10.0, 50.0], [100.0]])
    before = made.latitude.copy(), made.longitude.copy(), made.count.copy(), made.since.copy()
    plan(REPORT, made, EARTH, ORDERS["deadline"], np.random.default_rng(0))
    after = made.latitude, made.longitude, made.count, made.since
    assert all(np.array_equal(was, now) for was, now in zip(before, after, strict=True))

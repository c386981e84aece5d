"""The effective blind zone of synthetic audiences."""

from math import inf

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ewarn.verdict.blind_zone import effective_km


def evenly(count=10_000, out_to_km=200.0):
    return np.linspace(0, out_to_km, count)


@pytest.mark.parametrize("radius_km", [5.0, 30.0, 90.0])
def test_when_all_beyond_a_radius_are_warned_and_none_within_it_is_that_radius(radius_km):
    distance = evenly()
    # 5 % of a ring of 10 km may still be late, so the zone may come out half a kilometre smaller.
    assert radius_km - 0.55 <= effective_km(distance, distance > radius_km) <= radius_km


def test_when_everybody_is_warned_in_time_there_is_none():
    assert effective_km(evenly(), np.ones(10_000, bool)) == 0


def test_when_nobody_is_warned_in_time_it_is_infinite():
    assert effective_km(evenly(), np.zeros(10_000, bool)) == inf


def test_of_no_users_it_is_nought():
    assert effective_km(np.zeros(0), np.zeros(0, bool)) == 0


@pytest.mark.parametrize(("in_time", "expected"), [(True, 0.0), (False, inf)])
def test_one_user_alone_decides(in_time, expected):
    assert effective_km(np.array([12.0]), np.array([in_time])) == expected


def test_a_multitude_far_away_does_not_hide_the_late_near_the_epicentre():
    distance = np.concatenate([np.linspace(0, 15, 200), np.linspace(80, 300, 100_000)])
    assert effective_km(distance, distance > 15) == pytest.approx(15, abs=0.6)


def test_a_few_late_users_among_very_many_do_not_matter():
    distance = evenly()
    in_time = np.ones(len(distance), bool)
    in_time[::33] = False  # 3 %
    assert effective_km(distance, in_time) == 0


def test_one_user_in_ten_late_everywhere_is_too_many():
    distance = evenly()
    in_time = np.ones(len(distance), bool)
    in_time[::10] = False
    assert effective_km(distance, in_time) > 190


def test_a_ring_of_late_users_beyond_warned_ones_is_within_the_zone():
    # A slow dispatch warns a village near the epicentre and is overtaken by S in the city behind it.
    distance = np.concatenate([np.linspace(0, 20, 100), np.linspace(20.1, 40, 100), np.linspace(40.1, 60, 100)])
    in_time = (distance <= 20) | (distance > 40)
    assert effective_km(distance, in_time) == pytest.approx(40, abs=1.1)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.floats(0, 300), st.booleans()), max_size=80), st.randoms(use_true_random=False))
def test_the_order_of_users_does_not_matter_and_the_zone_ends_at_nought_a_late_user_or_nowhere(users, random):
    users = [(round(distance, 3) + index / 1e6, in_time) for index, (distance, in_time) in enumerate(users)]
    shuffled = random.sample(users, len(users))
    one, two = (
        effective_km(np.array([user[0] for user in some]), np.array([user[1] for user in some], bool))
        for some in (users, shuffled)
    )
    assert one == two
    assert one in {0.0, inf} | {distance for distance, in_time in users if not in_time}


@settings(max_examples=60, deadline=None)
@given(st.floats(1, 150), st.floats(0, 40))
def test_warning_more_users_never_widens_the_zone(radius_km, more_km):
    distance = evenly(2_000)
    assert effective_km(distance, distance > max(0, radius_km - more_km)) <= effective_km(
        distance, distance > radius_km
    )


def test_the_arrays_are_left_as_they_were():
    distance, in_time = np.array([30.0, 10.0, 20.0]), np.array([True, False, True])
    effective_km(distance, in_time)
    assert distance.tolist() == [30, 10, 20]
    assert in_time.tolist() == [True, False, True]

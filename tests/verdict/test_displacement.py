"""How far arrival strayed from the order that was meant."""

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import asdict

from ewarn.verdict.displacement import POINTS, displacement, least_and_most


def test_an_order_that_was_kept_strays_nowhere():
    told = displacement(np.array([1.0, 2.0, 3.0, 4.0]), np.array([10.0, 20.0, 30.0, 40.0]))
    assert asdict(told) == {"users": 4, "p50": 0.0, "p95": 0.0, "max": 0.0}


def test_an_order_turned_round_strays_by_everything():
    told = displacement(np.arange(100.0), -np.arange(100.0))
    assert told.max == 0.99
    assert told.p50 == pytest.approx(0.49, abs=0.02)


def test_users_who_swap_places_stray_by_what_lies_between():
    assert displacement(np.array([0.0, 1.0, 2.0, 3.0]), np.array([2.0, 1.0, 0.0, 3.0])).max == 0.5


def test_those_of_whom_nothing_is_known_are_left_out():
    told = displacement(np.array([1.0, np.nan, 2.0, 3.0]), np.array([1.0, 2.0, np.inf, 3.0]))
    assert asdict(told) == {"users": 2, "p50": 0.0, "p95": 0.0, "max": 0.0}
    assert asdict(displacement(np.zeros(0), np.zeros(0))) == {"users": 0, "p50": None, "p95": None, "max": None}


def test_an_order_drawn_by_chance_strays_as_the_documentation_says():
    rng = np.random.default_rng(1)
    told = displacement(rng.random(50_000), rng.random(50_000))
    assert told.p50 == pytest.approx(0.29, abs=0.01)
    assert told.p95 == pytest.approx(0.78, abs=0.01)


@given(st.lists(st.integers(0, 3), max_size=50), st.integers(0, 99))
def test_users_of_one_score_may_come_in_any_order_among_themselves(scores, seed):
    score = np.sort(np.array(scores, np.float64))
    jitter = np.random.default_rng(seed).random(len(score)) * 0.5
    assert displacement(score, score + jitter).max in (0.0, None)


def feasible(score, earliest, latest, on):
    """Displacements of every order that instants within the bounds can have, users of one host in their own."""
    for order in permutations(range(len(score))):
        at, own, can = -np.inf, {}, True
        for user in order:
            at = max(at, earliest[user])
            can &= at <= latest[user] and own.get(on[user], -np.inf) <= latest[user]
            own[on[user]] = latest[user]
        if can:
            arrived = np.empty(len(score))
            arrived[list(order)] = np.arange(len(score))
            yield displacement(score, arrived)


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 9), st.integers(0, 2)), min_size=1, max_size=6), st.data())
def test_no_order_that_bounds_allow_strays_less_or_more_and_one_strays_as_far(users, data):
    score, stamp, on = (np.array(column, np.float64) for column in zip(*users, strict=True))
    before, after = (np.array(data.draw(st.tuples(*[st.integers(0, 4)] * 3)))[on.astype(int)] for _ in range(2))
    told, found = (
        least_and_most(score, stamp - before, stamp + after, on),
        list(feasible(score, stamp - before, stamp + after, on)),
    )
    for name in POINTS:
        values = [getattr(one, name) for one in found]
        assert getattr(told.least, name) <= min(values) <= max(values) <= getattr(told.most, name)
    assert told.most.max == max(one.max for one in found)
    at_latest = displacement(score, stamp + after)
    assert told.least.p50 <= at_latest.p50 <= told.most.p50


def test_bounds_of_many_users_differ_little_from_what_was_measured():
    rng = np.random.default_rng(1)
    score = rng.permutation(20_000).astype(np.float64)
    on, arrived = rng.integers(0, 3, 20_000), score / 20_000 + rng.normal(0, 0.02, 20_000)
    told = least_and_most(score, arrived - 50e-6, arrived, on)
    assert told.least.p50 <= displacement(score, arrived).p50 <= told.most.p50
    assert told.most.p50 - told.least.p50 < 0.0003
    assert told.most.users == 20_000


def test_nobody_strays_by_nothing_within_bounds_either():
    none = np.zeros(0)
    told = least_and_most(none, none, none)
    assert told.least == told.most == displacement(none, none)
    alone = least_and_most(np.array([1.0, 2.0]), np.array([0.0, 0.5]), np.array([1.0, 1.5]))
    assert (alone.least.max, alone.most.max) == (0.0, 0.5)

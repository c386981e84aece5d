"""How far arrival strayed from the order that was meant."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import asdict

from ewarn.verdict.displacement import displacement


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

"""Percentiles against a sorted list and exact fractions."""

from fractions import Fraction
from math import ceil, inf, isnan, nan

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import asdict

from ewarn.verdict.percentiles import POINTS, finite, percentile, summary

VALUES = st.lists(st.floats(0, 1e6) | st.just(inf), min_size=1, max_size=300)
SHARES = st.sampled_from(["0.01", "0.07", "0.1", "0.29", "0.5", "0.57", "0.9", "0.95", "0.99", "0.999", "1"])


def least_that_share_do_not_exceed(values, share):
    wanted = Fraction(share) * len(values)
    return next(value for count, value in enumerate(sorted(values), 1) if count >= wanted)


@settings(max_examples=200, deadline=None)
@given(VALUES, SHARES)
def test_a_percentile_is_the_least_value_that_the_share_does_not_exceed(values, share):
    assert percentile(np.array(values), float(share)) == least_that_share_do_not_exceed(values, share)


@pytest.mark.parametrize("count", [100, 1_000, 20_000, 500_000])
@pytest.mark.parametrize("share", ["0.07", "0.29", "0.5", "0.57", "0.9", "0.99", "0.999", "1"])
def test_ranks_are_exact_at_any_number_of_users(count, share):
    assert percentile(np.arange(1.0, count + 1), float(share)) == ceil(Fraction(share) * count)


@settings(max_examples=100, deadline=None)
@given(VALUES, SHARES)
def test_a_percentile_is_one_of_the_values_never_between_two(values, share):
    assert percentile(np.array(values), float(share)) in values


def test_1049_ms_stays_1049_ms():
    assert set(asdict(summary(np.array([1049.0, 1049.0, 1049.0]))).values()) == {1049.0}
    assert percentile(np.array([1.0, 1049.0]), 0.5) == 1.0
    assert percentile(np.array([1.0, 1049.0]), 0.51) == 1049.0


def test_a_user_who_was_never_reached_counts_as_infinite_not_as_absent():
    delivered = np.concatenate([np.full(98, 10.0), [inf, inf]])
    assert percentile(delivered, 0.98) == 10.0
    assert percentile(delivered, 0.99) == inf
    assert percentile(delivered, 1.0) == inf


def test_an_infinite_percentile_is_written_none():
    said = summary(np.concatenate([np.full(98, 10.0), [inf, inf]]))
    assert asdict(said) == {"p50": 10.0, "p90": 10.0, "p99": None, "p999": None, "max": None}


def test_the_summary_has_the_points_of_the_manual():
    assert list(asdict(summary(np.arange(1.0, 1001.0))).items()) == [
        ("p50", 500.0),
        ("p90", 900.0),
        ("p99", 990.0),
        ("p999", 999.0),
        ("max", 1000.0),
    ]
    assert POINTS["max"] == 1.0


def test_of_nobody_there_is_no_percentile():
    assert isnan(percentile(np.zeros(0), 0.5))
    assert set(asdict(summary(np.zeros(0))).values()) == {None}


def test_of_one_user_every_percentile_is_his():
    assert set(asdict(summary(np.array([3.25]))).values()) == {3.25}


def test_numbers_for_json_are_rounded_and_never_infinite_or_nan():
    assert finite(1.23456, 3) == 1.235
    assert [finite(value, 3) for value in (inf, -inf, nan)] == [None] * 3


def test_the_values_are_left_in_their_order():
    values = np.array([5.0, 1.0, inf, 3.0])
    percentile(values, 0.5)
    assert values.tolist() == [5.0, 1.0, inf, 3.0]

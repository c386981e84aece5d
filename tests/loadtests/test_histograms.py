"""Histograms lose nothing, whatever is added and however it is split over workers."""

from math import inf

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from loadtests.histograms import BIN_NS, Histogram

times = st.lists(st.integers(-(10**9), 10**13), max_size=200)


def of(values):
    histogram = Histogram()
    histogram.add(np.array(values, np.int64))
    return histogram


@given(times)
def test_every_value_is_counted_and_the_longest_is_exact(values):
    assert of(values).count == len(values)
    assert of(values).longest_ns == max(values, default=None)


@given(times, times)
def test_merged_histograms_equal_the_histogram_of_all(some, others):
    merged = of(some)
    merged.merge(of(others))
    assert merged == of(some + others)


@given(times)
def test_a_histogram_survives_its_journey(values):
    assert Histogram.from_plain(of(values).plain()) == of(values)


@given(st.lists(st.integers(0, 10**12), min_size=1), st.floats(0.01, 1.0), st.integers(0, 50))
def test_a_percentile_is_within_a_bin_of_the_exact_one_over_all_users(values, share, unreached):
    users = len(values) + unreached
    exact = next(
        value for value in sorted(values) + [inf] * unreached if reached(value, values) >= share * users - 1e-9
    )
    found = of(values).percentile_ns(share, users)
    assert found == exact or exact <= found <= exact + BIN_NS
    least = of(values).at_least_ns(share, users)
    assert least == exact or exact - BIN_NS < least <= exact


def reached(value, values):
    return inf if value == inf else sum(one <= value for one in values)


def test_users_never_reached_make_the_tail_infinite():
    histogram = of([1_000_000] * 99)
    assert histogram.percentile_ns(0.99, 100) == 1_000_000
    assert histogram.percentile_ns(0.999, 100) == inf
    assert histogram.maximum_ns(100) == inf
    assert histogram.maximum_ns(99) == 1_000_000


def test_times_that_locust_would_round_into_one_stay_apart():
    histogram = of([1_000_000_000, 1_049_000_000])
    assert histogram.percentile_ns(0.5, 2) == 1_000_100_000
    assert histogram.percentile_ns(1.0, 2) == 1_049_000_000

"""What the page shows is what was read: at full count, and never better than it is."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from loadtests.reached import Reached
from loadtests.shown import MS, Shown, shown

RELEASED, WALL = 5_000_000_000, 1_700_000_000_123_456_789


def reached(times, superseded=0):
    one = Reached(len(times) + superseded, len(times), superseded)
    one.times.add(np.array(times, np.int64))
    return one


@given(st.lists(st.integers(0, 10**10), max_size=60), st.integers(0, 5), st.integers(0, 5))
def test_each_delivery_is_a_request_and_each_client_never_reached_a_failure(times, superseded, unreached):
    deliveries, wanted = {1: reached(times, superseded)}, len(times) + superseded + unreached
    now = RELEASED + 10**10
    before, after = (shown(deliveries, {1: RELEASED}, wanted, WALL, now, over=over)[1] for over in (False, True))
    assert (before.requests, before.failures) == (len(times), 0)
    assert (after.requests, after.failures) == (len(times) + unreached, unreached)
    for row in (before, after):
        assert row.times.total() == row.by_second.total() == row.requests
    for exact, said in zip(sorted(times), sorted(before.times.elements()), strict=True):
        assert exact / MS <= said <= exact / MS + 1.1
    # One that is never reached has waited until now at least, so no percentile is better for leaving it out.
    assert after.times[10_000] >= unreached


def test_a_delivery_counts_in_the_second_of_the_wall_clock_in_which_it_was_read():
    row = Shown.of(reached([0, 900 * MS]), RELEASED, WALL, 0, 0)
    first = (RELEASED + WALL) // 10**9
    assert dict(row.by_second) == {first: 1, first + 1: 1}


def test_a_report_of_which_nothing_was_heard_has_a_row_of_nothing_and_rows_add_up():
    rows = shown({1: reached([MS, 2 * MS])}, {1: RELEASED, 2: RELEASED}, 2, WALL, RELEASED, over=False)
    assert (rows[2].requests, rows[2].total_ms) == (0, 0)
    assert Shown.sum(rows.values()).requests == 2

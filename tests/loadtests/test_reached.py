"""Times of a worker's clock come to the master as the latest and the earliest that they can be."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ewarn.clocks.bound import Bound
from ewarn.clocks.exchanges import EXCHANGE
from ewarn.errors import MeasurementError
from ewarn.verdict.receipts import NEVER
from loadtests.histograms import BIN_NS, Histogram
from loadtests.limits import judged, too_wide
from loadtests.reached import Reached, deliveries, nobody

SECOND = 1_000_000_000
AHEAD = 3_600 * SECOND
FIRST, LAST = 10 * SECOND, 20 * SECOND
"""of the exchanges, on the master's clock"""


def bound(out_ns, back_ns):
    """Of a clock an hour ahead, over a line that takes so long each way."""
    sent = np.arange(FIRST, LAST, SECOND // 20)
    rows = np.zeros(len(sent), EXCHANGE)
    rows["sent"], rows["back"] = sent, sent + out_ns + back_ns
    rows["arrived"] = rows["left"] = sent + out_ns + AHEAD
    rows["raw"], rows["raw_back"] = rows["left"], rows["back"]
    return Bound.of(rows, host="worker 1 on b")


lines = st.integers(1_000, 5_000_000)
reads = st.lists(st.integers(12 * SECOND, 18 * SECOND) | st.just(NEVER), min_size=1, max_size=50)


@given(lines, lines, reads)
def test_the_truth_lies_between_the_earliest_and_the_latest_and_both_survive_their_journey(out_ns, back_ns, true):
    true = np.array(true)
    read = np.where(true == NEVER, NEVER, true + AHEAD)[None, :]
    clock = Bound.from_plain(bound(out_ns, back_ns).plain())
    found = Reached.from_plain(deliveries(read, {1: 11 * SECOND}, clock)[1].plain())
    times = true[true != NEVER] - 11 * SECOND
    assert (found.delivered, found.missing) == (len(times), len(true) - len(times))
    assert found.times.count == found.earliest.count == len(times)
    if len(times):
        assert found.earliest.longest_ns <= times.max() <= found.times.longest_ns
        assert found.times.longest_ns - found.earliest.longest_ns <= found.width_ns
        assert found.width_ns <= out_ns + back_ns + 20
        low, high = (one.at_least_ns(0.5, len(times)) for one in (found.earliest, found.times))
        middle = np.sort(times)[(len(times) - 1) // 2]
        assert low <= middle <= high + BIN_NS


def test_before_the_end_what_the_clock_cannot_tell_yet_waits_and_in_the_end_it_is_refused():
    read = np.array([[15 * SECOND + AHEAD, 30 * SECOND + AHEAD]])
    clock = bound(1000, 1000)
    assert deliveries(read, {1: 11 * SECOND}, clock, over=False)[1].delivered == 1
    with pytest.raises(MeasurementError, match=r"worker 1 on b: a time is .* after the last clock exchange"):
        deliveries(read, {1: 11 * SECOND}, clock)


def test_clients_of_a_clock_that_cannot_be_told_were_never_reached():
    (one,) = nobody(5, {1: SECOND}).values()
    assert (one.targets, one.delivered, one.missing) == (5, 0, 5)


def report(low_ms, high_ms, missing=0):
    one = Reached(100 + missing, 100, missing=missing, width_ns=round((high_ms - low_ms) * 1e6))
    for histogram, ms in ((one.times, high_ms), (one.earliest, low_ms)):
        histogram.add(np.full(100, round(ms * 1e6)))
    return one


@pytest.mark.parametrize(
    ("low_ms", "high_ms", "missing", "kept"),
    [(990, 999, 0, True), (1001, 1009, 0, False), (996, 1004, 0, None), (990, 999, 2, False)],
)
def test_a_limit_is_judged_by_the_end_that_is_worse(low_ms, high_ms, missing, kept):
    assert judged(1, report(low_ms, high_ms, missing), 1000).kept is kept


def test_a_width_over_one_percent_of_the_limit_names_the_worker_and_both_numbers():
    widths = {"worker 0 on a": 9_999_999, "worker 1 on b": 10_000_001}
    (line,) = too_wide(widths, 1000)
    assert line.startswith("worker 1 on b: its times are known to within 10.000 ms, expected 10 ms at most, 1%")
    assert too_wide(widths, 0) == []


def test_a_merge_keeps_both_histograms_and_the_widest_bound():
    one, other = report(10, 12), report(20, 21)
    one.merge(other)
    assert (one.times.count, one.earliest.count, one.width_ns) == (200, 200, 2_000_000)
    assert isinstance(one.times, Histogram)

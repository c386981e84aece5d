"""Who has been warned at an instant."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from ewarn.drill.progress import STATES, first_receipts, states

NS = 10**9
START_NS = 10**13
"""monotonic clocks do not begin at the origin"""


def seen(t, told, s, first_release=5.0, due=True):
    """The one state of one user."""
    counted = states(t, np.array([told]), np.array([s]), first_release, np.array([due]))
    return [name for name, users in counted.items() if users]


@pytest.mark.parametrize(
    ("t", "told", "s", "expected"),
    [
        (4.0, np.inf, 10.0, "waiting"),
        (8.0, 9.0, 10.0, "waiting"),  # a replay knows what is to come
        (9.0, 9.0, 10.0, "in_time"),
        (60.0, 9.0, 10.0, "in_time"),
        (10.0, 10.0, 10.0, "late"),  # told in the very instant of S
        (10.5, 11.0, 10.0, "late"),  # S has come, the report has not
        (12.0, 11.0, 10.0, "late"),
        (12.0, np.inf, 10.0, "late"),
        (4.9, np.inf, 5.0, "waiting"),
        (5.0, np.inf, 5.0, "blind_zone"),
        (60.0, 5.1, 4.0, "blind_zone"),
    ],
)
def test_each_user_is_in_one_state(t, told, s, expected):
    assert seen(t, told, s) == [expected]


def test_before_the_first_release_whom_s_reaches_is_in_the_blind_zone():
    assert seen(3.0, np.inf, 2.0, first_release=np.inf) == ["blind_zone"]


def test_to_whom_nothing_is_due_is_in_no_state():
    assert seen(60.0, np.inf, 2.0, due=False) == []


times = st.one_of(st.floats(0, 100), st.just(np.inf))


@given(st.integers(0, 50).flatmap(lambda n: st.tuples(*[arrays(np.float64, n, elements=times)] * 2)), times, times)
def test_every_user_is_in_exactly_one_state(users, first_release_s, t):
    s_s = users[1]
    told_s = np.maximum(users[0], first_release_s)
    due = np.arange(len(s_s)) % 3 > 0
    counted = states(t, told_s, s_s, first_release_s, due)
    assert tuple(counted) == STATES
    assert min(counted.values()) >= 0
    assert sum(counted.values()) == due.sum()
    assert counted["waiting"] == (due & (told_s > t) & (s_s > t)).sum()
    assert counted["in_time"] == (due & (told_s <= t) & (told_s < s_s)).sum()
    assert counted["blind_zone"] == (due & (s_s <= t) & (s_s <= first_release_s)).sum()


def test_the_first_receipt_is_of_whichever_report_was_read_first():
    released_s = np.array([5.0, 7.0])
    released_ns = START_NS + (released_s * NS).astype(np.int64)
    read = np.array([[START_NS + 6 * NS, 0, START_NS + 9 * NS, 0], [START_NS + 8 * NS, START_NS + 8 * NS, 0, -1]])
    assert first_receipts(read, released_ns, released_s).tolist() == [6.0, 8.0, 9.0, np.inf]


def test_a_report_read_before_an_older_one_counts():
    read = np.array([[START_NS + 9 * NS], [START_NS + 8 * NS]])
    assert first_receipts(read, np.array([START_NS] * 2), np.array([0.0, 0.0])).tolist() == [8.0]


def test_with_no_report_released_nobody_has_been_told():
    nothing = np.zeros(0)
    assert first_receipts(np.zeros((0, 3), np.int64), nothing.astype(np.int64), nothing).tolist() == [np.inf] * 3

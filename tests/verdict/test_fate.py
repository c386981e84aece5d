"""One rule decides what became of a report for a user, and of a user in a play."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from ewarn.verdict.fate import (
    FINAL,
    Fate,
    counts,
    decide,
    first_due,
    first_public,
    first_read,
    newer_read,
    of_users,
)

NEVER = np.inf


def seen(at, read, s, first=5.0, due_from=5.0, closed=NEVER, due=None):
    """The fate of one user."""
    return Fate(int(of_users(s, read, first_public_s=first, due_from_s=due_from, due=due, at_s=at, closed_s=closed)))


@pytest.mark.parametrize(
    ("at", "read", "s", "expected"),
    [
        (4.0, NEVER, 10.0, Fate.WAITING),
        (8.0, 9.0, 10.0, Fate.WAITING),  # a replay knows what is to come
        (9.0, 9.0, 10.0, Fate.IN_TIME),
        (60.0, 9.0, 10.0, Fate.IN_TIME),
        (10.0, 10.0, 10.0, Fate.LATE),  # read in the very instant of S
        (10.5, 11.0, 10.0, Fate.LATE),  # S has come, the report has not
        (12.0, 11.0, 10.0, Fate.LATE),
        (12.0, NEVER, 10.0, Fate.LATE),
        (4.9, NEVER, 5.0, Fate.WAITING),
        (5.0, NEVER, 5.0, Fate.BLIND_ZONE),
        (60.0, 5.1, 4.0, Fate.BLIND_ZONE),
    ],
)
def test_a_user_has_one_fate_at_each_instant(at, read, s, expected):
    assert seen(at, read, s) is expected


def test_before_the_first_public_report_whom_s_reaches_is_in_the_blind_zone():
    assert seen(3.0, NEVER, 2.0, first=NEVER, due_from=NEVER, due=True) is Fate.BLIND_ZONE


def test_who_was_held_back_until_s_had_passed_is_suppressed_and_no_dispatch_was_late():
    assert seen(60.0, 8.5, 7.0, due_from=8.0) is Fate.SUPPRESSED
    assert seen(60.0, 8.5, 4.0, due_from=8.0) is Fate.BLIND_ZONE
    assert seen(60.0, 9.5, 9.0, due_from=8.0) is Fate.LATE


def test_who_never_read_anything_is_missing_once_the_play_is_over_wherever_they_live():
    for s in (2.0, 9.0, 90.0):
        assert seen(30.0, NEVER, s, closed=30.0) is Fate.MISSING
        assert seen(NEVER, NEVER, s) is Fate.MISSING
    assert seen(29.9, NEVER, 9.0, closed=30.0) is Fate.LATE


def test_to_whom_nothing_is_due_is_suppressed_or_follows_none():
    assert seen(60.0, NEVER, 2.0, due_from=NEVER) is Fate.SUPPRESSED
    assert Fate(int(of_users(9.0, 1.0, first_public_s=0.0, due_from_s=0.0, follows=False))) is Fate.FOLLOWS_NONE


def test_the_first_line_that_holds_decides():
    everything = dict.fromkeys(
        ("due", "read", "in_time", "newer", "over", "s_to_come", "before_first", "before_due"), True
    )
    ends = [
        ({"follows": False}, Fate.FOLLOWS_NONE),
        ({}, Fate.IN_TIME),
        ({"in_time": False, "read": False, "due": False}, Fate.SUPPRESSED),
        ({"in_time": False, "read": False}, Fate.SUPERSEDED),
        ({"in_time": False, "read": False, "newer": False}, Fate.MISSING),
        ({"in_time": False}, Fate.WAITING),
        ({"in_time": False, "s_to_come": False}, Fate.BLIND_ZONE),
        ({"in_time": False, "s_to_come": False, "before_first": False}, Fate.SUPPRESSED),
        ({"in_time": False, "s_to_come": False, "before_first": False, "before_due": False}, Fate.LATE),
    ]
    for changed, fate in ends:
        assert Fate(int(decide(**({"follows": True} | everything | changed)))) is fate


def test_only_waiting_comes_to_an_end():
    assert set(Fate) == {*FINAL, Fate.WAITING}


def test_a_report_that_nobody_was_to_have_is_not_the_first():
    due = np.array([[False, False], [False, True], [True, True]])
    alarms = np.array([True, True, True])
    assert first_public(due, alarms) == 1
    assert first_due(due, alarms).tolist() == [2, 1]
    assert first_public(due[:1], alarms[:1]) is None
    assert first_due(due[:1], alarms[:1]).tolist() == [1, 1]


def test_a_cancel_is_no_first_report_though_everyone_has_it():
    due, alarms = np.array([[False, False], [True, True]]), np.array([True, False])
    assert first_public(due, alarms) is None


def test_a_cancel_tells_those_alone_who_were_warned_of_something():
    read_s, counted, alarms = np.array([[NEVER, NEVER], [9.0, 9.0]]), np.array([True, True]), np.array([True, False])
    assert first_read(read_s, counted, alarms, np.array([True, False])).tolist() == [9.0, NEVER]


def test_a_quick_report_takes_a_warnings_place_for_those_alone_who_were_warned_and_a_cancel_for_all():
    # One read the second report alone, one the last alone, one the first and the last.
    read = np.array([[False, False, True], [True, False, False], [False, True, True]])
    quick, cancel = np.array([True, True, False]), np.array([True, True, True])
    assert newer_read(read, quick).tolist() == [[True, False, True], [False, False, True], [False] * 3]
    assert newer_read(read, cancel).tolist() == [[True, True, True], [False, True, True], [False] * 3]


times = st.one_of(st.floats(0, 100), st.just(NEVER))


@given(st.integers(0, 50).flatmap(lambda n: st.tuples(*[arrays(np.float64, n, elements=times)] * 3)), times, times)
def test_every_user_is_counted_once_and_fates_change_only_as_time_goes_on(users, first, at):
    s, read, due_from = users[0], users[1], np.maximum(users[2], first)
    read = np.maximum(read, due_from)

    def now(at_s):
        return of_users(s, read, first_public_s=first, due_from_s=due_from, at_s=at_s, closed_s=200.0)

    fates = now(at)
    assert sum(counts(fates).values()) == len(s)
    due, told = np.isfinite(due_from), np.isfinite(read) & (read <= at)
    assert ((fates == Fate.IN_TIME) == (told & (read < s))).all()
    assert ((fates == Fate.WAITING) == (due & ~(told & (read < s)) & (s > at) & (at < 200))).all()
    later = now(at + 1.0)
    settled = ~np.isin(fates, [Fate.WAITING])
    assert (later[settled] == fates[settled]).all() or at + 1.0 >= 200

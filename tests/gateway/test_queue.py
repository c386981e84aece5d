"""The order of telling: strict at first, and in stretches of memory behind."""

from dataclasses import dataclass

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from ewarn.gateway.sending import queue
from ewarn.gateway.sending.queue import FIRST, MANY, SHARE, Queue, ends

COUNTS = st.one_of(st.integers(0, 2 * MANY), st.integers(0, 200_000))


@dataclass
class Ordered:
    """What a queue asks of a plan."""

    order: np.ndarray


def line_up(count, seed=1):
    rng = np.random.default_rng(seed)
    descriptors = rng.permutation(count * 2)[:count].astype(np.int64)
    return Queue.of(Ordered(rng.permutation(count)), descriptors, np.zeros(count, np.uint64))


@given(COUNTS)
def test_stretches_follow_one_another_until_the_last_user(count):
    found = ends(count)
    assert (np.diff(found, prepend=0) > 0).all()
    assert (found[-1] if len(found) else 0) == count


@given(st.integers(MANY, 300_000))
def test_a_stretch_but_the_last_is_as_long_as_the_first_or_a_share_of_what_went_before_it(count):
    begins, lengths = ends(count) - np.diff(ends(count), prepend=0), np.diff(ends(count), prepend=0)
    due = np.maximum(FIRST, begins // SHARE)
    assert (lengths[:-1] == due[:-1]).all()
    assert lengths[-1] <= due[-1]


@given(st.integers(0, 3 * MANY), st.integers(0, 9))
def test_all_are_told_once_and_nobody_out_of_their_stretch(count, seed):
    found = line_up(count, seed)
    before = 0
    for end in found.ends.tolist():
        assert sorted(found.users[before:end]) == sorted(found.plan.order[before:end])
        before = end
    assert len(found) == before == count


def test_few_are_told_strictly_in_order():
    found = line_up(MANY - 1)
    assert found.users.tolist() == found.plan.order.tolist()


def test_within_a_stretch_they_are_told_as_they_connected():
    found = line_up(3 * MANY)
    for stretch in np.split(found.users, found.ends[:-1]):
        assert (np.diff(found.descriptors[stretch]) > 0).all()


@given(st.integers(1, 40_000), st.data())
def test_everyone_stands_in_one_stretch(count, data):
    found = line_up(count)
    begin, end = found.stretch(told := data.draw(st.integers(0, count - 1)))
    assert begin <= told < end
    assert end in found.ends


def test_the_plan_is_left_as_it_is():
    order = np.random.default_rng(1).permutation(2 * MANY)
    Queue.of(Ordered(order), np.arange(2 * MANY)[::-1].copy(), np.zeros(2 * MANY, np.uint64))
    assert order.tolist() == np.random.default_rng(1).permutation(2 * MANY).tolist()


def test_growth_goes_by_the_first_and_the_share(monkeypatch):
    monkeypatch.setattr(queue, "FIRST", 2)
    monkeypatch.setattr(queue, "SHARE", 2)
    monkeypatch.setattr(queue, "MANY", 4)
    assert ends(20).tolist() == [2, 4, 6, 9, 13, 19, 20]
    assert ends(3).tolist() == [1, 2, 3]

"""Clients on their way back, on a clock that is told."""

from itertools import pairwise
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ewarn.swarm.comeback import FIRST_S, MOST_S, Comeback


def test_who_is_lost_tries_again_within_a_second_each_at_a_time_of_his_own():
    of = Comeback(Random(1))
    for row in range(1_000):
        of.later(row, 50.0)
    assert len(of.due(50.0)) < 10
    assert 400 < len(of.due(50.0 + FIRST_S / 2)) < 600
    of.due(50.0 + FIRST_S)
    assert of.next_s(60.0) == float("inf")


def test_who_hangs_up_to_come_back_may_try_at_once_when_his_connection_has_ended():
    of = Comeback(Random(1))
    of.expect(3)
    assert 3 in of
    assert of.due(9.0) == []
    of.at_once(3, 9.0)
    assert of.due(9.0) == [3]


def test_each_row_is_due_once_and_then_is_connecting():
    of = Comeback(Random(1))
    of.later(5, 0.0)
    assert of.due(10.0) == [5]
    assert of.due(10.0) == []
    assert 5 in of
    assert of.arrived(5)
    assert not of.arrived(5)


@given(st.integers(0, 100))
def test_a_gateway_that_is_gone_is_tried_ever_less_often(seed):
    of, now, tries = Comeback(Random(seed)), 0.0, []
    of.later(1, now)
    while now < 3600:
        now += of.next_s(now)
        assert of.due(now) == [1]
        tries.append(now)
        of.later(1, now)
    assert len(tries) < 2 * 2 * 3600 / MOST_S
    assert all(later - earlier <= MOST_S + 1e-6 for earlier, later in pairwise(tries))


def test_who_was_back_begins_with_a_short_wait_again():
    of, now = Comeback(Random(1)), 0.0
    for _ in range(10):
        of.later(1, now)
        now += of.next_s(now)
        of.due(now)
    of.arrived(1)
    of.later(1, now)
    assert of.next_s(now) <= FIRST_S


def test_where_there_are_several_gateways_waits_grow_once_each_was_tried():
    of, longest = Comeback(Random(1)), []
    for row in range(300):
        for tries in range(9):
            assert of.later(row, 0.0, 3) == tries + 1
            longest.append((tries, of.next_s(0.0)))
            of.due(100.0)
    most = [max(wait for tries, wait in longest if tries == one) for one in range(9)]
    assert all(0.9 * bound < wait <= bound for wait, bound in zip(most, [1, 1, 1, 2, 2, 2, 4, 4, 4], strict=True))


def test_the_same_seed_gives_the_same_waits():
    def waits():
        of = Comeback(Random(7))
        of.later(1, 0.0)
        return of.next_s(0.0)

    assert waits() == pytest.approx(waits())

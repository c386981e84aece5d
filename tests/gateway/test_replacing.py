"""When a shard is replaced, and when hope is given up."""

from hypothesis import given
from hypothesis import strategies as st

from ewarn.gateway.shards.replacing import FIRST_S, LONGEST_S, STEADY_S, Replacing


def test_one_that_had_started_well_is_replaced_at_once_however_often():
    replacing = Replacing(2)
    for now in range(0, 10_000, 100):
        replacing.died(now - STEADY_S, STEADY_S, now)
        assert replacing.due(now)
        assert not replacing.given_up


def test_where_shards_die_as_they_start_each_wait_is_twice_the_one_before_and_then_hope_is_given_up():
    replacing, now, waits = Replacing(12), 0.0, []
    while not replacing.given_up:
        replacing.died(now, 0.0, now)
        waits.append(replacing._due - now)
        now = replacing._due
    assert waits[:9] == [0.0, *(FIRST_S * 2**turn for turn in range(7)), LONGEST_S]
    assert len(waits) == 13


@given(st.integers(1, 100), st.integers(1, 64))
def test_however_many_die_at_once_it_is_one_failure(attempts, shards):
    replacing = Replacing(attempts)
    for index in range(shards):
        replacing.died(0.0, 5.0, 5.0 + index / 1000)
    assert replacing.failures == 1
    assert replacing.due(6.0)
    assert not replacing.given_up


def test_tries_in_a_minute_of_a_crash_loop_are_few():
    replacing, now, tries = Replacing(10**9), 0.0, 0
    while now < 60.0:
        if replacing.due(now):
            replacing.died(now, 0.0, now)
            tries += 1
        now += 0.01
    assert tries <= 9


def test_a_month_of_failures_is_no_overflow():
    replacing = Replacing(10**9)
    for now in range(50_000):
        replacing.died(now, 0.0, now)
    assert replacing._due - now == LONGEST_S


def test_whoever_says_the_count_again_has_another_try_at_once():
    replacing = Replacing(5)
    for _ in range(4):
        replacing.died(1.0, 0.0, 1.0)
        replacing._last = 1.0
    assert not replacing.due(1.0)
    replacing.anew()
    assert replacing.due(1.0)


def test_where_nothing_is_to_be_replaced_nothing_is():
    replacing = Replacing(0)
    assert replacing.given_up
    assert not replacing.due(1e9)

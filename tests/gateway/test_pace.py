"""Shards that keep pace: who must wait for whom."""

import os

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from ewarn.gateway.sending import pace
from ewarn.gateway.sending.pace import LEAST, MOST, OF_TOLD, PATIENCE_S, SHARE, Pace, lead

SCORES = np.arange(100_000) / 10
NOW = 100.0


def shards(count=3):
    memory = pace.create(count)
    made = [Pace(memory, count, index) for index in range(count)]
    os.close(memory)
    return made


def everyone(count=3):
    return np.ones(count, bool)


def test_nobody_runs_ahead_of_a_shard_that_has_not_begun():
    one, _, _ = shards()
    number = one.start(everyone())
    assert not one.ahead(number, SCORES, LEAST, NOW)
    assert one.ahead(number, SCORES, LEAST + 1, NOW)


def test_it_waits_for_the_slowest_by_its_own_users_between():
    one, other, third = shards()
    number = one.start(everyone())
    other.show(number, SCORES[25_000])
    third.show(number, SCORES[27_000])
    one.show(number, SCORES[29_000])
    assert not one.ahead(number, SCORES, 25_001 + MOST, NOW)  # the one of the same score as theirs may go, too
    assert one.ahead(number, SCORES, 25_001 + MOST + 1, NOW)
    assert not other.ahead(number, SCORES, 25_000, NOW)


def test_nobody_waits_for_a_shard_that_is_done_or_dead_or_was_never_there():
    one, other, third = shards()
    number = one.start(np.array([True, True, False]))
    one.show(number, SCORES[29_000])
    assert one.ahead(number, SCORES, 29_000, NOW)
    other.finish(number)
    assert not one.ahead(number, SCORES, 29_000, NOW)
    number = one.start(everyone())
    one.show(number, SCORES[29_000])
    one.bury(1)
    third.finish(number)
    assert not one.ahead(number, SCORES, 29_000, NOW)


def test_a_report_that_a_newer_round_has_taken_over_is_not_held_up_and_holds_up_nobody():
    one, other = shards(2)
    older = one.start(everyone(2))
    newer = other.start(everyone(2))
    assert newer > older
    assert not one.ahead(older, SCORES, 90_000, NOW)
    one.finish(older)
    other.show(newer, SCORES[90_000])
    assert other.ahead(newer, SCORES, 90_000, NOW)


def test_nobody_waits_long_for_a_shard_that_stands_still_until_it_moves_again():
    one, frozen, third = shards()
    number = one.start(everyone())
    frozen.show(number, SCORES[21_000])
    third.show(number, SCORES[25_000])
    assert one.ahead(number, SCORES, 21_001 + MOST + 1, NOW)
    later = NOW + PATIENCE_S + 0.01
    third.show(number, SCORES[26_000])
    assert not one.ahead(number, SCORES, 26_001 + MOST, later)
    assert one.ahead(number, SCORES, 26_001 + MOST + 1, later)
    frozen.show(number, SCORES[22_000])
    assert one.ahead(number, SCORES, 22_001 + MOST + 1, later)


@given(st.lists(st.lists(st.integers(0, 999), max_size=300), min_size=2, max_size=4), st.randoms())
def test_some_shard_may_always_go_on(users, random):
    count = len(users)
    fronts = shards(count)
    scores = [np.sort(np.array(own, np.float64)) for own in users]
    number = fronts[0].start(everyone(count))
    told = [0] * count
    while any(done < len(own) for done, own in zip(told, scores, strict=True)):
        waiting = [index for index in range(count) if told[index] < len(scores[index])]
        free = [index for index in waiting if not fronts[index].ahead(number, scores[index], told[index], NOW)]
        assert free
        chosen = random.choice(free)
        told[chosen] += 1
        if told[chosen] < len(scores[chosen]):
            fronts[chosen].show(number, scores[chosen][told[chosen]])
        else:
            fronts[chosen].finish(number)
        for index in range(count):
            if not len(scores[index]):
                fronts[index].finish(number)


def test_it_may_be_ahead_by_the_stretch_that_is_told_out_of_order():
    one, other = shards(2)
    number = one.start(everyone(2))
    other.show(number, SCORES[25_000])
    one.show(number, SCORES[26_000])
    assert one.ahead(number, SCORES, 25_001 + MOST + 1, NOW)
    assert not one.ahead(number, SCORES, 25_001 + MOST + 3_000, NOW, stretch=3_000)
    assert one.ahead(number, SCORES, 25_001 + MOST + 3_001, NOW, stretch=3_000)


@given(st.integers(0, 10**6), st.integers(1, 10**6))
def test_a_shard_may_be_a_little_ahead_at_first_and_a_small_part_of_all_later(told, users):
    found = lead(min(told, users), users)
    assert 1 <= found <= min(MOST, users // SHARE + 1)
    assert found <= max(LEAST, told // OF_TOLD)
    assert lead(0, users) <= found

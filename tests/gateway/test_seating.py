"""Which shard the next connections go to."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from ewarn.gateway.shards.occupancy import NO_ROOM
from ewarn.gateway.shards.seating import MOST_BEHIND, RUN, SHARE, Seating


class Hall:
    """Shards that take what they are given at once, or never."""

    def __init__(self, *capacity):
        self.seating, self.room = Seating(), np.array(capacity)
        self.held, self.behind = np.zeros(len(capacity), int), np.zeros(len(capacity), int)
        self.went = []

    def come(self, count, *, taken=True):
        for _ in range(count):
            shard = self.seating.choose(self.room, self.held, self.behind)
            self.room[shard] -= 1
            self.held[shard] += 1
            self.behind[shard] += not taken
            self.went.append(shard)


def test_the_first_few_are_spread_over_all_shards():
    hall = Hall(100, 100, 100)
    hall.come(6)
    assert hall.held.tolist() == [2, 2, 2]


def test_neighbours_share_a_shard_once_there_are_many():
    hall = Hall(*[20_000] * 4)
    hall.come(60_000)
    changes = np.count_nonzero(np.diff(hall.went[40_000:]))
    assert 20_000 / changes >= 10_000 / SHARE


@given(st.integers(1, 40), st.integers(1, 30_000))
def test_shards_stay_equally_full_but_for_a_run(shards, count):
    hall = Hall(*[30_000] * shards)
    hall.come(count)
    fewest, most = hall.held.min(), hall.held.max()
    assert most - fewest <= max(1, min(RUN, fewest // SHARE))
    assert hall.held.sum() == count


def test_nobody_goes_to_a_full_shard_while_another_has_room():
    hall = Hall(10, 3, 0, NO_ROOM)
    hall.come(13)
    assert hall.held.tolist() == [10, 3, 0, 0]


def test_a_shard_that_lags_is_passed_over():
    hall = Hall(*[20_000] * 2)
    hall.held[:] = 10_000
    hall.come(2 * MOST_BEHIND, taken=False)
    assert hall.behind.tolist() == [MOST_BEHIND, MOST_BEHIND]


def test_where_all_lag_the_emptiest_is_chosen_and_never_one_that_takes_none():
    hall = Hall(NO_ROOM, 10_000, 20_000)
    hall.behind[1:] = MOST_BEHIND
    hall.come(1, taken=False)
    assert hall.went == [2]


def test_one_that_lags_is_chosen_before_a_full_one():
    hall = Hall(0, 20_000)
    hall.behind[1] = MOST_BEHIND
    hall.come(1, taken=False)
    assert hall.went == [1]


def test_a_new_shard_is_filled_until_it_has_as_many_as_the_others():
    hall = Hall(*[1000] * 3)
    hall.come(300)
    hall.held[2], hall.room[2] = 0, 1000
    hall.come(90)
    assert hall.held.tolist()[2] >= 85

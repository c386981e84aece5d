"""Which shards stand still: judged by counts that do not change, and by the looker's own turns."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ewarn.gateway.settings import Upkeep
from ewarn.gateway.shards.heartbeat import Heartbeats, Pulsation, every_s

UPKEEP = Upkeep(stalled_s=2.0, buried_s=10.0, starting_s=60.0)
EVERY_S = every_s(UPKEEP)


class Watched:
    """Three shards, looked at in time unless it is said otherwise."""

    def __init__(self):
        self.now, self.beats = 100.0, np.zeros(3, np.int64)
        self.hearts = Heartbeats(3, UPKEEP, self.now)
        self.pass_s(0.0)

    def pass_s(self, seconds, beating=(0, 1, 2), every_s=EVERY_S):
        end = self.now + seconds
        while True:
            self.beats[list(beating)] += 1
            self.hearts.look(self.beats, self.now)
            if self.now >= end:
                return
            self.now += every_s

    def pulsations(self, *, starting=False):
        return [self.hearts.of(shard, starting=starting) for shard in range(3)]


SOUND, STALLED, LOST = Pulsation


def test_one_that_stands_still_is_stalled_then_lost_and_the_others_are_sound():
    watched = Watched()
    for seconds, pulsation in [(1.75, SOUND), (0.25, STALLED), (7.75, STALLED), (0.25, LOST)]:
        watched.pass_s(seconds, beating=(0, 2))
        assert watched.pulsations() == [SOUND, pulsation, SOUND]


def test_one_that_goes_on_is_sound_at_once():
    watched = Watched()
    watched.pass_s(5.0, beating=())
    assert watched.pulsations() == [STALLED] * 3
    watched.pass_s(0.0)
    assert watched.pulsations() == [SOUND] * 3


@given(st.floats(0, 1e6))
def test_a_looker_that_was_itself_stopped_for_however_long_blames_nobody(gap_s):
    watched = Watched()
    watched.now += gap_s
    watched.pass_s(0.0, beating=())
    assert watched.pulsations() == [SOUND] * 3
    watched.pass_s(0.5)
    assert all(watched.hearts.still_s(shard) == 0 for shard in range(3))


@given(st.lists(st.tuples(st.floats(0, 30), st.booleans()), max_size=50))
def test_nobody_is_lost_before_the_time_has_passed_and_who_beats_never(steps):
    watched, still_s = Watched(), 0.0
    for passed_s, beats in steps:
        watched.now += passed_s
        still_s = 0.0 if beats else still_s + passed_s
        watched.pass_s(0.0, beating=(0, 2) if beats is False else (0, 1, 2))
        assert watched.hearts.still_s(1) <= still_s + 1e-6
        assert watched.pulsations()[0] is SOUND


def test_a_busy_looker_that_looks_half_as_often_finds_as_much():
    watched = Watched()
    watched.pass_s(10.0, beating=(0, 2), every_s=2 * EVERY_S)
    assert watched.pulsations() == [SOUND, LOST, SOUND]


def test_one_that_starts_has_another_limit_and_a_successor_begins_anew():
    watched = Watched()
    watched.pass_s(59.0, beating=())
    assert watched.pulsations(starting=True) == [SOUND] * 3
    watched.hearts.begin(1)
    assert watched.pulsations() == [LOST, SOUND, LOST]
    watched.pass_s(1.0, beating=())
    assert watched.pulsations(starting=True) == [LOST, SOUND, LOST]


@pytest.mark.parametrize(("stalled_s", "expected"), [(2.0, 0.25), (0.4, 0.05), (60.0, 0.5)])
def test_there_are_several_looks_before_one_is_called_stalled(stalled_s, expected):
    assert every_s(Upkeep(stalled_s=stalled_s)) == expected

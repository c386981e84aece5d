"""Who chats when."""

from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ewarn.swarm.chatter import MESSAGE, Chatter

OPEN = np.arange(1_000) + 10


def spoken(chatter, start, seconds, handle_of=OPEN, tick=0.001):
    """(when, row) of all who spoke, the chatter being asked every tick."""
    times = [start + step * tick for step in range(round(seconds / tick))]
    return [(now, row) for now in times for row in chatter.due(handle_of, now)]


def test_a_message_is_of_200_bytes():
    assert len(MESSAGE) == 200


def test_each_second_so_many_speak_and_all_of_them_others():
    chatter = Chatter(0.05, Random(1))
    turns = spoken(chatter, 100.0, 4.0)
    seconds = [{row for now, row in turns if second <= now - 100.0 < second + 1} for second in range(4)]
    assert [len(rows) for rows in seconds] == [50] * 4
    assert len(set.union(*seconds)) > 150


def test_they_speak_one_after_the_other_evenly():
    when = [now for now, _ in spoken(Chatter(0.05, Random(1)), 100.0, 4.0)]
    assert np.diff(when).max() < 2.1 / 50


def test_only_those_who_are_connected_speak():
    handle_of = np.where(np.arange(1_000) % 2, 5, -1)
    assert all(row % 2 for _, row in spoken(Chatter(0.5, Random(1)), 100.0, 1.0, handle_of))
    assert spoken(Chatter(0.5, Random(1)), 100.0, 1.0, np.full(1_000, -1)) == []


def test_a_share_of_less_than_one_client_adds_up():
    assert len(spoken(Chatter(0.1, Random(1)), 100.0, 20.0, np.array([4, 5]), 0.01)) == 4


def test_the_same_seed_has_the_same_speak():
    one, other = (spoken(Chatter(0.05, Random(3)), 100.0, 2.0) for _ in range(2))
    assert one == other


def test_seconds_that_were_slept_through_are_not_made_up_for():
    chatter = Chatter(0.05, Random(1))
    spoken(chatter, 100.0, 1.0)
    assert len(spoken(chatter, 160.0, 1.0)) <= 100


def test_nobody_speaks_any_more_once_the_share_is_zero_and_somebody_at_once_when_it_is_not():
    chatter = Chatter(0.05, Random(1))
    spoken(chatter, 100.0, 0.5)
    chatter.speak(0.0)
    assert spoken(chatter, 100.5, 2.0) == []
    assert chatter.pause(102.5) == float("inf")
    chatter.speak(0.05)
    assert len(spoken(chatter, 102.6, 1.0)) == 50


def test_the_pause_ends_with_the_next_turn():
    chatter = Chatter(0.01, Random(1))
    now = 100.0
    for _ in range(30):
        chatter.due(OPEN, now)
        pause = chatter.pause(now)
        assert 0 <= pause <= 0.2
        assert chatter.due(OPEN, now + 0.99 * pause) == []
        now += pause
    assert now > 101.5


@given(st.lists(st.integers(0, 9) | st.none(), max_size=50))
def test_of_what_was_read_no_more_than_the_echoes_awaited_is_left_out(steps):
    chatter, said, read, counted = Chatter(0.5, Random(1)), 0, 0, 0
    for step in steps:
        if step is None:
            chatter.said()
            said += 1
        else:
            read += step
            unasked = chatter.unasked(step)
            assert 0 <= unasked <= step
            counted += unasked
    assert max(0, read - said) <= counted <= read


@pytest.mark.parametrize("pieces", [0, 3])
def test_where_nobody_spoke_everything_that_was_read_counts(pieces):
    assert Chatter(0.0, Random(1)).unasked(pieces) == pieces

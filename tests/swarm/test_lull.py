"""When a swarm's process may parse what it has read."""

import pytest

from ewarn.swarm.lull import FEW, IDLE_S, MOST_UNPARSED, OPENING_S, QUIET_S, Lull, pause_s


@pytest.fixture
def lull():
    return Lull(longest_s=5.0)


def begun(lull, now, pieces=0, unparsed=0, *, stirred=False, opening=False):
    return lull.begun(now, pieces, unparsed, stirred=stirred, opening=opening)


def test_there_is_none_while_frames_pour_in_and_one_once_nothing_has_come_for_a_while(lull):
    assert not begun(lull, 100.0, pieces=50)
    assert not begun(lull, 100.1, pieces=50, unparsed=50)
    assert not begun(lull, 100.1 + QUIET_S / 2, unparsed=100)
    assert begun(lull, 100.1 + QUIET_S, unparsed=100)


def test_nothing_read_is_nothing_to_parse(lull):
    assert not begun(lull, 100.0)
    assert not begun(lull, 200.0)


def test_what_else_happens_puts_it_off_unless_connections_are_opening(lull):
    assert not begun(lull, 100.0, unparsed=1, stirred=True)
    assert begun(lull, 100.0, unparsed=1, stirred=True, opening=True)


def test_a_trickle_that_never_ends_is_parsed_after_the_longest_wait_and_a_pour_is_not(lull):
    assert not begun(lull, 100.0, pieces=1)
    assert not begun(lull, 104.9, pieces=1, unparsed=40)
    assert not begun(lull, 105.1, pieces=FEW, unparsed=41)
    assert not begun(lull, 105.2, pieces=FEW - 1, unparsed=80)
    assert begun(lull, 105.1 + QUIET_S, pieces=FEW - 1, unparsed=80)


def test_once_all_is_parsed_the_longest_wait_begins_anew(lull):
    begun(lull, 100.0, pieces=1)
    lull.over()
    assert not begun(lull, 106.0, pieces=1)
    assert not begun(lull, 110.9, pieces=1, unparsed=1)
    assert begun(lull, 111.1, pieces=1, unparsed=2)


def test_too_much_to_keep_is_parsed_whatever_comes(lull):
    assert not begun(lull, 100.0, pieces=1_000, unparsed=MOST_UNPARSED - 1_000)
    assert begun(lull, 100.0, pieces=1_001, unparsed=MOST_UNPARSED - 1_000)


def test_a_pause_ends_when_something_is_due_and_not_for_each_of_those_who_come_back():
    never = float("inf")
    assert pause_s(False, 0, never, never) == IDLE_S
    assert pause_s(False, 1, never, never) == QUIET_S
    assert pause_s(True, 1, never, never) == OPENING_S
    assert pause_s(False, 0, 0.003, never) == 0.003
    assert pause_s(False, 0, never, 0.0) == pause_s(False, 0, never, -1.0) == OPENING_S
    assert pause_s(False, 0, never, 0.3) == 0.3

"""Keep-alive: who is pinged when, and who has been silent."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from ewarn.gateway.pulse import KEEP_ALIVE, Pulse
from ewarn.wire.framing import PING, next_frame


def pulse(rows=8, every_s=10.0):
    made = Pulse(rows, every_s, np.random.default_rng(1))
    for row in range(rows):
        made.begin(row, 0.0)
    return made


def everyone(rows=8):
    return np.ones(rows, bool)


def test_the_ping_is_a_whole_frame():
    frame = next_frame(KEEP_ALIVE)
    assert (frame.opcode, frame.final, frame.end) == (PING, True, len(KEEP_ALIVE))


def test_nobody_is_pinged_before_half_the_time_and_everybody_by_the_whole_of_it():
    one = pulse()
    assert [len(part) for part in one.due(everyone(), 4.9)] == [0, 0]
    assert [len(part) for part in one.due(everyone(), 10.0)] == [8, 0]


def test_those_who_came_at_once_are_not_pinged_at_once():
    one = pulse(rows=1000)
    early = [len(one.due(everyone(1000), now)[0]) for now in (6.0, 7.0, 8.0, 9.0, 10.0)]
    assert all(150 < count < 250 for count in early)


def test_who_answers_is_pinged_again_and_who_does_not_is_silent():
    one = pulse()
    one.due(everyone(), 10.0)
    for row in range(4):
        one.heard(row)
    due, silent = one.due(everyone(), 20.0)
    assert (due.tolist(), silent.tolist()) == ([0, 1, 2, 3], [4, 5, 6, 7])


def test_a_new_connection_owes_no_answer_for_the_one_before_it():
    one = pulse()
    one.due(everyone(), 10.0)
    one.begin(3, 10.0)
    assert 3 not in one.due(everyone(), 20.0)[1]


def test_who_could_not_be_heard_is_excused_and_asked_again():
    one = pulse()
    one.due(everyone(), 10.0)
    one.excuse()
    assert [len(part) for part in one.due(everyone(), 20.0)] == [8, 0]


@given(st.lists(st.tuples(st.floats(0, 30), st.integers(0, 7)), max_size=40))
def test_whoever_speaks_between_pings_is_never_called_silent(steps):
    one, now = pulse(), 0.0
    for pause, absent in steps:
        now += pause
        parked = everyone()
        parked[absent] = False
        due, silent = one.due(parked, now)
        assert not len(silent)
        assert absent not in due
        for row in due.tolist():
            one.heard(row)

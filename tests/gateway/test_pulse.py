"""Keep-alive: who is pinged when, and who has been silent."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ewarn.gateway.clients.pulse import KEEP_ALIVE, Pulse
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


def test_who_could_not_be_heard_for_a_while_has_so_much_more_time():
    one = pulse()
    one.due(everyone(), 10.0)
    one.held(7.0)
    assert [len(part) for part in one.due(everyone(), 21.9)] == [0, 0]
    assert [len(part) for part in one.due(everyone(), 27.0)] == [0, 8]


def test_time_held_does_not_put_off_the_next_ping_of_who_has_answered():
    one = pulse()
    one.due(everyone(), 10.0)
    for row in range(8):
        one.heard(row)
    one.held(100.0)
    assert [len(part) for part in one.due(everyone(), 20.0)] == [8, 0]


ROUND = st.tuples(st.floats(0, 8), st.floats(0, 1), st.sets(st.integers(0, 7)))
"""of a gateway: seconds since the one before, the share of them in which nobody was heard, and who says something"""


@given(st.lists(ROUND, max_size=60), st.floats(0.0, 5.0))
def test_whoever_is_silent_is_found_in_their_turn_and_nobody_is_who_answers_in_the_time_that_there_was_to_hear(
    rounds, answer_s
):
    """Rows 0 to 3 answer a ping within `answer_s` of time in which they can be heard; the others may speak."""
    one, now, held, heard_s = pulse(), 0.0, 0.0, np.zeros(8)
    pinged = np.full(8, np.nan)  # when, of those who owe an answer
    held_then = np.zeros(8)
    for pause, share, speak in rounds:
        now += pause
        held += pause * share
        heard_s += pause * (1 - share)
        answered = {row for row in range(4) if not np.isnan(pinged[row]) and heard_s[row] >= answer_s}
        for row in answered | {row for row in speak if row > 3}:
            one.heard(row)
            pinged[row] = np.nan
        one.held(held)
        due, silent = one.due(everyone(), now)
        assert not set(silent.tolist()) & {0, 1, 2, 3}, "who answers is never dropped"
        waited = now - pinged - (held - held_then)
        assert np.isfinite(pinged[silent]).all()
        assert (waited[silent] >= 5.0 - 1e-6).all(), "half of the time, time held left out, is everyone's"
        left = np.setdiff1d(np.flatnonzero(np.isfinite(pinged)), silent)
        assert (waited[left] < 10.0 + 1e-6).all(), "the whole of it, and the time held, is the longest"
        for row in silent.tolist():  # another has its descriptor
            one.begin(row, now)
            pinged[row] = np.nan
        pinged[due], held_then[due], heard_s[due] = now, held, 0.0


@pytest.mark.parametrize("share", [0.0, 0.2, 0.9])
def test_who_is_silent_is_found_while_a_report_goes_out_every_half_second(share):
    one, now, held = pulse(), 10.0, 0.0
    one.due(everyone(), now)
    found = []
    while now - held < 20.0:
        now += 0.5
        held += 0.5 * share
        one.held(held)
        found += one.due(everyone(), now)[1].tolist()
        for row in found:
            one.begin(row, np.inf)
    assert sorted(found) == list(range(8))


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

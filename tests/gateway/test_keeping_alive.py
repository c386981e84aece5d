"""Pings on real socket pairs, through a real engine."""

import asyncio

import numpy as np

from ewarn.gateway.clients.keeping_alive import ping
from ewarn.gateway.clients.pulse import KEEP_ALIVE, Pulse
from ewarn.gateway.counters import Reason
from ewarn.gateway.engines import Write
from tests.gateway.conftest import ROWS


async def test_who_answers_stays_who_is_silent_ends_and_who_is_full_or_gone_is_not_blamed(hall):
    pulse, engine = Pulse(ROWS, 10.0, np.random.default_rng(1)), Write(ROWS)
    answers, silent, full, gone = (hall.park() for _ in range(4))
    for descriptor, _ in (answers, silent, full, gone):
        pulse.begin(descriptor, 0.0)
    gone[1].close()
    ping(pulse, hall.connections, engine, 10.0)
    assert answers[1].recv(10) == silent[1].recv(10) == KEEP_ALIVE
    assert hall.counters.total("pings") == 3
    assert hall.ended(Reason.LOST) == 1
    pulse.heard(answers[0])
    pulse.heard(full[0])
    hall.fill(full[0])
    ping(pulse, hall.connections, engine, 20.0)
    assert answers[1].recv(10) == KEEP_ALIVE
    assert hall.ended(Reason.SILENT) == 1
    assert hall.connections.roster.parked[full[0]], "what waits for it is another's business"


async def test_who_has_answered_and_is_not_yet_heard_stays_and_is_not_asked_twice(hall):
    pulse, engine = Pulse(ROWS, 10.0, np.random.default_rng(1)), Write(ROWS)
    unheard, silent = hall.park(), hall.park()
    for descriptor, _ in (unheard, silent):
        pulse.begin(descriptor, 0.0)
    ping(pulse, hall.connections, engine, 10.0)
    unheard[1].send(b"its answer")
    ping(pulse, hall.connections, engine, 20.0)
    assert hall.connections.roster.parked[[unheard[0], silent[0]]].tolist() == [True, False]
    assert hall.counters.total("pings") == 2
    pulse.heard(unheard[0])
    ping(pulse, hall.connections, engine, 20.5)
    assert hall.counters.total("pings") == 3


async def test_while_a_report_goes_out_the_time_to_answer_stands_still(hall):
    pulse, engine = Pulse(ROWS, 10.0, np.random.default_rng(1)), Write(ROWS)
    descriptor, _ = hall.park()
    pulse.begin(descriptor, 0.0)
    ping(pulse, hall.connections, engine, 10.0)
    with hall.connections.hearing.held():
        await asyncio.sleep(0.01)
        assert hall.connections.hearing.holding
    ping(pulse, hall.connections, engine, 15.0)
    held_s = hall.connections.hearing.held_s
    assert held_s >= 0.01
    turn = 20.0 + held_s
    ping(pulse, hall.connections, engine, turn)
    assert hall.ended(Reason.SILENT) == 1


async def test_before_its_turn_nobody_is_pinged(hall):
    pulse = Pulse(ROWS, 10.0, np.random.default_rng(1))
    descriptor, _ = hall.park()
    pulse.begin(descriptor, 0.0)
    ping(pulse, hall.connections, Write(ROWS), 4.9)
    assert hall.counters.total("pings") == 0

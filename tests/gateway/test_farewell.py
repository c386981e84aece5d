"""Goodbye to all, and sending everyone away over a while, on real socket pairs."""

import asyncio

import numpy as np

from ewarn.gateway.clients import farewell
from ewarn.gateway.clients.drain import Drain
from ewarn.gateway.clients.farewell import GOING_AWAY, RESTART
from ewarn.gateway.counters import Reason
from tests.gateway.conftest import ROWS, is_over


def turns(hall, over_s=0.0, patience_s=60.0):
    return Drain(ROWS, over_s, patience_s, np.random.default_rng(1), hall.connections.now())


async def test_everyone_is_told_that_the_gateway_goes_away_but_those_who_cannot_take_it(hall):
    ends = [hall.park()[1] for _ in range(3)]
    slow, _ = hall.park()
    hall.fill(slow)
    farewell.say_goodbye(hall.connections)
    assert [one.recv(100) for one in ends] == [GOING_AWAY] * 3


async def test_everyone_is_sent_away_and_when_the_last_has_hung_up_it_is_over(hall):
    ends = [hall.park((30.0, 103.0)) for _ in range(3)]
    task = asyncio.ensure_future(
        farewell.send_all_away(hall.connections, hall.leaving, turns(hall), lambda: False, lambda: False)
    )
    while len(hall.leaving) < 3:
        await asyncio.sleep(0)
    assert not task.done()
    for descriptor, theirs in ends:
        assert theirs.recv(100) == RESTART
        assert is_over(theirs)
        theirs.close()
        hall.leaving.read(descriptor)
    await asyncio.wait_for(task, 5)
    assert hall.ended(Reason.RESTART) == 3


async def test_while_an_alert_goes_out_nobody_is_sent_away_and_while_some_are_to_come_it_is_not_over(hall):
    held, coming = [True], [True]
    descriptor, theirs = hall.park()
    task = asyncio.ensure_future(
        farewell.send_all_away(hall.connections, hall.leaving, turns(hall), lambda: coming[0], lambda: held[0])
    )
    for _ in range(3):
        await asyncio.sleep(farewell.DRAIN_TICK_S)
    assert hall.connections.roster.parked[descriptor]
    held.clear()
    held.append(False)
    while descriptor not in hall.leaving:
        await asyncio.sleep(0)
    theirs.close()
    hall.leaving.read(descriptor)
    await asyncio.sleep(2 * farewell.DRAIN_TICK_S)
    assert not task.done()
    coming[0] = False
    await asyncio.wait_for(task, 5)


async def test_after_its_patience_it_drops_who_is_still_there(hall):
    slow, theirs = hall.park()
    hall.fill(slow)
    await farewell.send_all_away(
        hall.connections, hall.leaving, turns(hall, patience_s=0.0), lambda: False, lambda: False
    )
    assert hall.ended(Reason.SLOW_CONSUMER) == 1
    theirs.close()

"""How a shard lets its connections go: all at once as the gateway ends, or over a while as the shard alone does."""

import asyncio
from collections.abc import Callable

import numpy as np

from ewarn.gateway.clients import sockets
from ewarn.gateway.clients.connections import Connections
from ewarn.gateway.clients.drain import Drain
from ewarn.gateway.clients.leaving import Leaving
from ewarn.gateway.counters import Reason
from ewarn.wire.framing import CLOSE, header

GOING_AWAY = header(2, CLOSE) + (1001).to_bytes(2, "big")
RESTART = header(2, CLOSE) + (1012).to_bytes(2, "big")
"""service restart: the one code of the IANA registry that says, connect anew"""
DRAIN_TICK_S = 0.05


def say_goodbye(connections: Connections) -> None:
    """Tell everyone that the gateway goes away; the process ends next, so nobody waits for an answer.

    Nor is one given: a client's close, in answer to ours, would be answered by a second.
    """
    connections.hearing.stop()
    for descriptor in np.flatnonzero(connections.roster.parked).tolist():
        if not connections.outbox.blocked[descriptor]:
            connections.outbox.send(descriptor, GOING_AWAY, "goodbye", 0.0)


async def send_all_away(
    connections: Connections, leaving: Leaving, turns: Drain, some_left: Callable[[], bool], hold: Callable[[], bool]
) -> None:
    """Send everyone away to connect anew, and return once nobody is left.

    `some_left` knows of connections beside those parked and leaving; while one is to `hold`, nobody is sent away.
    """
    leaving.most = len(connections.roster.parked)
    while connections.roster.connections or len(leaving) or some_left():
        free = connections.roster.parked & ~connections.outbox.blocked
        for descriptor in turns.due(free, connections.now(), hold=hold()).tolist():
            _send_away(descriptor, connections, leaving)
        if turns.over(connections.now()):
            for descriptor in np.flatnonzero(connections.roster.parked).tolist():
                connections.drop(descriptor, Reason.SLOW_CONSUMER)
        await asyncio.sleep(DRAIN_TICK_S)


def _send_away(descriptor: int, connections: Connections, leaving: Leaving) -> None:
    """Tell a connection that the service restarts; one that takes no byte now has its turn again."""
    told = sockets.write(descriptor, RESTART)
    if told == len(RESTART):
        leaving.depart(descriptor, Reason.RESTART)
    elif told:
        connections.drop(descriptor, Reason.LOST)

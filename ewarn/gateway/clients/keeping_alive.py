"""Keep-alive pings, to those whose turn the pulse says it is."""

import numpy as np

from ewarn.dispatch.engine import BROKEN, Engine
from ewarn.gateway.clients import sockets
from ewarn.gateway.clients.connections import Connections
from ewarn.gateway.clients.pulse import KEEP_ALIVE, Pulse
from ewarn.gateway.counters import Reason


def ping(pulse: Pulse, connections: Connections, engine: Engine, now: float) -> None:
    """Keep connections alive whose turn it is, and end those that said nothing since their last ping.

    What somebody said may still lie unread, where many speak or the shard stood still: they are to be heard first.
    """
    pulse.held(connections.hearing.held_s)
    due, silent = pulse.due(connections.roster.parked & ~connections.outbox.blocked, now)
    for descriptor in set(silent.tolist()).difference(sockets.readable(silent.tolist())):
        connections.drop(descriptor, Reason.SILENT)
    length = np.full(len(due), len(KEEP_ALIVE), np.int64)
    written = engine.send(due, np.frombuffer(KEEP_ALIVE, np.uint8), np.zeros(len(due), np.int64), length)
    connections.counters.add("pings", int((written == length).sum()))
    for descriptor in due[written == BROKEN].tolist():
        connections.drop(descriptor, Reason.LOST)
    for descriptor in due[written == 0].tolist():
        pulse.heard(descriptor)  # full: it was asked nothing, so it owes no answer
    for descriptor in due[written == 1].tolist():
        if not connections.outbox.defer(descriptor, 1, KEEP_ALIVE, "ping", now):
            connections.drop(descriptor, Reason.SLOW_CONSUMER)

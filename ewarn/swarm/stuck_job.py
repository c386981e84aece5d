"""What a process of clients that hardly read, or never, is told, and how much it has them take."""

from dataclasses import dataclass

import msgspec

from ewarn.swarm.opening import Way
from ewarn.swarm.over import Wired
from ewarn.wire.subscriptions import Place

RECEIVE_BUFFER = 4096
"""bytes that may wait for one that does not read: a handful of frames, and then no more"""
TRICKLE_S = 1.0
"""how often a slow client reads a little"""
QUIET_S = 1.0
"""one that catches up has caught up once nothing has come for so long"""


@dataclass(frozen=True)
class StuckJob:
    """Of one process."""

    way: Way
    places: list[list[Place]]
    """those of each client"""
    trickle: int = 0
    """bytes that each reads a second, until it is told to catch up; 0: it never reads"""
    wired: Wired | None = None
    """how they are connected, where they are packets"""


def number_of(payload: bytes | bytearray, otherwise: int) -> int:
    """Of the report that a message is."""
    return int(msgspec.json.decode(payload).get("number", otherwise))

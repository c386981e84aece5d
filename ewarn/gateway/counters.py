"""Counters of all shards in shared memory: a row a shard, so any shard can answer for the whole gateway."""

from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from ewarn.system import shared_array


class Reason(StrEnum):
    """Why a connection ended."""

    CLIENT_CLOSED = "client_closed"
    """by the closing handshake"""
    LOST = "lost"
    """reset, or end of file without a closing handshake"""
    HTTP = "http"
    """a page was asked for and given"""
    BAD_REQUEST = "bad_request"
    """not an acceptable handshake"""
    FULL = "full"
    """refused with 503"""
    HANDSHAKE_TIMEOUT = "handshake_timeout"
    PROTOCOL_ERROR = "protocol_error"
    """broke RFC 6455, or said something that is not in the protocol"""
    SLOW_CONSUMER = "slow_consumer"
    """took no byte of what waits for it for too long, or too much waits for all"""
    SILENT = "silent"
    """half-open: said nothing since it was pinged"""
    RESTART = "service_restart"
    """its shard goes away: told to connect anew"""
    FAULT = "fault"
    """a bug of ours, logged"""


METRICS = {
    "wanted": "shards that there are to be",
    "up": "shards that take connections",
    "draining": "shards that let their connections go",
    "capacity": "connections that the shards that are up can hold",
    "accepted": "connections accepted",
    "turned_away": "connections closed unheard: too many were at the door of full shards, or their shard had just died",
    "parked": "WebSocket connections open now",
    "followers": "of these, those that follow a place",
    "reports": "reports taken up by a shard",
    "frames": "alert frames given to the kernel whole",
    "bytes": "bytes of these frames",
    "late_joins": "of these, frames given on connecting",
    "deferred": "frames that met a full buffer and waited",
    "suppressed": "followers from whom a gate held a report back",
    "superseded": "frames that a newer report replaced before they were sent",
    "pings": "keep-alive pings sent",
    "pongs": "pings answered",
    "follows": "follow messages obeyed",
    "chats": "chat messages echoed",
    "times": "questions what time it is, answered",
    "held_ms": "milliseconds in which shards heard no parked connection, since a report was going out",
    "gave_way": "echoes and answers dropped, since alerts wait for a slow connection or many are slow",
} | {f"closed_{reason}": f"connections ended: {reason}" for reason in Reason}

GAUGES = ("wanted", "up", "draining", "capacity", "parked", "followers")
_OF_A_PROCESS = [gauge for gauge in GAUGES if gauge != "wanted"]
"""gauges that are zero once the shard has ended"""
_INDEX = {name: index for index, name in enumerate(METRICS)}


def create(shards: int) -> int:
    """Shared memory for the counters of so many shards."""
    return shared_array.create(shards * len(METRICS) * 8)


class Counters:
    """One shard's counters, and the sums over all; the row of a shard that has ended goes on with the next one's."""

    def __init__(self, descriptor: int, shards: int, shard: int = 0) -> None:
        self._all: NDArray[np.int64] = shared_array.attach(descriptor, np.int64, (shards, len(METRICS)))
        self._own = self._all[shard]

    def add(self, name: str, amount: int = 1) -> None:
        """Add to this shard's counter."""
        self._own[_INDEX[name]] += amount

    def put(self, name: str, value: int) -> None:
        """Set this shard's gauge."""
        self._own[_INDEX[name]] = value

    def put_of(self, shard: int, name: str, value: int) -> None:
        """Set a gauge of a shard's, as its supervisor sees it."""
        self._all[shard, _INDEX[name]] = value

    def ended(self, reason: Reason) -> None:
        """Count one connection's end."""
        self.add(f"closed_{reason}")

    def total(self, name: str) -> int:
        """Over all shards."""
        return int(self._all[:, _INDEX[name]].sum())

    def totals(self) -> dict[str, int]:
        """All counters over all shards."""
        return dict(zip(METRICS, self._all.sum(axis=0).tolist(), strict=True))

    def accepted(self) -> NDArray[np.int64]:
        """Connections that each shard took over."""
        return self._all[:, _INDEX["accepted"]].copy()

    def parked(self) -> NDArray[np.int64]:
        """WebSocket connections that each shard holds."""
        return self._all[:, _INDEX["parked"]].copy()

    def ended_connections(self) -> NDArray[np.int64]:
        """Connections of each shard that are no more."""
        return np.asarray(self._all[:, [_INDEX[f"closed_{reason}"] for reason in Reason]].sum(axis=1))

    def bury(self, shard: int) -> None:
        """A shard has ended: connections that it still had are lost, and its gauges zero."""
        row = self._all[shard]
        row[_INDEX[f"closed_{Reason.LOST}"]] += self.accepted()[shard] - self.ended_connections()[shard]
        row[[_INDEX[gauge] for gauge in _OF_A_PROCESS]] = 0

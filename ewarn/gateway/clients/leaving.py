"""Connections that have been told why they end, and have yet to hang up."""

import os

from ewarn.gateway.clients import sockets
from ewarn.gateway.clients.connections import Connections
from ewarn.gateway.counters import Reason
from ewarn.system.machine import RESERVED_FILES

FAREWELL_S = 2.0
"""how long a connection that was told why it ends may take to hang up"""
MOST_LEAVING = RESERVED_FILES // 4
"""farewells at once; beyond, connections are closed without one, so that they cannot use up the open files"""
READ_BYTES = 65536


class Leaving:
    """By descriptor, and by when each must have hung up."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections
        self._deadline: dict[int, float] = {}
        self.most = MOST_LEAVING
        """at once; a shard that drains takes no connections, so there they cannot use up the open files"""

    def __contains__(self, descriptor: int) -> bool:
        """Whether it is leaving."""
        return descriptor in self._deadline

    def __len__(self) -> int:
        """Connections that are leaving."""
        return len(self._deadline)

    def depart(self, descriptor: int, reason: Reason) -> None:
        """Send end of file after the last words, which may be on the way, and give the client time to hang up."""
        connections = self._connections
        connections.unpark(descriptor)
        if connections.outbox.blocked[descriptor] or len(self) >= self.most:
            connections.drop(descriptor, reason)
            return
        connections.counters.ended(reason)  # before anyone sees it
        self._deadline[descriptor] = connections.now() + FAREWELL_S
        if not sockets.end_writing(descriptor):
            self.hang_up(descriptor)

    def read(self, descriptor: int) -> None:
        """Whatever it says is let be, until it hangs up."""
        if sockets.read(descriptor, READ_BYTES) == b"":
            self.hang_up(descriptor)

    def hang_up(self, descriptor: int) -> None:
        """Close a connection whose end was counted when it was told."""
        del self._deadline[descriptor]
        os.close(descriptor)

    def expire(self, now: float) -> None:
        """Close those who took too long."""
        for descriptor in [one for one, deadline in self._deadline.items() if deadline < now]:
            self.hang_up(descriptor)

"""What tests of a shard's parts share: its connections, over real socket pairs, in this process."""

import select
import socket
from contextlib import suppress

import numpy as np
import pytest

from ewarn.gateway import counters
from ewarn.gateway.connections import Connections
from ewarn.gateway.counters import Counters, Reason
from ewarn.gateway.hearing import READABLE
from ewarn.gateway.leaving import Leaving
from ewarn.wire.subscriptions import Subscription

ROWS = 1024


class Hall:
    """Connections, those that leave, and the far ends of both."""

    def __init__(self, rows=ROWS):
        self.counters = Counters(counters.create(1), 1)
        self.heard = []
        self.connections = Connections(rows, 1 << 20, self.counters, self.heard.extend)
        self.leaving = Leaving(self.connections)
        self.far = []

    def arrive(self):
        """A connection at the door: its descriptor, and the far end."""
        ours, theirs = socket.socketpair()
        ours.setblocking(False)
        theirs.settimeout(5)
        descriptor = ours.detach()
        self.connections.epoll.register(descriptor, READABLE)
        self.far.append(theirs)
        return descriptor, theirs

    def park(self, *places, threshold=0.0, user=-1):
        """A connection whose handshake is done."""
        descriptor, theirs = self.arrive()
        self.connections.park(descriptor, Subscription("me", places, threshold), user)
        return descriptor, theirs

    def fill(self, descriptor):
        """Leave no room in what the kernel keeps for it, and let one frame wait."""
        with socket.socket(fileno=descriptor) as near:
            with suppress(BlockingIOError):
                while True:
                    near.send(b"x" * 65536)
            near.detach()
        self.connections.say(descriptor, b"frame", "waits")

    def ended(self, reason):
        return self.counters.total(f"closed_{reason}")

    def close(self):
        self.connections.hearing.stop()
        for theirs in self.far:
            theirs.close()
        for descriptor in np.flatnonzero(self.connections.roster.parked).tolist():
            self.connections.drop(descriptor, Reason.LOST)
        self.leaving.expire(np.inf)
        self.connections.epoll.close()


def is_over(theirs):
    """Whether all that is to come has come."""
    return bool(select.select([theirs], [], [], 5)[0]) and theirs.recv(1 << 20) == b""


@pytest.fixture
async def hall():
    made = Hall()
    yield made
    made.close()

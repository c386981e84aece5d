"""What tests of a shard's parts share: its connections, over real socket pairs, in this process."""

import asyncio
import os
import select
import socket
from contextlib import asynccontextmanager, suppress

import numpy as np
import pytest
from websockets.asyncio.client import connect

from ewarn.gateway import counters
from ewarn.gateway.clients.connections import Connections
from ewarn.gateway.clients.hearing import READABLE
from ewarn.gateway.clients.leaving import Leaving
from ewarn.gateway.counters import Counters, Reason
from ewarn.gateway.sending import pace
from ewarn.gateway.settings import GatewaySettings, ShardSettings
from ewarn.gateway.shard import Shard
from ewarn.system.descriptors import as_socket
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
        with as_socket(descriptor) as near, suppress(BlockingIOError):
            while True:
                near.send(b"x" * 65536)
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


@asynccontextmanager
async def running(kind=Shard):
    """A shard in this process, with a way to have a client's socket handed over to it."""
    loop = asyncio.get_running_loop()
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    theirs.setblocking(False)
    memory, fronts = counters.create(1), pace.create(1)
    made = kind(ShardSettings(GatewaySettings(engine="write"), 0, 1, 100, theirs.fileno(), memory, fronts))
    loop.add_reader(theirs.fileno(), made.admit, theirs)
    loop.add_reader(made.connections.epoll.fileno(), made.ready)

    async def arrive(query="user=me&place=30.0,103.0"):
        near, far = socket.socketpair()
        far.setblocking(False)
        with far:
            socket.send_fds(ours, [b"\0"], [far.fileno()])
        return await connect(f"ws://localhost/v1/alerts?{query}", sock=near, ping_interval=None)

    made.arrive = arrive
    yield made
    for descriptor in (theirs.fileno(), made.connections.epoll.fileno()):
        loop.remove_reader(descriptor)
    made.connections.hearing.stop()
    for one in (ours, theirs):
        one.close()
    for descriptor in (memory, fronts):
        os.close(descriptor)


def is_over(theirs):
    """Whether all that is to come has come."""
    return bool(select.select([theirs], [], [], 5)[0]) and theirs.recv(1 << 20) == b""


@pytest.fixture
async def hall():
    made = Hall()
    yield made
    made.close()

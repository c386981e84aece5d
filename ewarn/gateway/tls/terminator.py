"""One terminator: a process that speaks TLS with clients, and stands for them at the shards with plain connections.

It accepts on the public port. A client whose handshake is done gets a pair of sockets: one end goes to a shard by way
of the supervisor, and says first, in a PROXY header, who the client is. Shards park it like any other. No path leads
there that somebody else could take, for the ends never have a name.

Alerts first: handshakes have an epoll of their own, and only a few of their steps are taken before what shards say is
passed on again.
"""

import errno
import logging
import select
import socket
import time
from collections import deque
from dataclasses import dataclass

import numpy as np

from ewarn.errors import InputError
from ewarn.gateway.counters import Counters, HandshakeFailure
from ewarn.gateway.settings import GatewaySettings
from ewarn.gateway.shards.heartbeat import every_s
from ewarn.gateway.tls.handshaking import Handshake
from ewarn.gateway.tls.proxied import Named
from ewarn.gateway.tls.relay import Relay
from ewarn.system.machine import RESERVED_FILES, this_machine
from ewarn.system.process import Channel
from ewarn.system.tls import Pem, server_context
from ewarn.wire.proxy_protocol import encode

EVENTS = 512
STEPS = 4
"""of handshakes, and clients accepted, in a round: one with a long RSA key takes a millisecond"""
AHEAD = 32
"""connections that one terminator may have more than the one that has fewest"""
WAIT_S, SOON_S = 0.25, 0.005
LAST_WORDS_S = 1.0
"""for what shards said before they ended"""

logger = logging.getLogger("ewarn.gateway")


@dataclass(frozen=True)
class Job:
    """What a terminator is told."""

    gateway: GatewaySettings
    pem: Pem
    """to begin with; a new one is all that the supervisor ever says"""
    index: int
    terminators: int
    listener: int
    """descriptor of the public port"""
    handoff: int
    """descriptor of the socket over which connections go to the supervisor"""
    counters: int
    """descriptor of the shared counters"""
    rows: int
    """of these"""


class Terminator:
    """Glue: clients at their handshake on one side, relays on the other."""

    def __init__(self, channel: Channel, job: Job) -> None:
        tls = job.gateway.addresses.tls
        assert tls  # noqa: S101  there is none without
        self._channel, self._job, self._tls = channel, job, tls
        self._context = server_context(job.pem)
        self._named = Named(job.gateway.addresses.proxy_from)
        self._counters = Counters(job.counters, job.rows, job.index)
        self._listener = socket.socket(fileno=job.listener)
        self._handoff = socket.socket(fileno=job.handoff)
        self._most = (this_machine().open_files - RESERVED_FILES) // 2
        self._epoll, self._door = select.epoll(), select.epoll()
        self._epoll.register(channel.fileno(), select.EPOLLIN)
        self._epoll.register(self._door.fileno(), select.EPOLLIN)
        self._relays: dict[int, Relay] = {}
        """by descriptor, of both ends"""
        self._handshakes: dict[int, Handshake] = {}
        """by descriptor, the oldest first"""
        self._unseated: deque[Handshake] = deque()
        """done, whose plain connection the supervisor could not take just now"""
        self._listening = False
        self._wait_s = min(WAIT_S, every_s(job.gateway.upkeep))

    def run(self) -> None:
        """Serve until the supervisor closes the channel."""
        while self._round(SOON_S if self._unseated else self._wait_s):
            pass
        until = time.monotonic() + LAST_WORDS_S
        self._epoll.unregister(self._door.fileno())
        while self._relays and time.monotonic() < until and (events := self._epoll.poll(SOON_S, EVENTS)):
            self._pass_on(events)

    def _round(self, wait_s: float) -> bool:
        """Pass on what there is, then see to a few at the door; False once there is no supervisor."""
        self._counters.add("tls_beats")
        self._listen()
        events = dict(self._epoll.poll(wait_s, EVENTS))
        called = events.pop(self._channel.fileno(), 0)
        at_the_door = events.pop(self._door.fileno(), 0)
        self._pass_on(list(events.items()))
        if at_the_door:
            for descriptor, _ in self._door.poll(0, STEPS):
                self._accept() if descriptor == self._job.listener else self._shake(descriptor)
        self._seat()
        self._expire(time.monotonic())
        return not called or self._obey()

    def _pass_on(self, events: list[tuple[int, int]]) -> None:
        for descriptor, event in events:
            # It may have been closed in this round, by what happened on its other end.
            if (relay := self._relays.get(descriptor)) and not _goes_on(relay, descriptor, event):
                del self._relays[relay.far], self._relays[relay.near]
                relay.close()
                self._counters.add("tls_connections", -1)

    # At the door

    def _listen(self) -> None:
        """Accept while there is room, and no other terminator that can has much more of it."""
        have, stalled = (self._counters.by_shard(f"tls_{name}") for name in ("connections", "stalled"))
        own = int(have[self._job.index])
        fewest = int(np.where(stalled, own, have)[: self._job.terminators].min())
        wanted = own + len(self._handshakes) < self._most and own - fewest <= AHEAD
        if wanted and not self._listening:
            self._door.register(self._job.listener, select.EPOLLIN | select.EPOLLEXCLUSIVE)
        elif self._listening and not wanted:
            self._door.unregister(self._job.listener)
        self._listening = wanted

    def _accept(self) -> None:
        for _ in range(STEPS):
            try:
                client, peer = self._listener.accept()
            except BlockingIOError:
                return
            except OSError as error:
                logger.warning("cannot accept: %s", error.strerror)
                return
            if len(self._handshakes) >= self._tls.most_handshakes:
                self._fail(next(iter(self._handshakes)), HandshakeFailure.CROWDED)
            client.setblocking(False)
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            deadline = time.monotonic() + self._job.gateway.limits.handshake_s
            one = Handshake(client, peer[:2], deadline, behind_proxy=bool(self._named) and peer[0] in self._named)
            self._handshakes[client.fileno()] = one
            self._door.register(client.fileno(), select.EPOLLIN)

    def _shake(self, descriptor: int) -> None:
        """Go on with a handshake."""
        if (one := self._handshakes.get(descriptor)) is None:
            return
        try:
            wants = one.go_on(self._context)
        except (InputError, OSError, ValueError):
            self._fail(descriptor, HandshakeFailure.REFUSED)
            return
        if wants:
            self._door.modify(descriptor, wants)
            return
        self._door.unregister(descriptor)
        self._unseated.append(one)

    def _expire(self, now: float) -> None:
        while self._handshakes and next(iter(self._handshakes.values())).deadline <= now:
            self._fail(next(iter(self._handshakes)), HandshakeFailure.TIMEOUT)

    def _fail(self, descriptor: int, why: HandshakeFailure) -> None:
        one = self._handshakes.pop(descriptor)
        if one in self._unseated:
            self._unseated.remove(one)
        one.close()
        self._counters.add(f"tls_handshakes_failed_{why}")

    def _seat(self) -> None:
        """Give plain connections for those whose handshake is done to the supervisor, as many as it takes now."""
        while self._unseated:
            one = self._unseated[0]
            secure = one.secure
            ours, theirs = socket.socketpair()
            with theirs:
                ours.setblocking(False)
                theirs.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, self._job.gateway.limits.send_buffer)
                try:
                    socket.send_fds(self._handoff, [b"\0"], [theirs.fileno()])
                except OSError as error:
                    ours.close()
                    if error.errno in (errno.EAGAIN, errno.ETOOMANYREFS):
                        return
                    raise
            self._unseated.popleft()
            del self._handshakes[secure.fileno()]
            relay = Relay(self._epoll, secure, ours, encode(one.source, one.destination))
            self._relays[relay.far] = self._relays[relay.near] = relay
            self._counters.add("tls_handshakes")
            self._counters.add("tls_connections")

    # The supervisor

    def _obey(self) -> bool:
        try:
            while self._channel.poll():
                self._context = server_context(self._channel.recv())  # handshakes that begin from now on have it
        except (EOFError, OSError):
            return False
        return True


def _goes_on(relay: Relay, descriptor: int, event: int) -> bool:
    """A bug that one client found must not end the round for the others."""
    try:
        return relay.go_on(descriptor, event)
    except Exception:
        logger.exception("a TLS connection was dropped by a fault of the gateway")
        return False


def main(channel: Channel, job: Job) -> None:
    """Entry of the child process."""
    Terminator(channel, job).run()

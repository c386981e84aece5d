"""Opening connections: thousands of handshakes at a stated rate, a few of them at once."""

import errno
import os
import select
import socket
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from random import Random
from typing import Self

from ewarn.swarm import connections
from ewarn.swarm.client import Target, answer, request
from ewarn.swarm.secure import Line, Lines, flush
from ewarn.system.address import family, has_many_sources
from ewarn.system.tls import explained

HANDSHAKES_AT_ONCE = 64
HANDFUL = 16
"""connections begun at once: a process that wakes for each of them spends its time on waking"""
HANDSHAKE_S = 30.0
READ_BYTES = 4096
IP_BIND_ADDRESS_NO_PORT = 24  # linux/in.h; lets the kernel pick a port that is free for this very destination


@dataclass(frozen=True)
class Way:
    """How to get there."""

    target: Target
    address: tuple[str, int]
    """the target, resolved"""
    sources: tuple[str, ...]
    """addresses to connect from, in turn; none: the kernel's choice"""

    @cached_property
    def is_local(self) -> bool:
        """Whether it is reached over loopback, by IPv4, whose every address can be connected from."""
        return has_many_sources(self.address)

    def by(self, local: tuple[str, ...], given: tuple[str, ...] = ()) -> Self:
        """The same from the addresses that are given; else from these loopback addresses, if the target is there."""
        return replace(self, sources=given or (local if self.is_local else ()))


@dataclass(frozen=True)
class Patience:
    """How many handshakes may be under way, and for how long each."""

    at_once: int = HANDSHAKES_AT_ONCE
    answer_s: float = HANDSHAKE_S


ELSEWHERE = Patience(2048, 5.0)
"""Of clients that can go elsewhere. Those who wait for a host that is cut off must not keep others from the rest; a
gateway's door has room for so many from each process of two."""


@dataclass(slots=True)
class _Opening:
    socket: socket.socket
    row: int
    key: bytes
    deadline: float
    said: bytearray = field(default_factory=bytearray)
    connected: bool = False
    asked: bool = False
    line: Line | None = None
    """its TLS, where there is to be some"""


class Opener:
    """Opens connections by row, and says what became of each.

    `way_of` and `path` give a row's way and request; `opened` takes (row, descriptor, bytes on the heels of the
    handshake, its TLS line or None); `failed` takes (row, why).
    """

    def __init__(
        self,
        way_of: Callable[[int], Way],
        epoll: select.epoll,
        random: Random,
        path: Callable[[int], str],
        opened: Callable[[int, int, bytes, Line | None], None],
        failed: Callable[[int, str], None],
        patience: Patience | None = None,
    ) -> None:
        self._patience = patience or Patience()
        self._way_of, self._epoll, self._random, self._path = way_of, epoll, random, path
        self._tell_opened, self._tell_failed = opened, failed
        self._due: deque[int] = deque()
        self._opening: dict[int, _Opening] = {}
        """by descriptor, the longest waiting first"""
        self._lines = Lines()
        self._per_s = 1.0
        self._next = 0.0
        """when the next may begin"""

    @property
    def busy(self) -> bool:
        """Whether anyone is still to connect."""
        return bool(self._due or self._opening)

    def call(self, rows: Iterable[int] | Sequence[int], per_s: float) -> None:
        """Connect these too, all that are still due at so many a second, however often it is called."""
        self._due.extend(rows)
        self._per_s, self._next = per_s, max(self._next, time.monotonic())

    def go_on(self) -> None:
        """Begin those whose turn it is, and give up those who got no answer."""
        now = time.monotonic()
        turn = now + HANDFUL / self._per_s if self._next <= now else now
        while self._due and self._next < turn and len(self._opening) < self._patience.at_once:
            self._next += 1 / self._per_s
            self._begin(self._due.popleft(), now)
        for descriptor, opening in list(self._opening.items()):
            if opening.deadline > now:
                break
            self._fail(descriptor, f"no answer to the handshake within {self._patience.answer_s:g} s")

    def ready(self, descriptor: int) -> None:
        """Ask, or read the answer."""
        opening = self._opening[descriptor]
        try:
            if not opening.connected:
                self._greet(descriptor, opening)
                return
            data = opening.socket.recv(READ_BYTES)
            if not data:
                self._fail(descriptor, "the gateway hung up in the handshake")
                return
            if opening.line:
                data = self._decipher(opening, opening.line, data)
        except BlockingIOError:
            return
        except OSError as error:
            self._fail(descriptor, explained(error) or "connection lost")
            return
        if not data:
            return
        opening.said += data
        verdict = answer(bytes(opening.said), opening.key)
        if isinstance(verdict, str):
            self._fail(descriptor, verdict)
        elif verdict[0]:
            del self._opening[descriptor]
            self._epoll.unregister(descriptor)
            self._tell_opened(opening.row, opening.socket.detach(), verdict[1], opening.line)

    def give_up(self) -> None:
        """Begin no more, and leave those that are under way."""
        self._due.clear()
        for opening in self._opening.values():
            opening.socket.close()
        self._opening.clear()

    def _begin(self, row: int, now: float) -> None:
        way = self._way_of(row)
        connection = socket.socket(family(way.address), socket.SOCK_STREAM)
        connection.setblocking(False)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        descriptor = connection.fileno()
        self._opening[descriptor] = _Opening(connection, row, self._random.randbytes(16), now + self._patience.answer_s)
        try:
            if way.sources:
                connection.setsockopt(socket.IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, 1)
                connection.bind((way.sources[row % len(way.sources)], 0))
            if not way.is_local:  # over loopback there is no cable
                connections.watch(connection)
            status = connection.connect_ex(way.address)
        except OSError as error:
            status = error.errno or errno.EIO
        if status not in (0, errno.EINPROGRESS):
            self._fail(descriptor, os.strerror(status))
        else:
            self._epoll.register(descriptor, select.EPOLLOUT)

    def _greet(self, descriptor: int, opening: _Opening) -> None:
        """It is connected, or could not be."""
        if status := opening.socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
            self._fail(descriptor, os.strerror(status))
            return
        target = self._way_of(opening.row).target
        opening.connected, opening.line = True, self._lines.to(target)
        if opening.line:
            flush(opening.line, opening.socket.send)
        else:
            opening.socket.send(request(target, self._path(opening.row), opening.key))
        self._epoll.modify(descriptor, select.EPOLLIN)

    def _decipher(self, opening: _Opening, line: Line, data: bytes) -> bytes:
        """The plain text in it; as soon as the certificate is trusted, the request goes out."""
        try:
            plain = line.hear(data)
            if line.open and not opening.asked:
                opening.asked = True
                line.say(request(self._way_of(opening.row).target, self._path(opening.row), opening.key))
        finally:
            flush(line, opening.socket.send)
        if line.over and not plain:
            raise ConnectionResetError("the gateway hung up in the handshake")
        return plain

    def _fail(self, descriptor: int, why: str) -> None:
        opening = self._opening.pop(descriptor)
        opening.socket.close()
        self._tell_failed(opening.row, why)

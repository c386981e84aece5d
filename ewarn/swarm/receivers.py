"""How the bytes of thousands of connections are read: in one process, without an object for each.

While frames pour in, a receiver does nothing but read and stamp, and keeps what it read; it is taken away when the
line falls quiet, so that the parsing never stands between a frame and its time of reading.
"""

import os
import select
import socket
import struct
import time
from collections.abc import Iterator
from typing import Protocol

from ewarn.swarm.connections import SO_TIMESTAMPNS
from ewarn.swarm.recorder import Heard
from ewarn.swarm.uring import UringReceiver
from ewarn.system.descriptors import as_socket

READ_BYTES = 4096
EVENTS = 1024
_TIMESPEC = struct.Struct("@qq")
_ANCILLARY = socket.CMSG_SPACE(_TIMESPEC.size)


class Receiver(Protocol):
    """Reads from connections; `row` is how the owner counts them."""

    name: str
    kept: int
    """pieces read and not yet taken"""

    def watch(self, descriptor: int) -> None:
        """Let `read` return when this becomes readable; it is not read from."""

    def add(self, descriptor: int, row: int, *, stamped: bool) -> None:
        """Read from a connection from now on; `stamped` where its socket has kernel stamps switched on."""

    def forget(self, descriptor: int) -> None:
        """A connection of which the end was read is about to be closed."""

    def read(self, wait_s: float) -> tuple[int, list[int]]:
        """Read all that is readable, waiting so long for the first; return how many pieces, and rows that ended."""

    def take(self) -> Iterator[Heard]:
        """Hand over what was read, in order, and keep it no longer."""


class EpollReceiver:
    """One epoll, and one `read()` a readable connection."""

    name = "epoll"

    def __init__(self) -> None:
        self.kept = 0
        self._epoll = select.epoll()
        self._row_of: dict[int, int] = {}
        self._stamped: set[int] = set()
        self._heard: list[Heard] = []

    def watch(self, descriptor: int) -> None:
        """See `Receiver.watch`."""
        self._epoll.register(descriptor, select.EPOLLIN)

    def add(self, descriptor: int, row: int, *, stamped: bool) -> None:
        """See `Receiver.add`."""
        self._row_of[descriptor] = row
        if stamped:
            self._stamped.add(descriptor)
        self._epoll.register(descriptor, select.EPOLLIN)

    def forget(self, descriptor: int) -> None:
        """See `Receiver.forget`."""
        del self._row_of[descriptor]
        self._stamped.discard(descriptor)
        self._epoll.unregister(descriptor)

    def read(self, wait_s: float) -> tuple[int, list[int]]:
        """See `Receiver.read`."""
        before, gone = len(self._heard), []
        heard, now = self._heard.append, time.monotonic_ns
        for descriptor, _ in self._epoll.poll(wait_s, EVENTS):
            row = self._row_of.get(descriptor)
            if row is None:
                continue
            try:
                data, arrived = self._read(descriptor)
            except BlockingIOError:
                continue
            except OSError:
                data = b""
            if data:
                heard((row, now(), data, arrived))
            else:
                gone.append(row)
        self.kept = len(self._heard)
        return self.kept - before, gone

    def _read(self, descriptor: int) -> tuple[bytes, int]:
        """What there is, and when the kernel had it, or 0. Raises OSError, BlockingIOError where there is nothing."""
        if descriptor in self._stamped:
            return _read_stamped(descriptor)
        return os.read(descriptor, READ_BYTES), 0

    def take(self) -> Iterator[Heard]:
        """See `Receiver.take`."""
        heard, self._heard, self.kept = self._heard, [], 0
        return iter(heard)


def _read_stamped(descriptor: int) -> tuple[bytes, int]:
    """Bytes, and when the kernel had the last of them, on the monotonic clock; 0 where it does not say."""
    with as_socket(descriptor) as connection:
        data, ancillary, _, _ = connection.recvmsg(READ_BYTES, _ANCILLARY)
    for level, kind, value in ancillary:
        if (level, kind) == (socket.SOL_SOCKET, SO_TIMESTAMPNS):
            seconds, nanoseconds = _TIMESPEC.unpack(value[: _TIMESPEC.size])
            ago = time.time_ns() - (seconds * 1_000_000_000 + nanoseconds)
            return data, time.monotonic_ns() - ago
    return data, 0


def fastest(gather_s: float) -> Receiver:
    """The receiver that costs least of those that work here; see `UringReceiver` for `gather_s`."""
    try:
        return UringReceiver(gather_s)
    except OSError:
        return EpollReceiver()

"""One process of the swarm: thousands of clients on one epoll.

While frames pour in, a client does nothing but read and stamp; the frames are parsed when the line falls quiet, so
that the parsing never stands between a frame and its time of reading.
"""

import contextlib
import errno
import gc
import os
import select
import socket
import struct
import time
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ewarn.process import Channel
from ewarn.swarm.client import Target, answer, request
from ewarn.swarm.recorder import Heard, Recorder
from ewarn.verdict.receipts import ReceiptBook
from ewarn.wire.framing import CLOSE, PING, PONG, masked_frame
from ewarn.wire.subscriptions import request_path

READ_BYTES = 4096
EVENTS = 1024
QUIET_S = 0.2
"""without a readable socket for so long, all clients of this machine have read, and there is time to parse"""
MOST_UNPARSED = 100_000
IDLE_S = 0.5
HANDSHAKES_AT_ONCE = 64
HANDSHAKE_S = 30.0
IP_BIND_ADDRESS_NO_PORT = 24  # linux/in.h; lets the kernel pick a port that is free for this very destination
SO_TIMESTAMPNS = 35  # asm-generic/socket.h; not in Python's socket module
_TIMESPEC = struct.Struct("@qq")
_ANCILLARY = socket.CMSG_SPACE(_TIMESPEC.size)
_RESET = struct.pack("ii", 1, 0)


@dataclass(frozen=True)
class Job:
    """What one process is told."""

    index: int
    target: Target
    address: tuple[str, int]
    """the target, resolved"""
    sources: tuple[str, ...]
    """loopback addresses to connect from, in turn; none for a target elsewhere"""
    first_user: int
    latitude: NDArray[np.float64]
    longitude: NDArray[np.float64]
    sampled: NDArray[np.bool_]
    """users whose frames are stamped by the kernel, and kept"""
    connects_per_s: float
    seed: int
    book: int
    """descriptor of the receipt book"""
    book_shape: tuple[int, int, int]


@dataclass(slots=True)
class _Opening:
    socket: socket.socket
    row: int
    key: bytes
    deadline: float
    said: bytes = b""


class Worker:
    """The clients of one process; `row` counts them from 0, `user` over the whole swarm."""

    def __init__(self, channel: Channel, job: Job) -> None:
        self.channel = channel
        self.job = job
        self.book = ReceiptBook(job.book, *job.book_shape)
        self.recorder = Recorder(self.book, job.index, job.first_user, job.sampled)
        self.epoll = select.epoll()
        self.random = np.random.default_rng([job.seed, job.index])
        self.opening: dict[int, _Opening] = {}
        self.opened = 0
        self.started = time.monotonic()
        self.row_of: dict[int, int] = {}
        """by descriptor, once the handshake is done"""
        self.descriptor_of = np.full(len(job.latitude), -1)
        """by row; -1 before and after"""
        self.stamped: dict[int, socket.socket] = {}
        """the sampled users' sockets, by descriptor"""
        self.unparsed: list[Heard] = []
        self.complained = False

    def run(self) -> None:
        """Work until the conductor closes the channel."""
        # Nothing here makes reference cycles, and a collection walks a hundred thousand waiting frames.
        gc.disable()
        self.epoll.register(self.channel.fileno(), select.EPOLLIN)
        while True:
            self._open_more()
            busy = self.opened < len(self.job.latitude) or self.opening
            wait = 0.005 if busy else QUIET_S if self.unparsed else IDLE_S
            events = self.epoll.poll(wait, EVENTS)
            try:
                self._serve(events)
            except EOFError:
                self._leave()
                return
            if self.unparsed and (not events or len(self.unparsed) > MOST_UNPARSED):
                self._record()

    def _serve(self, events: list[tuple[int, int]]) -> None:
        """Read from all that is readable. Raises EOFError once the conductor is done, or gone."""
        row_of, stamped, unparsed = self.row_of, self.stamped, self.unparsed
        read, now = os.read, time.monotonic_ns
        for descriptor, _ in events:
            row = row_of.get(descriptor)
            if row is None:
                if descriptor == self.channel.fileno():
                    self._obey(self.channel.recv())
                elif descriptor in self.opening:
                    self._shake_hands(descriptor)
                continue
            arrived = 0
            try:
                if descriptor in stamped:
                    data, arrived = _read_stamped(stamped[descriptor])
                else:
                    data = read(descriptor, READ_BYTES)
            except BlockingIOError:
                continue
            except OSError:
                data = b""
            if data:
                unparsed.append((row, now(), data, arrived))
            else:
                self._hung_up(descriptor)

    # Connecting

    def _open_more(self) -> None:
        total, now = len(self.job.latitude), time.monotonic()
        due = min(total, int((now - self.started) * self.job.connects_per_s) + 1)
        while self.opened < due and len(self.opening) < HANDSHAKES_AT_ONCE:
            self._open(self.opened, now)
            self.opened += 1
        for descriptor, opening in list(self.opening.items()):
            if opening.deadline > now:
                break
            self._fail(descriptor, f"no answer to the handshake within {HANDSHAKE_S:g} s")

    def _open(self, row: int, now: float) -> None:
        connection = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        connection.setblocking(False)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        descriptor = connection.fileno()
        self.opening[descriptor] = _Opening(connection, row, self.random.bytes(16), now + HANDSHAKE_S)
        try:
            if self.job.sources:
                connection.setsockopt(socket.IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, 1)
                connection.bind((self.job.sources[row % len(self.job.sources)], 0))
            status = connection.connect_ex(self.job.address)
        except OSError as error:
            status = error.errno or errno.EIO
        if status not in (0, errno.EINPROGRESS):
            self._fail(descriptor, os.strerror(status))
        else:
            self.epoll.register(descriptor, select.EPOLLOUT)

    def _shake_hands(self, descriptor: int) -> None:
        opening = self.opening[descriptor]
        try:
            if not opening.said:
                self._ask(descriptor, opening)
                return
            data = opening.socket.recv(READ_BYTES)
        except BlockingIOError:
            return
        except OSError as error:
            self._fail(descriptor, error.strerror or "connection lost")
            return
        if not data:
            self._fail(descriptor, "the gateway hung up in the handshake")
            return
        opening.said += data
        verdict = answer(opening.said[1:], opening.key)
        if isinstance(verdict, str):
            self._fail(descriptor, verdict)
        elif verdict[0]:
            self._opened(descriptor, opening, verdict[1])

    def _ask(self, descriptor: int, opening: _Opening) -> None:
        if status := opening.socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
            self._fail(descriptor, os.strerror(status))
            return
        row = opening.row
        place = (float(self.job.latitude[row]), float(self.job.longitude[row]))
        path = request_path(f"u{self.job.first_user + row}", [place])
        opening.socket.send(request(self.job.target, path, opening.key))
        opening.said = b"\0"  # marks that the request is out; the answer follows
        self.epoll.modify(descriptor, select.EPOLLIN)

    def _opened(self, descriptor: int, opening: _Opening, rest: bytes) -> None:
        del self.opening[descriptor]
        self.row_of[descriptor] = opening.row
        self.descriptor_of[opening.row] = descriptor
        if self.job.sampled[opening.row]:
            opening.socket.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
            self.stamped[descriptor] = opening.socket
        else:
            opening.socket.detach()
        if rest:
            self.unparsed.append((opening.row, time.monotonic_ns(), rest, 0))
        self.book.count(self.job.index, "connected")

    def _fail(self, descriptor: int, why: str) -> None:
        self.opening.pop(descriptor).socket.close()
        if not self.complained:
            self.complained = True
            self.channel.send(why)
        # Counted after it is said: the conductor looks for complaints once all are counted.
        self.book.count(self.job.index, "failed")

    # Receiving

    def _record(self) -> None:
        """Turn what was read into receipts, and answer pings and closes."""
        # The list stays the same one: this may be called in the middle of a batch that `_serve` is adding to it.
        heard = self.unparsed.copy()
        self.unparsed.clear()
        for row, opcode, payload in self.recorder.take(heard):
            descriptor = int(self.descriptor_of[row])
            if descriptor >= 0:
                answer_with = PONG if opcode == PING else CLOSE
                with contextlib.suppress(OSError):  # gone already, or full: then its end will show
                    os.write(descriptor, masked_frame(answer_with, payload, self.random.bytes(4)))

    def _hung_up(self, descriptor: int) -> None:
        self.descriptor_of[self.row_of.pop(descriptor)] = -1
        self.epoll.unregister(descriptor)
        sampled = self.stamped.pop(descriptor, None)
        if sampled:
            sampled.close()
        else:
            os.close(descriptor)
        self.book.count(self.job.index, "closed")

    # The conductor

    def _obey(self, message: tuple[str, str]) -> None:
        verb, argument = message
        self._record()
        if verb == "begin":
            self.recorder.begin(argument)
            self.channel.send("begun")
        else:
            self.channel.send(self.recorder.kept)

    def _leave(self) -> None:
        """Reset all connections at once, as phones that lose their network do; it also leaves no port waiting."""
        for descriptor in self.row_of:
            connection = self.stamped.get(descriptor) or socket.socket(fileno=descriptor)
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
            connection.close()


def _read_stamped(connection: socket.socket) -> tuple[bytes, int]:
    """Bytes, and when the kernel had the last of them, on the monotonic clock; 0 where it does not say."""
    data, ancillary, _, _ = connection.recvmsg(READ_BYTES, _ANCILLARY)
    for level, kind, value in ancillary:
        if (level, kind) == (socket.SOL_SOCKET, SO_TIMESTAMPNS):
            seconds, nanoseconds = _TIMESPEC.unpack(value[: _TIMESPEC.size])
            ago = time.time_ns() - (seconds * 1_000_000_000 + nanoseconds)
            return data, time.monotonic_ns() - ago
    return data, 0


def main(channel: Channel, job: Job) -> None:
    """Entry of the child process."""
    Worker(channel, job).run()

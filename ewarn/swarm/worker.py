"""One process of the swarm: thousands of clients, from their handshakes to their receipts."""

import contextlib
import errno
import gc
import os
import select
import socket
import struct
import time
from dataclasses import dataclass
from itertools import chain
from random import Random

import numpy as np
from numpy.typing import NDArray

from ewarn.process import Channel
from ewarn.swarm.client import Target, answer, request
from ewarn.swarm.receivers import READ_BYTES, SO_TIMESTAMPNS, fastest
from ewarn.swarm.recorder import Heard, Recorder
from ewarn.verdict.receipts import ReceiptBook
from ewarn.wire.framing import CLOSE, PING, PONG, masked_frame
from ewarn.wire.subscriptions import request_path

EVENTS = 1024
QUIET_S = 0.2
"""without a readable socket for so long, all clients of this machine have read, and there is time to parse"""
MOST_UNPARSED = 100_000
IDLE_S = 0.5
OPENING_S = 0.01
HANDSHAKES_AT_ONCE = 64
HANDFUL = 16
"""connections begun at once: a process that wakes for each of them spends its time on waking"""
HANDSHAKE_S = 30.0
IP_BIND_ADDRESS_NO_PORT = 24  # linux/in.h; lets the kernel pick a port that is free for this very destination
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
    gather_s: float
    """how long frames that pour in are left to gather before they are read"""
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
        self.random = Random(f"{job.seed} {job.index}")
        self.opening: dict[int, _Opening] = {}
        self.opened = 0
        self.started = time.monotonic()
        self.descriptor_of = np.full(len(job.latitude), -1)
        """by row, once the handshake is done; -1 before and after"""
        self.receiver = fastest(job.gather_s)
        self.early: list[Heard] = []
        """frames that came with the end of a handshake"""
        self.complained = False

    def run(self) -> None:
        """Work until the conductor closes the channel."""
        # Nothing here makes reference cycles, and a collection walks a hundred thousand waiting frames.
        gc.disable()
        self.epoll.register(self.channel.fileno(), select.EPOLLIN)
        self.receiver.watch(self.epoll.fileno())
        busy_until = 0.0
        while True:
            self._open_more()
            busy = self.opened < len(self.job.latitude) or self.opening
            kept = self.receiver.kept or self.early
            pieces, gone = self.receiver.read(OPENING_S if busy else QUIET_S if kept else IDLE_S)
            self.book.count(self.job.index, "reads", pieces)
            for row in gone:
                self._hung_up(row)
            try:
                events = self._serve()
            except EOFError:
                self._leave()
                return
            now = time.monotonic()
            if pieces or events:
                busy_until = now + (0.0 if busy else QUIET_S)
            if (kept and now >= busy_until) or self.receiver.kept > MOST_UNPARSED:
                self._record()

    def _serve(self) -> int:
        """Go on with handshakes, and obey the conductor. Raises EOFError once he is done, or gone."""
        total = 0
        while events := self.epoll.poll(0, EVENTS):
            total += len(events)
            for descriptor, _ in events:
                if descriptor == self.channel.fileno():
                    self._obey(self.channel.recv())
                else:
                    self._shake_hands(descriptor)
        return total

    # Connecting

    def _open_more(self) -> None:
        total, now = len(self.job.latitude), time.monotonic()
        handfuls = int((now - self.started) * self.job.connects_per_s / HANDFUL) + 1
        due = min(total, handfuls * HANDFUL)
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
        self.opening[descriptor] = _Opening(connection, row, self.random.randbytes(16), now + HANDSHAKE_S)
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
        row, sampled = opening.row, bool(self.job.sampled[opening.row])
        if sampled:
            opening.socket.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        del self.opening[descriptor]
        self.epoll.unregister(descriptor)
        opening.socket.detach()
        self.descriptor_of[row] = descriptor
        if rest:
            self.early.append((row, time.monotonic_ns(), rest, 0))
        self.receiver.add(descriptor, row, stamped=sampled)
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
        early, self.early = self.early, []
        for row, opcode, payload in self.recorder.take(chain(early, self.receiver.take())):
            descriptor = int(self.descriptor_of[row])
            if descriptor >= 0:
                answer_with = PONG if opcode == PING else CLOSE
                with contextlib.suppress(OSError):  # gone already, or full: then its end will show
                    os.write(descriptor, masked_frame(answer_with, payload, self.random.randbytes(4)))

    def _hung_up(self, row: int) -> None:
        descriptor = int(self.descriptor_of[row])
        self.descriptor_of[row] = -1
        self.receiver.forget(descriptor)
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
        for descriptor in self.descriptor_of[self.descriptor_of >= 0].tolist():
            with socket.socket(fileno=descriptor) as connection:
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)


def main(channel: Channel, job: Job) -> None:
    """Entry of the child process."""
    Worker(channel, job).run()

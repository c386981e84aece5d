"""One process of the swarm: thousands of clients, from their handshakes to their receipts."""

import contextlib
import gc
import os
import select
import socket
import struct
import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from random import Random
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ewarn.audience.followed import Followed
from ewarn.swarm import heap
from ewarn.swarm.chatter import MESSAGE, Chatter
from ewarn.swarm.comeback import Comeback
from ewarn.swarm.habits import Habits
from ewarn.swarm.lull import QUIET_S, Lull
from ewarn.swarm.opening import Opener, Way
from ewarn.swarm.receivers import SO_TIMESTAMPNS, fastest
from ewarn.swarm.recorder import Heard, Recorder, Users
from ewarn.system.process import Channel
from ewarn.verdict.receipts import ReceiptBook
from ewarn.wire.framing import CLOSE, PING, PONG, TEXT, masked_frame
from ewarn.wire.subscriptions import request_path

EVENTS = 1024
IDLE_S = 0.5
OPENING_S = 0.01
KEPT_BYTES = 512
"""of a frame, and of what is noted of it, between its reading and its parsing"""
_RESET = struct.pack("ii", 1, 0)


@dataclass(frozen=True)
class Job:
    """What one process is told."""

    index: int
    ways: tuple[Way, ...]
    """to each gateway that its devices connect to"""
    first_user: int
    followed: Followed
    threshold: NDArray[np.float64]
    """by user"""
    user_of: NDArray[np.int64]
    """by row, which is a device: its user, from 0 in this process"""
    way_of: NDArray[np.int64]
    """by row: index into `ways`"""
    sampled: NDArray[np.bool_]
    """users whose frames are stamped by the kernel, and kept"""
    habits: Habits
    gather_s: float
    """how long frames that pour in are left to gather before they are read"""
    book: int
    """descriptor of the receipt book"""
    book_shape: tuple[int, int, int]


class Worker:
    """The devices of one process's users; `row` counts devices from 0."""

    def __init__(self, channel: Channel, job: Job) -> None:
        self.channel = channel
        self.job = job
        self.book = ReceiptBook(job.book, *job.book_shape)
        users = Users(job.first_user, job.user_of, job.way_of, job.sampled)
        self.recorder = Recorder(self.book, job.index, users, apart=job.habits.apart)
        if job.habits.quake:
            self.recorder.begin(job.habits.quake)
        self.epoll = select.epoll()
        self.random = Random(f"{job.habits.seed} {job.index}")
        self.opener = Opener(
            lambda row: job.ways[job.way_of[row]], self.epoll, self.random, self._path, self._opened, self._failed
        )
        self.descriptor_of = np.full(len(job.user_of), -1)
        """by row, once the handshake is done; -1 before and after"""
        self.receiver = fastest(job.gather_s)
        self.chatter = Chatter(job.habits.chat_per_s, Random(f"{job.habits.seed} {job.index} chat"))
        self.lull = Lull(job.habits.longest_s)
        self.early: list[Heard] = []
        """frames that came with the end of a handshake"""
        self.comeback = Comeback(self.random)
        self.owed = 0.0
        """clients yet to hang up, less than one"""
        self.complained = False

    def run(self) -> None:
        """Work until the conductor closes the channel."""
        # Nothing here makes reference cycles, and a collection walks a hundred thousand waiting frames.
        gc.disable()
        self.epoll.register(self.channel.fileno(), select.EPOLLIN)
        self.receiver.watch(self.epoll.fileno())
        if not self.job.habits.held:
            self._let_in(range(len(self.job.user_of)))
        while True:
            self.opener.go_on()
            opening, unparsed = self.opener.busy, self.receiver.kept + len(self.early)
            wait_s = OPENING_S if opening else QUIET_S if unparsed else IDLE_S
            now = time.monotonic()
            # Of those who come back many may be due, and the process must not wake for each of them.
            due_s = min(self.chatter.pause(now), max(OPENING_S, self.comeback.next_s(now)))
            pieces, gone = self.receiver.read(min(wait_s, due_s))
            # Chat never ends, so its echoes count neither for the conductor nor as frames that pour in.
            pieces = self.chatter.unasked(pieces)
            self.book.count(self.job.index, "reads", pieces)
            for row in gone:
                self._hung_up(row)
            if rows := self.comeback.due(time.monotonic()):
                self._return(rows)
            try:
                events = self._serve()
            except EOFError:
                self._leave()
                return
            self._chat()
            if self.lull.begun(time.monotonic(), pieces, unparsed, stirred=events > 0, opening=opening):
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
                    self.opener.ready(descriptor)
        return total

    # Connecting

    def _let_in(self, rows: Sequence[int]) -> None:
        # Only now, or what a worker has from the beginning would fill it, and a bench would not see that it is there.
        heap.keep(KEPT_BYTES * len(self.job.user_of))
        self._connect(rows)

    def _connect(self, rows: Sequence[int]) -> None:
        *_, processes = self.job.book_shape
        self.opener.call(rows, self.job.habits.connects_per_s / processes)

    def _path(self, row: int) -> str:
        user = int(self.job.user_of[row])
        places, threshold = self.job.followed.places(user), float(self.job.threshold[user])
        return request_path(f"u{self._user(row)}", places, threshold, self.recorder.told(row))

    def _user(self, row: int) -> int:
        return self.job.first_user + int(self.job.user_of[row])

    def _opened(self, row: int, descriptor: int, rest: bytes) -> None:
        sampled = bool(self.job.sampled[self.job.user_of[row]])
        if sampled:
            with socket.socket(fileno=descriptor) as connection:
                connection.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
                connection.detach()
        self.descriptor_of[row] = descriptor
        self.book.there[self._user(row)] += 1
        if rest:
            self.early.append((row, time.monotonic_ns(), rest, 0))
        self.receiver.add(descriptor, row, stamped=sampled)
        self.book.count(self.job.index, "returned" if self.comeback.arrived(row) else "connected")

    def _failed(self, row: int, why: str) -> None:
        if row in self.comeback:
            self.comeback.later(row, time.monotonic())
            return
        if not self.complained:
            self.complained = True
            self.channel.send(why)
        # Counted after it is said: the conductor looks for complaints once all are counted.
        self.book.count(self.job.index, "failed")

    def _bounce(self, share: float) -> None:
        """Hang up on a share of the connections, drawn anew; each returns once its end was read.

        What rounding leaves over is owed to the next time, or a small share of few clients would be none for ever.
        """
        open_rows = np.flatnonzero(self.descriptor_of >= 0).tolist()
        due = share * len(open_rows) + self.owed
        count = min(max(round(due), 0), len(open_rows))
        self.owed = due - count
        for row in self.random.sample(open_rows, count):
            if row not in self.comeback:
                self.comeback.expect(row)
                self._hang_up(row)

    def _hang_up(self, row: int) -> None:
        with socket.socket(fileno=int(self.descriptor_of[row])) as connection:
            with contextlib.suppress(OSError):  # gone already: then its end will show
                connection.shutdown(socket.SHUT_RDWR)
            connection.detach()

    def _return(self, rows: list[int]) -> None:
        """Begin anew with those whose old connection has ended; what they heard on it is taken down first."""
        self._record()
        self.recorder.begin_anew(rows)
        self._connect(rows)

    # Chatting

    def _chat(self) -> None:
        """Have those speak whose turn it is."""
        for row in self.chatter.due(self.descriptor_of, time.monotonic()):
            frame = masked_frame(TEXT, MESSAGE, self.random.randbytes(4))
            try:
                written = os.write(int(self.descriptor_of[row]), frame)
            except OSError:  # gone already, or full: then its end will show
                continue
            if written == len(frame):
                self.chatter.said()
                self.book.count(self.job.index, "chats")
            else:
                self._hang_up(row)  # nothing could ever be said after half a frame

    # Receiving

    def _record(self) -> None:
        """Turn what was read into receipts, and answer pings and closes."""
        self.lull.over()
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
        self.book.there[self._user(row)] -= 1
        self.receiver.forget(descriptor)
        os.close(descriptor)
        if row in self.comeback:
            self.comeback.at_once(row, time.monotonic())
        elif self.job.habits.reconnect:
            self.comeback.later(row, time.monotonic())
        self.book.count(self.job.index, "left" if row in self.comeback else "closed")

    # The conductor

    def _obey(self, message: tuple[str, Any]) -> None:
        verb, argument = message
        self._record()
        if verb == "begin":
            self.recorder.begin(argument)
            self.channel.send("begun")
        elif verb == "bounce":
            self._bounce(argument)
        elif verb == "chat":
            self.chatter.speak(argument)
        elif verb == "let in":
            self._let_in(argument)
        elif verb == "stand still":
            self.channel.send("standing")
            self.channel.recv()  # until told to go on, or the conductor is gone
        else:
            self.channel.send(self.recorder.kept)

    def _leave(self) -> None:
        """Reset all connections at once, as phones that lose their network do; it also leaves no port waiting."""
        self.opener.give_up()
        for descriptor in self.descriptor_of[self.descriptor_of >= 0].tolist():
            with socket.socket(fileno=descriptor) as connection:
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)


def main(channel: Channel, job: Job) -> None:
    """Entry of the child process."""
    Worker(channel, job).run()

"""Receivers of the floor that are packets: TCP by rows of arrays, and of what is read only how much it was.

A process of its own, which its parent tells what to do; a line says what it answers.
"""

import resource
import select
import time
from dataclasses import dataclass
from ipaddress import IPv4Address

import numpy as np

from ewarn.bench.budget import Cpu
from ewarn.packets.card import losses
from ewarn.packets.line import Line
from ewarn.packets.path import Path
from ewarn.packets.taken import Taken
from ewarn.system import priority
from ewarn.system.process import Channel

AT_ONCE = 2_000
"""clients whose connections are being made: fewer than the listener's queue holds"""
FEW = 2_048
"""A look that brings no more is followed by a rest, or there would be many of a few frames each."""
REST_S = 0.001
"""while they connect; in a round it is that of `Line.gather_s`"""
PATIENCE_NS = 5_000_000_000
"""a round, or connecting, is over when nothing new came for so long"""


@dataclass(frozen=True)
class PhonesJob:
    """What one process is told."""

    path: Path
    clients: int
    to: tuple[str, int]
    """where the senders listen"""
    frame_bytes: int
    ack_delay_ns: int
    seed: int


@dataclass(frozen=True)
class Connect:
    """Have so many connected, with those that are; answered by how many are."""

    clients: int


@dataclass(frozen=True)
class Receive:
    """Begin a round, in which each is to read a frame; answered by True, and then by `Received`."""


@dataclass(frozen=True)
class Received:
    """A round."""

    clients: int
    """that read a whole frame"""
    last_ns: int
    """when the last of them had, monotonic"""
    cpu: Cpu
    """of this process, from the round's beginning until then"""
    dropped: int
    """frames in this round that the ring had no room for"""
    truncated: int
    bad: int


class Phones:
    """All clients of one process."""

    def __init__(self, channel: Channel, job: PhonesJob) -> None:
        self._channel, self._job = channel, job
        address = np.full(job.clients, int(IPv4Address(job.to[0])), np.uint32)
        port = np.full(job.clients, job.to[1], np.uint16)
        self._line = Line(job.path, address, port, np.random.default_rng(job.seed), job.ack_delay_ns)
        self._begun, self._open = 0, 0
        self._got = np.zeros(job.clients, np.int64)
        """bytes by row, since it is connected"""
        self._due, self._left = 0, 0
        """bytes that each is to have got, and how many have not"""
        self._poll = select.poll()
        for one in (self._channel, self._line):
            self._poll.register(one.fileno(), select.POLLIN)

    def run(self) -> None:
        """Do as told, and acknowledge meanwhile. Raises EOFError where nobody is there to tell."""
        while True:
            self._wait()
            if self._channel.poll():
                match self._channel.recv():
                    case Connect(clients):
                        self._connect(clients)
                    case Receive():
                        self._receive()
            self._look()

    def _connect(self, clients: int) -> None:
        since = time.monotonic_ns()
        while self._open < clients and time.monotonic_ns() - since < PATIENCE_NS:
            more = min(clients - self._begun, AT_ONCE - (self._begun - self._open))
            if more > 0:
                self._line.connect(np.arange(self._begun, self._begun + more))
                self._begun += more
            before = self._open
            if self._look() < FEW:
                time.sleep(REST_S)
            if self._open > before:
                since = time.monotonic_ns()
        self._channel.send(self._open)

    def _receive(self) -> None:
        self._due += self._job.frame_bytes
        self._left = int((self._got[: self._open] < self._due).sum())
        before, cpu, last = self._line.counts, own_cpu(), time.monotonic_ns()
        self._channel.send(True)
        spent, left = cpu - cpu, self._left
        while self._left and time.monotonic_ns() - last < PATIENCE_NS:
            seen = self._look()
            if self._left < left:
                left, last, spent = self._left, time.monotonic_ns(), own_cpu() - cpu
            elif not seen:
                self._wait()
            if 0 < seen < FEW:
                time.sleep(self._line.gather_s)
        lost = losses(before, self._line.counts)
        self._channel.send(Received(self._open - self._left, last, spent, **lost))

    def _look(self) -> int:
        """Take what came, and say what is to be said; how many segments came."""
        seen = 0
        for segments, taken in self._line.looks():
            self._open += len(taken.opened)
            self._count(taken)
            seen += len(segments)
        return seen

    def _count(self, taken: Taken) -> None:
        rows = np.unique(taken.row)
        lacked = self._got[rows] < self._due
        np.add.at(self._got, taken.row, taken.last - taken.first)
        self._left -= int((lacked & (self._got[rows] >= self._due)).sum())

    def _wait(self) -> None:
        """Until there is something to do."""
        due_s = self._line.next_ns / 1e9 - time.monotonic()
        self._poll.poll(1000 * min(1.0, max(0.0, due_s)))


def own_cpu() -> Cpu:
    """What this process had so far."""
    had = resource.getrusage(resource.RUSAGE_SELF)
    return Cpu(had.ru_utime + had.ru_stime, had.ru_utime, had.ru_stime)


def portion(connected: int, index: int, processes: int) -> int:
    """How many of so many are a process's own: each in turn has one, so that more of all are no fewer of anybody's."""
    return (connected - index + processes - 1) // processes


def main(channel: Channel, job: PhonesJob) -> None:
    """Entry of the child process; its connections end with it."""
    priority.raised()
    try:
        Phones(channel, job).run()
    except EOFError:
        return

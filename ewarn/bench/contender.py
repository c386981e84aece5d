"""A contender: whatever can be asked to send one frame to each of N connections, and is timed at it."""

import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from ewarn.audience.users import Audience
from ewarn.bench import costs
from ewarn.bench.budget import Counted, Cpu, Parts
from ewarn.bench.harness import AS_PACKETS, Doors, cabling, on_one_each
from ewarn.bench.sample import Footprint, Sample
from ewarn.drill.cabling import Cabling
from ewarn.drill.view import View
from ewarn.errors import MeasurementError
from ewarn.seismic.origin import Report
from ewarn.swarm.client import Target
from ewarn.swarm.crew import Swarm
from ewarn.swarm.habits import Habits
from ewarn.swarm.kind import Kind
from ewarn.system.clock import WallClock
from ewarn.system.machine import Machine, available_bytes
from ewarn.verdict.clients import SOCKETS, Clients
from ewarn.verdict.percentiles import percentile
from ewarn.wire.signing import Signer
from ewarn.words import say

TICK_S = 0.005
QUIET_S = 5.0
"""a play is over when nothing was read for so long, whoever is still missing"""
APART_S = 0.1
"""frames that come apart are over when nothing was read for so long"""
Seen = tuple[Cpu, Cpu, float, float]
"""what the two sides, and all cores together, had so far, and when, seconds"""


class Contender(Protocol):
    """One row of the bench."""

    name: str
    kind: str
    """`engine`, `stuck`, `chat`, `library`, `floor` or `null`"""
    engine: str
    order: str
    frames: str
    """`own`, `shared` or `apart`"""
    settings: str
    """in words"""
    users: int
    phones: Kind
    """what its clients are"""

    def start(self, portions: int) -> None:
        """Have its processes up, of whose users nobody is connected, and who are to connect in so many portions."""

    def connect(self) -> None:
        """Connect the next portion, and stay connected."""

    def rehearse(self) -> Footprint:
        """Once all are connected: play for the first time, which does not count, and say what they take."""

    def play(self) -> Sample:
        """Send one frame to everyone."""

    def close(self) -> None:
        """End every process of it."""


@dataclass(frozen=True)
class Terms:
    """What all contenders of one size share."""

    audience: Audience
    report: Report
    """as estimated; each play releases it anew"""
    frame_bytes: int
    """of a user's own frame, WebSocket header included; the mean where they follow more or fewer places"""
    machine: Machine
    seed: int
    connects_per_s: float
    view: View
    signer: Signer
    """who signs the report, for all contenders alike"""
    phones: Kind = "sockets"
    """what the clients are"""


def as_played(report: Report, now: float, signer: Signer) -> Report:
    """A report as it is released at `now`, seconds since 1970: as if the quake were so long ago, for nobody waits."""
    played = report.later(now - report.origin.time)
    return signer.seal(replace(played, play=round(now * 1e9), ahead_s=round(report.release_s, 3)))


class WithSwarm:
    """A contender with a swarm of ours before it."""

    kind, name, engine, order, frames, settings = "", "", "", "", "", ""
    besides = False
    """whether there are clients besides, in a process of their own"""

    def __init__(self, terms: Terms) -> None:
        self._terms, self.phones = terms, terms.phones
        self._told = terms.audience.followed.count > 0
        """by user: who follows no place connects all the same, and is told nothing"""
        self.users = int(self._told.sum())
        self._stack = ExitStack()
        self._clock = WallClock()
        self._swarm: Swarm
        self._cabling: Cabling | None = None
        """to clients that are packets"""
        self._portions, self._connected = 1, 0
        """how many there are, and of these are connected"""
        self._before = (0, 0)
        """memory of the two sides with nobody connected"""
        self._taken, self._took_s = 0, 0.0
        """by which the machine's available memory fell while they connected, and how long that was"""

    def start(self, portions: int) -> None:
        """See `Contender.start`."""
        terms, count = self._terms, len(self._terms.audience)
        self._portions = portions
        self._cabling = self._stack.enter_context(cabling(terms.phones, count, self.besides, terms.machine))
        targets = self._open(Doors(self._cabling, self._stack) if self._cabling else None)
        self._swarm = self._stack.enter_context(
            Swarm(
                targets,
                terms.audience.followed,
                terms.audience.threshold,
                Habits(terms.connects_per_s, terms.seed, apart=self.frames == "apart", held=True),
                reports=1,
                sampled=np.zeros(count, np.bool_),
                machine=terms.machine,
                clock=self._clock,
                on=on_one_each(count, len(targets)) if self._cabling else None,
                over=self._cabling.over([(one.host, one.port) for one in targets]) if self._cabling else None,
            )
        )
        self._swarm.collect()  # nothing is there yet, but they answer once they are up

    def connect(self) -> None:
        """See `Contender.connect`."""
        terms, count = self._terms, len(self._terms.audience)
        if not self._connected:
            self._before = self._memory()
        label = say("doing.connecting-contender", self.name, say(f"contest.frames-{self.frames}"))
        available, began = available_bytes(), time.monotonic()
        self._connected += 1
        self._swarm.let_in(self._connected / self._portions)
        complaints = self._swarm.connect(
            lambda done: terms.view.progress(label, done, count), lambda: None, tick_s=TICK_S
        )
        self._took_s += time.monotonic() - began
        # Others connect between its portions, and what they take is theirs.
        self._taken += available - available_bytes()
        if complaints:
            raise MeasurementError(f"{self.name}: could not connect: {complaints[0]}")

    def rehearse(self) -> Footprint:
        """See `Contender.rehearse`; what the first frame makes them keep counts too."""
        count, available = len(self._terms.audience), available_bytes()
        self.play()
        after, taken = self._memory(), self._taken + available - available_bytes()
        gateway, swarm = ((now - then) / count for now, then in zip(after, self._before, strict=True))
        return Footprint(gateway, swarm, taken / count - gateway - swarm, count / self._took_s)

    def play(self) -> Sample:
        """See `Contender.play`."""
        self._swarm.begin(self._terms.report.quake)
        parts, before = self._parts(), self._counters()
        kernel = self._cabling.cables.kernel() if self._cabling else None
        released_ns = self._release_now()
        self._await_reads()
        after = self._counters()
        spent = after[0] - before[0], after[1] - before[1], after[2] - before[2], after[3] - before[3]
        self._await_receipts()
        laid, now = self._cabling, self._parts()
        clients = laid.counted(AS_PACKETS, self._swarm, kernel) if laid and kernel else SOCKETS
        counted = now - parts if now and parts else None
        return self._sample(released_ns, spent, counted, clients)

    def close(self) -> None:
        """See `Contender.close`."""
        self._stack.close()

    def _release_now(self) -> int:
        return self._release(as_played(self._terms.report, self._clock.time(), self._terms.signer))

    def gateway_pids(self) -> list[int]:
        """Processes of the sending side."""
        raise NotImplementedError

    def _open(self, doors: Doors | None) -> list[Target]:
        """Start the sending side, with listeners behind `doors` if there are any, and say where clients find it."""
        raise NotImplementedError

    def _release(self, report: Report) -> int:
        """Have a report sent; the instant at which it was, monotonic ns."""
        raise NotImplementedError

    def _memory(self) -> tuple[int, int]:
        return costs.memory_bytes(self.gateway_pids()), costs.memory_bytes(self._swarm.pids())

    def _parts(self) -> Parts | None:
        """What its sending side counts of its own CPU, so far."""
        return None

    def _counters(self) -> Seen:
        return costs.cpu(self.gateway_pids()), costs.cpu(self._swarm.pids()), costs.busy_s(), time.monotonic()

    @property
    def _frames_due(self) -> int:
        """Of a play."""
        return int(self._terms.audience.followed.count.sum()) if self.frames == "apart" else self.users

    def _await_reads(self) -> None:
        """Until as many pieces were read as there are users: each frame is read in one, or in one with an echo.

        Of those that come apart several may be too, so only a silence tells that they are over: a shorter one than
        that in which the swarm begins to parse, whose cost is not to count.
        """
        book, reads = self._swarm.book, -1
        self._await(lambda: book.total("reads") + book.total("chats"), self.users)
        while self.frames == "apart" and reads != (reads := book.total("reads")):
            self._clock.sleep(APART_S)

    def _await_receipts(self) -> None:
        self._swarm.collect()  # or they would parse only once it has been quiet for a while
        self._await(self._frames_received, self._frames_due)
        self._swarm.collect()
        if wrong := self._swarm.book.disagreements():
            raise MeasurementError(f"{self.name}: {wrong[0]}")

    def _frames_received(self) -> int:
        return self._swarm.book.total("receipts") + self._swarm.book.total("parts")

    def _await(self, progress: Callable[[], int], due: int) -> None:
        last, since = -1, time.monotonic()
        while (reached := progress()) < due:
            if reached != last:
                last, since = reached, time.monotonic()
            elif time.monotonic() - since > QUIET_S:
                return
            self._swarm.check()
            self._clock.sleep(TICK_S)

    def _sample(self, released_ns: int, spent: Seen, parts: Parts | None, clients: Clients) -> Sample:
        book, count = self._swarm.book, self.users
        times = book.read[0, self._told]
        read = np.where(times > 0, (times - released_ns) / 1e9, np.inf)
        seconds, (sending, reading, busy_s, _) = float(read.max()), spent
        return Sample(
            users=count,
            # Each frame that is missing leaves at most one user without it.
            delivered=max(0, count - (self._frames_due - self._frames_received())),
            seconds=seconds,
            p50_ms=percentile(read, 0.5) * 1e3,
            p99_ms=percentile(read, 0.99) * 1e3,
            send_us=sending.total_s / count * 1e6,
            receive_us=reading.total_s / count * 1e6,
            busy_us=busy_s / count * 1e6,
            bytes_per_frame=book.total("bytes") / max(1, book.total("frames")),
            clients=clients,
            counted=Counted(count, costs.cores(), seconds, *spent, parts) if np.isfinite(seconds) else None,
        )

"""The desk of a shard: reports in force, and their way out to the followers.

A report is planned once, then built and written in slices. Between slices the loop runs, so that a newer report can
take over what is unsent, pings are answered, and new connections come in. No task, future or object is made for a
connection.
"""

import asyncio
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from ewarn.audience.followed import Followed
from ewarn.dispatch.engine import BROKEN, Engine
from ewarn.dispatch.gates import Gates
from ewarn.dispatch.orders import ORDERS
from ewarn.dispatch.plan import Followers, Plan, plan
from ewarn.gateway.counters import Counters, Reason
from ewarn.gateway.journal import Journal
from ewarn.gateway.outbox import ALERT, Outbox
from ewarn.gateway.pace import Pace
from ewarn.gateway.roster import Roster
from ewarn.gateway.settings import Strategy
from ewarn.gateway.throttle import Throttle
from ewarn.seismic.earth import Earth
from ewarn.seismic.intensity import ZONES
from ewarn.seismic.origin import Origin, Report
from ewarn.system.clock import Clock
from ewarn.wire.matrix import FrameBuilder, Frames
from ewarn.wire.reports import fields
from ewarn.wire.snapshots import snapshot
from ewarn.wire.subscriptions import Place

SLICE = 512
"""frames built and written before the loop runs again: some 4 ms"""
MANY = 16 * SLICE
"""Where a shard tells so many, a slice goes out as they connected: a send costs less after one to a socket not far
away, see `seating`, and a few thousandths of a second are a small part of what the fan-out takes."""
PAUSE_S = 0.001
"""how long a shard that is ahead sleeps at a time"""
REMEMBERED = 20
"""quakes in the history"""


@dataclass(frozen=True)
class Means:
    """What a desk works with, all of it passed in."""

    engine: Engine
    strategy: Strategy
    gates: Gates
    earth: Earth
    builder: FrameBuilder
    rng: np.random.Generator
    clock: Clock
    pace: Pace
    journal: Journal | None = None


@dataclass
class _Standing:
    """The newest report of a quake."""

    report: Report
    until: float
    """how long it is given to those who connect late, monotonic s"""
    told: NDArray[np.uint64]
    """by descriptor: the rank of the connection that was told of the quake, 0 for none"""
    level: NDArray[np.int8]
    """by descriptor: what it was told last, see `Followers`"""
    promised: NDArray[np.uint64]
    """by descriptor: the rank of the connection that a plan counted in, 0 for none; it may be yet to be told"""

    @classmethod
    def untold(cls, report: Report, rows: int) -> Self:
        """A quake of which nobody has heard."""
        return cls(report, 0.0, np.zeros(rows, np.uint64), np.zeros(rows, np.int8), np.zeros(rows, np.uint64))

    def level_told(self, descriptors: NDArray[np.int64], since: NDArray[np.uint64]) -> NDArray[np.int8]:
        """What these connections were told last, `since` being their ranks; -1 where it was nothing."""
        return np.where(self.told[descriptors] == since, self.level[descriptors], np.int8(-1))

    def note(self, descriptors: NDArray[np.int64], since: NDArray[np.uint64], level: NDArray[np.intp]) -> None:
        """They have been told."""
        self.told[descriptors], self.level[descriptors] = since, level


class Desk:
    """Publishes reports to a roster."""

    def __init__(
        self,
        means: Means,
        roster: Roster,
        outbox: Outbox,
        counters: Counters,
        drop: Callable[[int, Reason], None],
        in_force_s: float,
    ) -> None:
        self._means = means
        self._roster = roster
        self._outbox = outbox
        self._counters = counters
        self.strategy = means.strategy
        self._drop = drop
        self._in_force_s = in_force_s
        self._standing: dict[str, _Standing] = {}
        """by quake, the one last heard of last"""

    @property
    def strategy(self) -> Strategy:
        """In which order, and how fast at most; what is on its way out goes on as it began, at the new rate."""
        return self._strategy

    @strategy.setter
    def strategy(self, strategy: Strategy) -> None:
        self._strategy = strategy
        self._throttle = Throttle(strategy.rate_per_s)
        self._share_rate()

    async def publish(self, report: Report, round_: int = 0, released_ns: int | None = None) -> None:
        """Send a report to everyone who follows a place now, unless a gate is shut or a newer one takes over.

        It was released at `released_ns` on the monotonic clock, or just now.
        """
        released_ns = released_ns or self._means.clock.monotonic_ns()
        standing = self.remember(report)
        self._counters.add("reports")
        self._share_rate()
        descriptors = self._roster.followers()
        since = self._roster.since[descriptors]
        decided = self._decide(report, descriptors, standing)
        self._counters.add("suppressed", len(descriptors) - len(decided.order))
        self._note_planned(report, self._roster.user[descriptors[decided.order]])
        told = 0
        try:
            while told < len(decided.order):
                await self._keep_pace(decided, told, round_)
                if self._standing.get(report.quake) is not standing:
                    self._counters.add("superseded", len(decided.order) - told)
                    break
                taken = decided.order[told : told + self._throttle.portion(SLICE)]
                told += len(taken)
                if len(decided.order) >= MANY:
                    taken = taken[np.argsort(descriptors[taken])]
                # Who left in the meantime is passed over, and so is whoever has his descriptor now.
                # So is who follows nothing any more; who began to follow meanwhile was greeted.
                here = (self._roster.count[descriptors[taken]] > 0) & (
                    self._roster.since[descriptors[taken]] == since[taken]
                )
                self._send(decided, taken[here], descriptors, standing, released_ns)
                self._throttle.sent(len(taken), self._now())
        finally:
            self._means.pace.finish(round_)

    async def _keep_pace(self, decided: Plan, told: int, round_: int) -> None:
        """Let the loop run, other shards catch up, and the stated rate be kept."""
        pace = self._means.pace
        pace.show(round_, decided.score[told])
        await asyncio.sleep(0)
        while (wait_s := self._throttle.wait_s(self._now())) or pace.ahead(round_, decided.score, told, self._now()):
            await asyncio.sleep(max(wait_s, PAUSE_S))

    def remember(self, report: Report, age_s: float = 0.0) -> _Standing:
        """Take a report as the one in force, released `age_s` ago; so far only late connections are given it."""
        old = self._standing.pop(report.quake, None)
        if not old or report.number == 1:
            old = _Standing.untold(report, len(self._roster.parked))
        standing = replace(old, report=report, until=self._now() + self._in_force_s - age_s)
        self._standing[report.quake] = standing
        while len(self._standing) > REMEMBERED:
            del self._standing[next(iter(self._standing))]
        return standing

    def rehearse(self, users: int) -> None:
        """Plan and build for `users` that nobody is, so that the first report finds code and memory warm."""
        origin = Origin(time=0.0, latitude=30.0, longitude=103.0, depth_km=10.0, magnitude=6.0)
        report = Report("rehearsal", 1, "final", origin, next(iter(ZONES)), released=5.0)
        followers = Followers.of(Followed.one_each(np.linspace(28.0, 34.0, users), np.full(users, 103.0)))
        decided = self._plan(report, followers)
        for rows in _slices(decided.order, SLICE):
            for _ in self._means.builder.build(decided, decided.order[rows]):
                pass

    def recognise(self, descriptor: int, told: Iterable[str]) -> None:
        """A client that comes back had been told of these quakes; of what level it does not say."""
        for quake in told:
            if standing := self._standing.get(quake):
                rank = self._roster.since[descriptor]
                standing.told[descriptor], standing.level[descriptor], standing.promised[descriptor] = rank, 0, rank

    def greet(self, newcomers: list[int]) -> None:
        """Give late connections each report in force, once; all at a time, since after a storm they are many.

        A warning that was taken back is given too: who lost his connection while it stood would go on believing it.
        """
        for standing in self._in_force():
            here = np.array([one for one in newcomers if self._roster.count[one]], np.int64)
            if len(here):
                decided = self._decide(standing.report, here, standing)
                self._counters.add("late_joins", len(decided.order))
                self._note_planned(standing.report, self._roster.user[here[decided.order]])
                self._send(decided, decided.order, here, standing)

    def _share_rate(self) -> None:
        self._throttle.share(self._counters.total("up") + self._counters.total("draining"))

    def column_of(self, user: str) -> int:
        """Of a user in the journal; -1 where he has none, or nobody keeps one."""
        return self._means.journal.column_of(user) if self._means.journal else -1

    def snapshot(self, places: Sequence[Place]) -> str:
        """All quakes under way, as they stand at these places."""
        now = self._means.clock.time()
        if not places:
            return snapshot(now, 0, [])
        at = np.array(places)
        one = Followers.of(Followed(np.array([len(at)]), at[:, 0], at[:, 1]))
        return snapshot(now, len(at), [self._plan(standing.report, one) for standing in self._in_force()])

    def history(self) -> list[dict[str, Any]]:
        """The newest report of each quake that is remembered, the one last heard of first."""
        return [fields(standing.report) for standing in reversed(self._standing.values())]

    def _in_force(self) -> list[_Standing]:
        now = self._now()
        return [standing for standing in self._standing.values() if standing.until >= now]

    def _decide(self, report: Report, descriptors: NDArray[np.int64], standing: _Standing) -> Plan:
        roster, since = self._roster, self._roster.since[descriptors]
        followers = Followers(
            roster.followed(descriptors),
            since,
            roster.threshold[descriptors],
            standing.level_told(descriptors, since),
            standing.promised[descriptors] == since,
        )
        decided = self._plan(report, followers)
        # From here on they are told to the end, also where a newer report takes over before their turn.
        standing.promised[descriptors[decided.order]] = since[decided.order]
        return decided

    def _plan(self, report: Report, followers: Followers) -> Plan:
        means = self._means
        return plan(report, followers, means.gates, means.earth, ORDERS[self.strategy.order], means.rng)

    def _send(
        self,
        decided: Plan,
        rows: NDArray[np.intp],
        descriptors: NDArray[np.int64],
        standing: _Standing,
        released_ns: int | None = None,
    ) -> None:
        for frames in self._means.builder.build(decided, rows):
            self._write(frames, descriptors[frames.users], standing.report, released_ns)
        here = descriptors[rows]
        standing.note(here, self._roster.since[here], decided.level[rows])

    def _write(self, frames: Frames, descriptors: NDArray[np.int64], report: Report, released_ns: int | None) -> None:
        free = np.flatnonzero(~self._outbox.blocked[descriptors])
        written = np.zeros(len(descriptors), np.int64)
        written[free] = self._means.engine.send(
            descriptors[free], frames.bytes, frames.starts[free], frames.lengths[free]
        )
        now_ns = self._means.clock.monotonic_ns()
        whole = written == frames.lengths
        sent = int(whole.sum())
        self._counters.add("frames", sent)
        if released_ns is not None:
            self._counters.observe("release_to_sent_seconds", (now_ns - released_ns) / 1e9, sent)
        self._counters.add("bytes", int(written[written > 0].sum()))
        if journal := self._means.journal:
            journal.note(journal.written, report.number, self._roster.user[descriptors[whole]], now_ns)
        for index in np.flatnonzero(~whole).tolist():
            descriptor, start = int(descriptors[index]), int(frames.starts[index])
            if written[index] == BROKEN:
                self._drop(descriptor, Reason.LOST)
            else:
                frame, about = frames.bytes[start : start + int(frames.lengths[index])].tobytes(), ALERT + report.quake
                if not self._outbox.defer(descriptor, int(written[index]), frame, about, now_ns / 1e9):
                    self._drop(descriptor, Reason.SLOW_CONSUMER)

    def _note_planned(self, report: Report, users: NDArray[np.int64]) -> None:
        if journal := self._means.journal:
            journal.note(journal.planned, report.number, users, self._means.clock.monotonic_ns())

    def _now(self) -> float:
        return self._means.clock.monotonic_ns() / 1e9


def _slices(order: NDArray[np.intp], length: int) -> Iterator[slice]:
    return (slice(start, start + length) for start in range(0, len(order), length))

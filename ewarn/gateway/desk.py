"""The desk of a shard: reports in force, and their way out to the followers.

A report is planned once, then built and written in slices. Between slices the loop runs, so that a newer report can
take over what is unsent, pings are answered, and new connections come in. No task, future or object is made for a
connection.
"""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ewarn.dispatch.engine import BROKEN, Engine
from ewarn.dispatch.orders import Order
from ewarn.dispatch.plan import Followers, Plan, plan
from ewarn.gateway.counters import Counters, Reason
from ewarn.gateway.outbox import ALERT, Outbox
from ewarn.gateway.pace import Pace
from ewarn.gateway.roster import Roster
from ewarn.seismic.attenuation import ZONES
from ewarn.seismic.earth import Earth
from ewarn.seismic.origin import Origin, Report
from ewarn.wire.matrix import FrameBuilder, Frames

SLICE = 512
"""frames built and written before the loop runs again: some 4 ms"""
PAUSE_S = 0.001
"""how long a shard that is ahead sleeps at a time"""


@dataclass(frozen=True)
class Means:
    """What a desk works with, all of it passed in."""

    engine: Engine
    order: Order
    earth: Earth
    builder: FrameBuilder
    rng: np.random.Generator
    clock: Callable[[], float]
    pace: Pace


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
        self._drop = drop
        self._in_force_s = in_force_s
        self._in_force: dict[str, tuple[Report, float]] = {}
        """by quake: the newest report, and until when it is given to those who connect late"""

    async def publish(self, report: Report, round_: int = 0) -> None:
        """Send a report to everyone who follows a place now, unless a newer one takes over."""
        self._in_force[report.quake] = report, self._means.clock() + self._in_force_s
        self._counters.add("reports")
        descriptors = self._roster.followers()
        decided = self._plan(report, descriptors)
        since = self._roster.since[descriptors]
        try:
            for rows in _slices(decided.order, SLICE):
                await self._keep_pace(decided, rows.start, round_)
                if self._in_force.get(report.quake, (None,))[0] is not report:
                    left = len(decided.order) - rows.start
                    self._counters.add("superseded", left)
                    break
                taken = decided.order[rows]
                # Who left in the meantime is passed over, and so is whoever has his descriptor now.
                # So is who follows nothing any more; who began to follow meanwhile was greeted.
                here = (self._roster.count[descriptors[taken]] > 0) & (
                    self._roster.since[descriptors[taken]] == since[taken]
                )
                self._send(decided, taken[here], descriptors[taken[here]])
        finally:
            self._means.pace.finish(round_)

    def remember(self, report: Report, age_s: float) -> None:
        """Take a report as in force that was released `age_s` ago: only who connects late is given it."""
        self._in_force[report.quake] = report, self._means.clock() + self._in_force_s - age_s

    async def _keep_pace(self, decided: Plan, told: int, round_: int) -> None:
        """Let the loop run, and other shards catch up."""
        pace, clock = self._means.pace, self._means.clock
        pace.show(round_, decided.score[told])
        await asyncio.sleep(0)
        while pace.ahead(round_, decided.score, told, clock()):
            await asyncio.sleep(PAUSE_S)

    def rehearse(self, users: int) -> None:
        """Plan and build for `users` that nobody is, so that the first report finds code and memory warm."""
        origin = Origin(time=0.0, latitude=30.0, longitude=103.0, depth_km=10.0, magnitude=6.0)
        report = Report("rehearsal", 1, "final", origin, next(iter(ZONES)), released=5.0)
        followers = Followers.of_one_place(np.linspace(28.0, 34.0, users), np.full(users, 103.0))
        decided = plan(report, followers, self._means.earth, self._means.order, self._means.rng)
        for rows in _slices(decided.order, SLICE):
            self._frames(decided, decided.order[rows])

    def greet(self, newcomers: list[int]) -> None:
        """Give late connections each report in force, once; all at a time, since after a storm they are many."""
        now = self._means.clock()
        for quake in [quake for quake, (_, until) in self._in_force.items() if until < now]:
            del self._in_force[quake]
        for report, _ in self._in_force.values():
            here = np.array([one for one in newcomers if self._roster.count[one]], np.int64)
            if report.status != "cancel" and len(here):
                self._counters.add("late_joins", len(here))
                decided = self._plan(report, here)
                self._send(decided, decided.order, here[decided.order])

    def _plan(self, report: Report, descriptors: NDArray[np.int64]) -> Plan:
        followers = self._roster.situation(descriptors)
        return plan(report, followers, self._means.earth, self._means.order, self._means.rng)

    def _frames(self, decided: Plan, rows: NDArray[np.intp]) -> Frames:
        places, release_s = decided.places, decided.report.release_s
        return self._means.builder.build(
            decided.report,
            decided.count[rows],
            places.distance_km[rows],
            places.p_s[rows] - release_s,
            places.s_s[rows] - release_s,
            places.intensity[rows],
        )

    def _send(self, decided: Plan, rows: NDArray[np.intp], descriptors: NDArray[np.int64]) -> None:
        frames = self._frames(decided, rows)
        free = np.flatnonzero(~self._outbox.blocked[descriptors])
        written = np.zeros(len(rows), np.int64)
        written[free] = self._means.engine.send(
            descriptors[free], frames.bytes, frames.starts[free], frames.lengths[free]
        )
        whole = written == frames.lengths
        self._counters.add("frames", int(whole.sum()))
        self._counters.add("bytes", int(written[written > 0].sum()))
        about, now = ALERT + decided.report.quake, self._means.clock()
        for index in np.flatnonzero(~whole).tolist():
            descriptor, start = int(descriptors[index]), int(frames.starts[index])
            if written[index] == BROKEN:
                self._drop(descriptor, Reason.LOST)
            else:
                frame = frames.bytes[start : start + int(frames.lengths[index])].tobytes()
                if not self._outbox.defer(descriptor, int(written[index]), frame, about, now):
                    self._drop(descriptor, Reason.SLOW_CONSUMER)


def _slices(order: NDArray[np.intp], length: int) -> Iterator[slice]:
    return (slice(start, start + length) for start in range(0, len(order), length))

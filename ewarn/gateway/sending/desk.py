"""The desk of a shard: reports in force, and their way out to the followers.

A report is planned once, then built and written in slices. Between slices the loop runs, so that a newer report can
take over what is unsent, a warning can go before a quick report (`turns`), pings are answered, and new connections come
in. No task, future or object is made for a connection.
"""

import asyncio
from collections.abc import Callable, Iterable
from functools import partial

import numpy as np
from numpy.typing import NDArray

from ewarn.audience.followed import Followed
from ewarn.dispatch.engine import BROKEN
from ewarn.dispatch.orders import OrderName
from ewarn.dispatch.plan import Followers, Plan
from ewarn.gateway.counters import Counters, Reason
from ewarn.gateway.sending.meanings import Meanings
from ewarn.gateway.sending.means import Means
from ewarn.gateway.sending.newest import Newest, NewestReports
from ewarn.gateway.sending.outbox import Outbox, about
from ewarn.gateway.sending.queue import Queue
from ewarn.gateway.sending.roster import Roster
from ewarn.gateway.sending.spent import Spent
from ewarn.gateway.sending.throttle import Throttle
from ewarn.gateway.sending.turns import Turn, Turns
from ewarn.gateway.settings import Strategy
from ewarn.seismic.intensity import ZONES
from ewarn.seismic.origin import Origin, Report
from ewarn.wire.matrix import Frames
from ewarn.wire.reports import Stated, common
from ewarn.wire.snapshots import snapshot
from ewarn.wire.subscriptions import Place

FIRST_SLICE, SLICE = 128, 1024
"""Frames built and written before the loop runs again, some 5 ms; of the first, whom all shards are to tell at about
the same time, fewer: no more than before it."""
AS_THEY_COME: OrderName = "fifo"
"""what is worked out for snapshots is not dispatched: no order is looked for, and nothing drawn"""
PAUSE_S = 0.004
"""How long a shard that is ahead, or a quick report that waits, sleeps at a time. Twenty that look again each
millisecond take a tenth of a core."""
REHEARSAL = Report("rehearsal", 1, "final", Origin(0.0, 30.0, 103.0, 10.0, 6.0), next(iter(ZONES)), released=5.0)


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
        self._roster, self._outbox = roster, outbox
        self._counters = counters
        self.change(means.strategy)
        self._drop, self._spent = drop, Spent(counters)
        self._newest, self._turns = NewestReports(len(roster.parked), in_force_s), Turns()
        self._meanings = Meanings(partial(means.plan, order=AS_THEY_COME))
        self.learn = self._meanings.learn

    def change(self, strategy: Strategy) -> None:
        """Dispatch in another order, or at another rate at most; what is on its way out goes on as it began."""
        self.strategy = strategy
        self._throttle = Throttle(strategy.rate_per_s)
        self._share_rate()

    async def publish(self, report: Report, round_: int = 0, released_ns: int | None = None) -> None:
        """Send a report to everyone who follows a place now, unless a gate is shut or a newer one takes over.

        It was released at `released_ns` on the monotonic clock, or just now. A quick report lets warnings go first,
        and nobody hears of it before. What would sound a siren is told to nobody once it has expired (`_is_over`).
        """
        released_ns = released_ns or self._means.clock.monotonic_ns()
        self._counters.add("reports")
        turn = self._turns.begin(report)
        try:
            while self._turns.waits(turn):
                await asyncio.sleep(PAUSE_S)
            if turn.taken_over:
                self._counters.add("superseded", self._roster.following)
            else:
                await self._fan_out(turn, round_, released_ns)
        finally:
            self._turns.end(turn)
            self._means.pace.finish(round_)

    async def _fan_out(self, turn: Turn, round_: int, released_ns: int) -> None:
        newest = self.remember(turn.report, self._since(released_ns))
        self._share_rate()
        queue, changes, told = self._line_up(newest, turn.report), self._roster.changes, 0
        self._counters.observe("release_to_plan_seconds", self._since(released_ns))
        while told < len(queue):
            await self._keep_pace(queue, told, round_, turn)
            if turn.taken_over or _is_over(turn.report, self._means.clock.time()):
                untold = "superseded" if turn.taken_over else "expired"
                self._counters.add(untold, len(queue) - told)
                break
            most = min(SLICE, max(FIRST_SLICE, told))
            users = queue.users[told : told + self._throttle.portion(most)]
            told += (taken := len(users))
            if self._roster.changes != changes:  # who began to follow meanwhile was greeted
                users = users[self._roster.still(queue.descriptors[users], queue.since[users])]
            self._send(queue.plan, users, queue.descriptors, newest, released_ns)
            self._throttle.sent(taken, self._now())
        else:
            if told:
                self._counters.observe("release_to_last_sent_seconds", self._since(released_ns))

    def _line_up(self, newest: Newest, report: Report) -> Queue:
        """Everyone who follows a place now, and from whom no gate holds it back."""
        self._spent.on("plan")
        descriptors = self._roster.followers()
        since = self._roster.since[descriptors]
        decided = self._decide(newest, report, descriptors, since)
        self._counters.add("suppressed", len(descriptors) - len(decided.order))
        queue = Queue.of(decided, descriptors, since)
        self._spent.over()
        return queue

    async def _keep_pace(self, queue: Queue, told: int, round_: int, turn: Turn) -> None:
        """Let the loop run, other shards catch up, the stated rate be kept, and warnings go first."""
        pace, score = self._means.pace, queue.plan.score
        begin, end = queue.stretch(told)
        pace.show(round_, score[begin])
        await asyncio.sleep(0)
        while (
            (wait_s := self._throttle.wait_s(self._now()))
            or pace.ahead(round_, score, told, self._now(), end - begin)
            or self._turns.waits(turn)
        ):
            await asyncio.sleep(max(wait_s, PAUSE_S))

    def remember(self, report: Report, age_s: float = 0.0) -> Newest:
        """Take a report as the one in force, released `age_s` ago; so far only late connections are given it."""
        return self._newest.take(report, self._now(), age_s, report.left_s(self._means.clock.time()))

    def recognise(self, descriptor: int, told: Iterable[str]) -> None:
        """A client that comes back had been told of these quakes."""
        self._newest.recognise(descriptor, self._roster.since[descriptor], told)

    def in_force(self) -> list[Report]:
        """The newest report of each quake under way."""
        return [newest.report for newest in self._newest.in_force(self._now())]

    def given(self) -> list[Report]:
        """What those who connect late are given, in this order."""
        return [report for _, report in self._newest.greeting(self._now())]

    def greet(self, newcomers: list[int], only: Report | None = None) -> None:
        """Give late connections each report in force, or `only` one; all at a time, since after a storm they are many.

        A warning that was taken back is given too: who lost their connection while it stood would go on believing it.
        So is the warning behind a quick report, and before it, to who was told of the quake too: it may have been less.
        """
        for newest, report in self._newest.greeting(self._now()):
            here = np.array([one for one in newcomers if self._roster.count[one]], np.int64)
            if len(here) and (only is None or only is report):
                decided = self._decide(newest, report, here, self._roster.since[here])
                self._counters.add("late_joins", len(decided.order))
                self._send(decided, decided.order, here, newest)

    def rehearse(self, users: int) -> None:
        """Plan and build for `users` that nobody is, so that the first report finds code and memory warm."""
        followers = Followers.of(Followed.one_each(np.linspace(28.0, 34.0, users), np.full(users, 103.0)))
        decided = self._plan(REHEARSAL, followers)
        for start in range(0, len(decided.order), SLICE):
            for _ in self._means.builder.build(decided, decided.order[start : start + SLICE]):
                pass

    def column_of(self, user: str) -> int:
        """Of a user in the journal; -1 where they have none, or nobody keeps one."""
        return self._means.journal.column_of(user) if self._means.journal else -1

    def snapshot(self, places: Iterable[Place]) -> str:
        """All quakes under way, as they stand at these places."""
        theirs = tuple(places)
        return snapshot(self._means.clock.time(), len(theirs), self._meanings.of(self.in_force(), theirs))

    def history(self) -> list[Stated]:
        """The newest report of each quake that is remembered, the one last heard of first."""
        return [common(report) for report in self._newest.reports()]

    def _share_rate(self) -> None:
        self._throttle.share(self._roster.following, self._counters.total("followers"))

    def _decide(
        self, newest: Newest, report: Report, descriptors: NDArray[np.int64], since: NDArray[np.uint64]
    ) -> Plan:
        """Plan a report of the quake; `since` are the ranks of these connections."""
        roster = self._roster
        followers = Followers(
            roster.followed(descriptors),
            since,
            roster.threshold[descriptors],
            newest.level_told(descriptors, since),
            newest.promised[descriptors] == since,
        )
        decided = self._plan(report, followers)
        planned = descriptors[decided.order]
        # From here on they are told to the end, also where a newer report takes over before their turn.
        newest.promised[planned] = since[decided.order]
        if journal := self._means.journal:
            journal.plan(report.number, roster.user[planned], self._means.clock.monotonic_ns())
        return decided

    def _plan(self, report: Report, followers: Followers) -> Plan:
        return self._means.plan(report, followers, self.strategy.order)

    def _send(
        self,
        decided: Plan,
        users: NDArray[np.intp],
        descriptors: NDArray[np.int64],
        newest: Newest,
        released_ns: int | None = None,
    ) -> None:
        """Send a report to some rows of a plan; how long it took is counted only since a stated release."""
        self._spent.on("frames")
        for frames in self._means.builder.build(decided, users):
            sent, now_ns = self._write(frames, descriptors[frames.users], decided.report)
            if released_ns is not None:
                self._counters.observe("release_to_sent_seconds", (now_ns - released_ns) / 1e9, sent)
            self._spent.on("frames")
        self._spent.on("notes")
        here = descriptors[users]
        newest.note(here, self._roster.since[here], decided.level[users])
        self._spent.over()

    def _write(self, frames: Frames, descriptors: NDArray[np.int64], report: Report) -> tuple[int, int]:
        """Frames that were taken whole, and when they had been (monotonic ns)."""
        self._spent.on("send")
        written = self._written(frames, descriptors)
        now_ns = self._means.clock.monotonic_ns()
        self._spent.on("notes")
        whole = written == frames.lengths
        sent = int(np.count_nonzero(whole))
        self._counters.add("frames", sent)
        self._counters.add("bytes", int(np.maximum(written, 0).sum()))
        if journal := self._means.journal:
            taken = descriptors if sent == len(whole) else descriptors[whole]
            journal.note(journal.written, report.number, self._roster.user[taken], now_ns)
        if sent < len(whole):
            self._defer(frames, written, descriptors, about(report), now_ns / 1e9)
        return sent, now_ns

    def _written(self, frames: Frames, descriptors: NDArray[np.int64]) -> NDArray[np.int64]:
        """Bytes that each connection took, see `Engine.send`; none of those for which something waits."""
        engine, starts, lengths = self._means.engine, frames.starts, frames.lengths
        if not len(self._outbox):
            return engine.send(descriptors, frames.bytes, starts, lengths)
        free = np.flatnonzero(~self._outbox.blocked[descriptors])
        written = np.zeros(len(descriptors), np.int64)
        written[free] = engine.send(descriptors[free], frames.bytes, starts[free], lengths[free])
        return written

    def _defer(
        self, frames: Frames, written: NDArray[np.int64], descriptors: NDArray[np.int64], subject: str, now: float
    ) -> None:
        """Keep for later what was not taken whole, and let go of whoever is gone, or slow for too long."""
        for index in np.flatnonzero(written != frames.lengths).tolist():
            descriptor, start = int(descriptors[index]), int(frames.starts[index])
            if written[index] == BROKEN:
                self._drop(descriptor, Reason.LOST)
            else:
                frame = frames.bytes[start : start + int(frames.lengths[index])].tobytes()
                if not self._outbox.defer(descriptor, int(written[index]), frame, subject, now):
                    self._drop(descriptor, Reason.SLOW_CONSUMER)

    def _since(self, ns: int) -> float:
        return (self._means.clock.monotonic_ns() - ns) / 1e9

    def _now(self) -> float:
        return self._means.clock.monotonic_ns() / 1e9


def _is_over(report: Report, now: float) -> bool:
    """Whether it would be an old alarm: its shard may have been stopped meanwhile, or the rate be low.

    That one is taken back, and what a quake was, is told late all the same.
    """
    return report.may_alarm and report.left_s(now) <= 0

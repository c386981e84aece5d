"""The shards of a gateway: started, opened, drained, buried and replaced while it runs.

How many there are to be is stated, not what is to be done: `resize` may come again, or another way round, while shards
still start or drain. A shard that drains never takes connections again, since half of its clients have been sent away;
where more are wanted, others start in its stead. So do they where one has died, or stood still for so long that it was
ended.
"""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import replace

from ewarn.errors import GatewayError, InputError
from ewarn.gateway.counters import MICROSECONDS
from ewarn.gateway.sending import pace
from ewarn.gateway.settings import GatewaySettings, Layout, ShardSettings, Strategy
from ewarn.gateway.shards import member
from ewarn.gateway.shards.commands import Verb, obey
from ewarn.gateway.shards.heartbeat import every_s
from ewarn.gateway.shards.in_force import InForce
from ewarn.gateway.shards.member import Life, Member
from ewarn.gateway.shards.muster import Muster
from ewarn.gateway.shards.replacing import STEADY_S, Replacing
from ewarn.gateway.shards.resizing import change
from ewarn.gateway.shards.watch import Watch
from ewarn.seismic.origin import Report
from ewarn.system import process
from ewarn.system.allowed import Allowed
from ewarn.system.clock import Clock
from ewarn.system.happenings import Kind
from ewarn.system.private_files import Ours
from ewarn.wire.shards import Shards, Wanted

NEWEST = "newest_report_released_timestamp_seconds"
PATIENCE_S = 4.0
"""that all shards together have to say goodbye; whoever started the gateway waits for 5 s"""
logger = logging.getLogger("ewarn.gateway")


class Team:
    """Shards by index, from 0. An index whose shard has ended is given to the next that starts."""

    def __init__(
        self,
        settings: GatewaySettings,
        layout: Layout,
        target: str,
        tidy: tuple[Ours, ...],
        clock: Clock,
        allowed: Allowed,
    ) -> None:
        self._allowed = allowed
        self._settings, self._layout, self._target, self._tidy = settings, layout, target, tidy
        self._clock = clock
        self.muster = Muster(layout, settings.callers.per_address)
        self._counters, self._members = self.muster.counters, self.muster.members
        self._in_force = InForce(settings.alerts.in_force_s)
        self._settled = asyncio.Event()
        """no shard is starting"""
        self._settled.set()
        self._watch = Watch(self.muster, settings.upkeep, self._now())
        self._replacing = Replacing(settings.upkeep.attempts)
        self._next_look: asyncio.TimerHandle | None = None
        """there is one from the start to the close"""
        self.is_over = False
        """no shard is left, nor any hope of one"""
        self._replaces = self._leaves = False
        """shards that die, not before all have started; the gateway, with all of them"""
        self._on_end: Callable[[], None] = lambda: None

    async def start(self, on_end: Callable[[], None]) -> None:
        """Start the shards of the layout; `on_end` is called once none can be had. Raises GatewayError if one cannot.

        From then on those that die are replaced.
        """
        self._on_end = on_end
        self.resize(Wanted(self._layout.shards))
        self._look()
        await self._settled.wait()
        if (up := int(self.muster.occupancy.open.sum())) < self._layout.shards:
            raise GatewayError(f"{self._layout.shards} shards were started, {up} of them are up")
        self._replaces = True

    def close(self) -> None:
        """End every shard."""
        if self._next_look:
            self._next_look.cancel()
        for one in self._members.values():
            one.let_go()
            if one.stalled:  # it would not hear of it
                one.child.process.kill()
        process.stop([one.child for one in self._members.values()], PATIENCE_S)
        for one in self._members.values():
            one.handoff.close()
        self.muster.close()

    def leave(self) -> None:
        """Drain all shards and start none any more; `on_end` is called once the last has ended."""
        self._replaces, self._leaves = False, True
        self._counters.put("wanted", 0)
        for index in self.muster.of(Life.STARTING, Life.OPEN):
            self._drain(index)
        self._replace()

    def publish(self, report: Report, age_s: float = 0.0) -> int:
        """Give a report, released `age_s` ago, to every shard that has connections; return how many users it is for."""
        now_ns = self._clock.monotonic_ns()
        released_ns = now_ns - round(age_s * 1e9)
        self._in_force.note(report, now_ns, age_s)
        self._show(report)
        round_ = self.muster.start_round() if report.counts_as_warning else pace.UNPACED
        for one in self.muster.hearing:
            if overtaken := one.tell(Verb.PUBLISH, report, round_, released_ns):
                self._counters.add("overtaken", overtaken)
        return self._counters.total("followers")

    def _show(self, report: Report) -> None:
        """Have the metrics say which report is the newest; what comes late, of another quake, is not."""
        released = round((report.released - report.ahead_s) * MICROSECONDS)
        if released >= self._counters.total(NEWEST):
            self._counters.put(NEWEST, released)
            self._counters.put("newest_report_number", report.number)

    def change(self, strategy: Strategy) -> None:
        """Have all shards, those that start later too, dispatch by another strategy."""
        self._settings = replace(self._settings, strategy=strategy)
        for one in self._members.values():
            one.tell(Verb.CHANGE, strategy)

    def resize(self, wanted: Wanted) -> Shards:
        """Have so many shards take connections; return how things stand. Raises InputError, and changes nothing."""
        if wanted.count is not None:
            if self._leaves:
                raise InputError(f"count: {wanted.count} shards of a gateway that drains; it starts none any more")
            kept, have = self.muster.of(Life.STARTING, Life.OPEN), self._counters.total("parked")
            todo = change(wanted.count, kept, self.muster.free(), self._layout, have, force=wanted.force)
            self._replacing.anew()
            self._counters.put("wanted", wanted.count)
            for index in todo.drain:
                self._drain(index)
            for index in todo.start:
                self._start(index)
        starting, draining = self.muster.of(Life.STARTING), self.muster.of(Life.DRAINING)
        up = int(self.muster.occupancy.open.sum())
        return Shards(self._counters.total("wanted"), up, tuple(starting), tuple(draining))

    def _start(self, index: int, *, instead: bool = False) -> None:
        journal, now = self._settings.notes.journal, self._now()
        shared = *self.muster.shared, *(journal[:1] if journal else ())
        if started := member.start(self._target, index, lambda handoff: self._settings_of(index, handoff), shared, now):
            self._members[index] = started
            started.instead = instead
            self._watch.begin(index)
            self._settled.clear()
            asyncio.get_running_loop().add_reader(started.child.channel.fileno(), self._hear, index)
        else:
            self._replacing.died(now, 0.0, now)

    def _settings_of(self, index: int, handoff: int) -> ShardSettings:
        all_ = self.muster
        shape = index, all_.most, self._layout.of(index), handoff, all_.memory, all_.fronts
        return ShardSettings(self._settings, *shape, self._allowed, self._tidy, all_.ledger, all_.board)

    def _hear(self, index: int) -> None:
        """A shard says only that it is ready; after that its channel is readable at its end."""
        try:
            obey(self._members[index].child.channel.recv(), {Verb.READY: lambda: self._admit(index)})
        except GatewayError as error:
            logger.error("from shard %d: %s", index, error)
        except (EOFError, OSError):
            self._bury(index)

    def _admit(self, index: int) -> None:
        """What is in force comes before the word to open, so that nobody connects to a shard that does not know it."""
        one, now_ns = self._members[index], self._clock.monotonic_ns()
        if one.life is Life.KILLED:
            return
        one.up_since = now_ns / 1e9
        self._watch.begin(index)
        if one.life is Life.DRAINING:
            one.tell(Verb.DRAIN, int(self.muster.occupancy.handed[index]))
            return
        for report, since_ns in self._in_force.at(now_ns):
            one.tell(Verb.REMEMBER, report, since_ns)
        one.tell(Verb.OPEN)
        self._enter(one, Life.OPEN)
        if one.instead:
            self.muster.herald.tell(Kind.SHARD_REPLACED, index, now_ns)

    def _drain(self, index: int) -> None:
        """One that is still starting is told once it is ready: it has no connections, and ends at once."""
        one = self._members[index]
        if one.life is Life.OPEN:
            one.tell(Verb.DRAIN, int(self.muster.occupancy.handed[index]))
        self._enter(one, Life.DRAINING)

    def _enter(self, one: Member, life: Life) -> None:
        self.muster.enter(one, life)
        if not self.muster.of(Life.STARTING):
            self._settled.set()

    def _look(self) -> None:
        """Look at the heartbeats, and replace who is missing; a shard that was killed has had a look's time to go."""
        self._next_look = asyncio.get_running_loop().call_later(every_s(self._settings.upkeep), self._look)
        self._watch.look(self._now())
        self._replace()
        for one in self._watch.judge():
            # Its connections end with its process, and its pipe, which is how it is noticed.
            one.stalled = True
            one.child.process.kill()
            self._enter(one, Life.KILLED)

    def _bury(self, index: int) -> None:
        """A shard is gone; its process may take a while yet to leave, which no report has to wait for."""
        one, now = self.muster.bury(index), self._now()
        one.let_go()
        one.handoff.close()
        if not (drained := one.life is Life.DRAINING):
            self._replacing.died(one.began, one.up_s(now), now)
        if one.life in (Life.STARTING, Life.OPEN):  # of one that was ended it is known
            self.muster.herald.tell(Kind.SHARD_DIED, index)
        left = asyncio.get_running_loop().run_in_executor(None, one.child.stop)
        again = self._replacing.failures
        left.add_done_callback(lambda done: _say_end(index, done.result(), drained=drained, again=again))
        if not self.muster.of(Life.STARTING):
            self._settled.set()
        self._replace()

    def _replace(self) -> None:
        """Start shards in the stead of those that died, where it is time, and end where there is none to be had."""
        now, kept = self._now(), self.muster.of(Life.STARTING, Life.OPEN)
        missing = max(0, self._counters.total("wanted") - len(kept))
        for index in self.muster.free()[:missing]:
            if self._replaces and self._replacing.due(now):
                self._counters.add("replaced")
                self._start(index, instead=True)
        if self._replacing.failures and not missing and all(one.up_s(now) > STEADY_S for one in self._members.values()):
            if self._replacing.failures > 1:
                logger.warning("all shards have run for %g s again", STEADY_S)
            self._replacing.anew()
        if not self._members and not self.is_over and (self._replacing.given_up or not self._replaces):
            self.is_over = True
            self._on_end()

    def _now(self) -> float:
        return self._clock.monotonic_ns() / 1e9


def _say_end(index: int, status: int, *, drained: bool, again: int) -> None:
    """Of failures one after the other, the first two are told."""
    if drained and not status:
        logger.info("shard %d has drained and ended", index)
    elif again <= 1:
        logger.error("shard %d ended (status %d); its connections are lost", index, status)
    elif again == 2:
        logger.error(
            "shard %d ended (status %d) when it had hardly begun; it is tried again, less and less often, and told of "
            "once it stays",
            *(index, status),
        )

"""The shards of a gateway: started, opened, drained and buried while it runs.

How many there are to be is stated, not what is to be done: `resize` may come again, or another way round, while shards
still start or drain. A shard that drains never takes connections again, since half of its clients have been sent away;
where more are wanted, others start in its stead.
"""

import asyncio
import logging
import os
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from ewarn.errors import GatewayError
from ewarn.gateway import counters, member, pace
from ewarn.gateway.commands import Verb, obey
from ewarn.gateway.counters import Counters
from ewarn.gateway.member import Handed, Life, Member
from ewarn.gateway.occupancy import Occupancy
from ewarn.gateway.pace import Pace
from ewarn.gateway.resizing import change
from ewarn.gateway.settings import GatewaySettings, Layout, ShardSettings, Strategy
from ewarn.seismic.origin import Report
from ewarn.system.clock import Clock
from ewarn.wire.shards import Shards, Wanted

logger = logging.getLogger("ewarn.gateway")


class Fleet:
    """Shards by index, from 0. An index whose shard has ended is given to the next that starts."""

    def __init__(
        self, settings: GatewaySettings, layout: Layout, target: str, tidy: tuple[str, ...], clock: Clock
    ) -> None:
        self._settings, self._layout, self._target, self._tidy = settings, layout, target, tidy
        self._clock = clock
        self.most = layout.most_shards
        self._memory, self._fronts = counters.create(self.most), pace.create(self.most)
        self.counters, self._pace = Counters(self._memory, self.most), Pace(self._fronts, self.most)
        self.occupancy = Occupancy(self.counters, self.most)
        self._members: dict[int, Member] = {}
        self._in_force: list[tuple[Report, int]] = []
        """reports that no newer one has replaced, and when each was released; a shard that starts later must know of
        them"""
        self._settled = asyncio.Event()
        """no shard is starting"""
        self._settled.set()
        self._on_end: Callable[[], None] = lambda: None

    async def start(self, on_end: Callable[[], None]) -> None:
        """Start the shards of the layout; `on_end` is called once none is left. Raises GatewayError if one cannot."""
        self._on_end = on_end
        self.resize(Wanted(self._layout.shards))
        await self._settled.wait()
        if (up := int(self.occupancy.open.sum())) < self._layout.shards:
            raise GatewayError(f"{self._layout.shards} shards were started, {up} of them are up")

    def close(self) -> None:
        """End every shard."""
        loop = asyncio.get_running_loop()
        for one in self._members.values():
            loop.remove_reader(one.child.channel.fileno())
            one.child.channel.close()
        for one in self._members.values():
            one.child.stop()
            one.handoff.close()
        os.close(self._memory)
        os.close(self._fronts)

    def hand_over(self, index: int, descriptors: list[int]) -> bool:
        """Give connections to a shard, and close ours of them; False, and nothing done, where it can take none now."""
        outcome = self._members[index].hand_over(descriptors)
        if outcome is Handed.TAKEN:
            self.occupancy.handed[index] += len(descriptors)
        elif outcome is Handed.LOST:
            self.counters.add("turned_away", len(descriptors))
        return outcome is not Handed.NOT_NOW

    def recall(self, report: Report) -> None:
        """One that was out before there was any shard: it may still be in force."""
        age_s = self._clock.time() - (report.released - report.ahead_s)
        self._in_force.append((report, self._clock.monotonic_ns() - round(age_s * 1e9)))

    def publish(self, report: Report) -> int:
        """Give a report to every shard that has connections; return how many users it is for."""
        now_ns = self._clock.monotonic_ns()
        self._in_force = [
            (kept, since_ns)
            for kept, since_ns in self._in_force
            if self._lasts(since_ns, now_ns) and not (kept.quake == report.quake and report.replaces(kept))
        ]
        self._in_force.append((report, now_ns))
        hearing = self._in(Life.OPEN, Life.DRAINING)
        alive = np.isin(np.arange(self.most), hearing)
        round_ = self._pace.start(alive) if report.counts_as_warning else pace.UNPACED
        for index in hearing:
            self._members[index].tell(Verb.PUBLISH, report, round_, now_ns)
        return self.counters.total("followers")

    def change(self, strategy: Strategy) -> None:
        """Have all shards, those that start later too, dispatch by another strategy."""
        self._settings = replace(self._settings, strategy=strategy)
        for one in self._members.values():
            one.tell(Verb.CHANGE, strategy)

    def resize(self, wanted: Wanted) -> Shards:
        """Have so many shards take connections; return how things stand. Raises InputError, and changes nothing."""
        if wanted.count is not None:
            kept = self._in(Life.STARTING, Life.OPEN)
            free = [index for index in range(self.most) if index not in self._members]
            have = self.counters.total("parked")
            todo = change(wanted.count, kept, free, self._layout, have, force=wanted.force)
            self.counters.put("wanted", wanted.count)
            for index in todo.drain:
                self._drain(index)
            for index in todo.start:
                self._start(index)
        up, starting, draining = int(self.occupancy.open.sum()), self._in(Life.STARTING), self._in(Life.DRAINING)
        return Shards(self.counters.total("wanted"), up, tuple(starting), tuple(draining))

    def _start(self, index: int) -> None:
        journal = self._settings.journal[:1] if self._settings.journal else ()
        shared = (self._memory, self._fronts, *journal)
        if started := member.start(self._target, index, lambda handoff: self._settings_of(index, handoff), shared):
            self._members[index] = started
            self._settled.clear()
            asyncio.get_running_loop().add_reader(started.child.channel.fileno(), self._hear, index)

    def _settings_of(self, index: int, handoff: int) -> ShardSettings:
        tidy = self._tidy if index == 0 else ()  # the one that never drains
        room = self._layout.of(index)
        return ShardSettings(self._settings, index, self.most, room, handoff, self._memory, self._fronts, tidy)

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
        if one.life is Life.DRAINING:
            one.tell(Verb.DRAIN, int(self.occupancy.handed[index]))
            return
        for report, since_ns in self._in_force:
            if self._lasts(since_ns, now_ns):
                one.tell(Verb.REMEMBER, report, (now_ns - since_ns) / 1e9)
        one.tell(Verb.OPEN)
        self._enter(one, Life.OPEN)

    def _drain(self, index: int) -> None:
        """One that is still starting is told once it is ready: it has no connections, and ends at once."""
        one = self._members[index]
        if one.life is Life.OPEN:
            one.tell(Verb.DRAIN, int(self.occupancy.handed[index]))
        self._enter(one, Life.DRAINING)

    def _enter(self, one: Member, life: Life) -> None:
        one.life = life
        capacity = self._layout.of(one.index) if life is Life.OPEN else 0
        self.occupancy.put(one.index, capacity, is_open=life is Life.OPEN)
        gauges = {"up": life is Life.OPEN, "draining": life is Life.DRAINING, "capacity": capacity}
        for name, value in gauges.items():
            self.counters.put_of(one.index, name, int(value))
        self._note_settled()

    def _bury(self, index: int) -> None:
        """A shard is gone; its process may take a while yet to leave, which no report has to wait for."""
        one = self._members.pop(index)
        loop = asyncio.get_running_loop()
        loop.remove_reader(one.child.channel.fileno())
        one.handoff.close()
        self.counters.bury(index)
        self.occupancy.bury(index)
        self._pace.bury(index)
        drained = one.life is Life.DRAINING
        left = loop.run_in_executor(None, one.child.stop)
        left.add_done_callback(lambda done: _say_end(index, done.result(), drained))
        self._note_settled()
        if not self._members:
            self._on_end()

    def _note_settled(self) -> None:
        if not self._in(Life.STARTING):
            self._settled.set()

    def _lasts(self, since_ns: int, now_ns: int) -> bool:
        return now_ns - since_ns <= self._settings.alerts.in_force_s * 1e9

    def _in(self, *lives: Life) -> list[int]:
        return sorted(index for index, one in self._members.items() if one.life in lives)


def _say_end(index: int, status: int, drained: bool) -> None:
    if drained and not status:
        logger.info("shard %d has drained and ended", index)
    else:
        logger.error("shard %d ended (status %d); its connections are lost", index, status)

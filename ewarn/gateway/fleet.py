"""The shards of a gateway: started, opened, drained and buried while it runs.

How many there are to be is stated, not what is to be done: `resize` may come again, or another way round, while shards
still start or drain. A shard that drains never takes connections again, since half of its clients have been sent away;
where more are wanted, others start in its stead.
"""

import asyncio
import errno
import logging
import os
import socket
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import Enum

import numpy as np
from numpy.typing import NDArray

from ewarn.errors import GatewayError, InputError
from ewarn.gateway import counters, pace
from ewarn.gateway.counters import Counters
from ewarn.gateway.pace import Pace
from ewarn.gateway.settings import GatewaySettings, Layout, ShardSettings, Strategy
from ewarn.seismic.origin import Report
from ewarn.system import process
from ewarn.wire.reports import encode
from ewarn.wire.shards import Shards, Wanted

NO_ROOM = np.iinfo(np.int64).min
logger = logging.getLogger("ewarn.gateway")


class Stage(Enum):
    """Of a shard's life."""

    STARTING = "starting"
    OPEN = "open"
    DRAINING = "draining"


@dataclass
class _Shard:
    child: process.Child
    handoff: socket.socket
    """over which connections go"""
    stage: Stage = Stage.STARTING


class Fleet:
    """Shards by index, from 0. An index whose shard has ended is given to the next that starts."""

    def __init__(self, settings: GatewaySettings, layout: Layout, target: str, tidy: str | None) -> None:
        self._settings, self._layout, self._target, self._tidy = settings, layout, target, tidy
        self.most = layout.most_shards
        self._memory, self._fronts = counters.create(self.most), pace.create(self.most)
        self.counters, self._pace = Counters(self._memory, self.most), Pace(self._fronts, self.most)
        self._shards: dict[int, _Shard] = {}
        self._handed = np.zeros(self.most, np.int64)
        self.open = np.zeros(self.most, np.bool_)
        """by index: takes connections"""
        self.capacity = np.zeros(self.most, np.int64)
        """by index: of an open shard"""
        self._in_force: dict[str, tuple[Report, float]] = {}
        """by quake: the newest report, and when it was released; a shard that starts later must know of it"""
        self._settled = asyncio.Event()
        """no shard is starting"""
        self._settled.set()
        self._on_end: Callable[[], None] = lambda: None

    async def start(self, on_end: Callable[[], None]) -> None:
        """Start the shards of the layout; `on_end` is called once none is left. Raises GatewayError if one cannot."""
        self._on_end = on_end
        self.resize(Wanted(self._layout.shards))
        await self._settled.wait()
        if (up := int(self.open.sum())) < self._layout.shards:
            raise GatewayError(f"{self._layout.shards} shards were started, {up} of them are up")

    def close(self) -> None:
        """End every shard."""
        loop = asyncio.get_running_loop()
        for shard in self._shards.values():
            loop.remove_reader(shard.child.channel.fileno())
            shard.child.channel.close()
        for shard in self._shards.values():
            shard.child.stop()
            shard.handoff.close()
        os.close(self._memory)
        os.close(self._fronts)

    # Connections

    def on_the_way(self) -> NDArray[np.int64]:
        """By index: connections handed over to a shard that it has yet to take."""
        return self._handed - self.counters.accepted()

    def held(self) -> NDArray[np.int64]:
        """By index: connections that a shard has, those at its door and on the way to it included."""
        return self._handed - self.counters.ended_connections()

    def room(self) -> NDArray[np.int64]:
        """By index: how many more connections a shard can hold; `NO_ROOM` where it takes none."""
        room = self.capacity - self.held()
        if not (room[self.open] > 0).any():
            # Some of those still at the door may only want a page: go by those who stay.
            room = self.capacity - self.counters.parked()
        room[~self.open] = NO_ROOM
        return room

    def hand_over(self, index: int, descriptors: list[int]) -> bool:
        """Give connections to a shard, and close ours of them; False, and nothing done, where it can take none now."""
        try:
            socket.send_fds(self._shards[index].handoff, [b"\0"], descriptors)
            self._handed[index] += len(descriptors)
        except OSError as error:
            # Its socket is full, or more descriptors are in flight than one user may have (unix(7), SCM_RIGHTS).
            if error.errno in (errno.EAGAIN, errno.ETOOMANYREFS):
                return False
            logger.warning("shard %d took no connections: %s", index, error.strerror)
            self.counters.add("turned_away", len(descriptors))
        for descriptor in descriptors:
            os.close(descriptor)
        return True

    # Reports

    def publish(self, report: Report) -> int:
        """Give a report to every shard that has connections; return how many users it is for."""
        now = self._now()
        self._in_force = {quake: kept for quake, kept in self._in_force.items() if self._lasts(kept[1], now)}
        self._in_force[report.quake] = report, now
        hearing = self._in(Stage.OPEN, Stage.DRAINING)
        round_ = self._pace.start(np.isin(np.arange(self.most), hearing))
        text = encode(report)
        for index in hearing:
            self._tell(index, "publish", text, round_)
        return self.counters.total("followers")

    def change(self, strategy: Strategy) -> None:
        """Have all shards, those that start later too, dispatch by another strategy."""
        self._settings = replace(self._settings, strategy=strategy)
        for index in self._in(*Stage):
            self._tell(index, "change", strategy)

    def _lasts(self, since: float, now: float) -> bool:
        return now - since <= self._settings.alerts.in_force_s

    # Shards

    def resize(self, wanted: Wanted) -> Shards:
        """Have so many shards take connections; return how things stand. Raises InputError, and changes nothing."""
        if wanted.count is not None:
            kept = self._in(Stage.STARTING, Stage.OPEN)
            free = [index for index in range(self.most) if index not in self._shards]
            missing = max(0, wanted.count - len(kept))
            self._check(wanted, kept, len(free))
            self.counters.put("wanted", wanted.count)
            for index in kept[wanted.count :]:
                self._drain(index)
            for index in free[:missing]:
                self._start(index)
        return self._stand()

    def _stand(self) -> Shards:
        starting, draining = self._in(Stage.STARTING), self._in(Stage.DRAINING)
        return Shards(self.counters.total("wanted"), int(self.open.sum()), tuple(starting), tuple(draining))

    def _check(self, wanted: Wanted, kept: list[int], free: int) -> None:
        """Refuse what would leave clients without a shard, unless forced: a phone that finds no room is not warned."""
        count = wanted.count or 0
        if not 1 <= count <= self.most:
            raise InputError(f"count: {count} shards, at least 1 and at most {self.most}")
        if count - len(kept) > free:
            raise InputError(f"count: {count - len(kept)} shards more, there is room for {free} while others drain")
        room = sum(self._layout.of(index) for index in kept[:count])
        have = self.counters.total("parked")
        if count < len(kept) and room < have and not wanted.force:
            raise InputError(
                f"count: {have:,} connections are open, {count} of {len(kept)} shards would hold {room:,}; "
                f"force leaves {have - room:,} without"
            )

    def _start(self, index: int) -> None:
        try:
            ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        except OSError as error:
            logger.error("shard %d cannot be started: %s", index, error.strerror)
            return
        ours.setblocking(False)
        tidy = self._tidy if index == 0 else None  # the one that never drains
        with theirs:
            shared = (theirs.fileno(), self._memory, self._fronts)
            told = ShardSettings(self._settings, index, self.most, self._layout.of(index), *shared, tidy)
            try:
                journal = self._settings.journal[:1] if self._settings.journal else ()
                child = process.spawn(self._target, told, descriptors=(*shared, *journal))
            except OSError as error:
                ours.close()
                logger.error("shard %d cannot be started: %s", index, error.strerror)
                return
        self._shards[index] = _Shard(child, ours)
        self._settled.clear()
        asyncio.get_running_loop().add_reader(child.channel.fileno(), self._hear, index)

    def _hear(self, index: int) -> None:
        """A shard says only that it is ready; after that its channel is readable at its end."""
        shard = self._shards[index]
        try:
            shard.child.channel.recv()
        except (EOFError, OSError):
            self._bury(index)
            return
        if shard.stage is Stage.STARTING:
            self._open(index)
        else:
            self._tell(index, "drain", int(self._handed[index]))

    def _open(self, index: int) -> None:
        """What is in force comes before the word to open, so that nobody connects to a shard that does not know it."""
        now = self._now()
        for report, since in self._in_force.values():
            if self._lasts(since, now):
                self._tell(index, "remember", encode(report), now - since)
        self._tell(index, "open")
        self._enter(index, Stage.OPEN)

    def _drain(self, index: int) -> None:
        """One that is still starting is told once it is ready: it has no connections, and ends at once."""
        if self._shards[index].stage is Stage.OPEN:
            self._tell(index, "drain", int(self._handed[index]))
        self._enter(index, Stage.DRAINING)

    def _enter(self, index: int, stage: Stage) -> None:
        self._shards[index].stage = stage
        self.open[index] = stage is Stage.OPEN
        self.capacity[index] = self._layout.of(index) if stage is Stage.OPEN else 0
        gauges = {"up": self.open[index], "draining": stage is Stage.DRAINING, "capacity": self.capacity[index]}
        for name, value in gauges.items():
            self.counters.put_of(index, name, int(value))
        self._note_settled()

    def _bury(self, index: int) -> None:
        """A shard is gone; its process may take a while yet to leave, which no report has to wait for."""
        shard = self._shards.pop(index)
        loop = asyncio.get_running_loop()
        loop.remove_reader(shard.child.channel.fileno())
        shard.handoff.close()
        self.open[index], self.capacity[index] = False, 0
        self.counters.bury(index)
        self._pace.bury(index)
        self._handed[index] = self.counters.accepted()[index]
        drained = shard.stage is Stage.DRAINING
        left = loop.run_in_executor(None, shard.child.stop)
        left.add_done_callback(lambda done: _say_end(index, done.result(), drained))
        self._note_settled()
        if not self._shards:
            self._on_end()

    def _note_settled(self) -> None:
        if not self._in(Stage.STARTING):
            self._settled.set()

    def _in(self, *stages: Stage) -> list[int]:
        return sorted(index for index, shard in self._shards.items() if shard.stage in stages)

    def _tell(self, index: int, *message: object) -> None:
        try:
            self._shards[index].child.channel.send(message)
        except OSError:  # it has ended, which its channel will show; one that drained has nobody to tell
            logger.info("shard %d could not be told to %s", index, message[0])

    def _now(self) -> float:
        return asyncio.get_running_loop().time()


def _say_end(index: int, status: int, drained: bool) -> None:
    if drained and not status:
        logger.info("shard %d has drained and ended", index)
    else:
        logger.error("shard %d ended (status %d); its connections are lost", index, status)

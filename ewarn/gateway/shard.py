"""One shard: a process that holds connections, watched through two epolls that the loop itself watches.

One has those at the door, those that leave, and slow consumers that can take more: it is always served. The other, of
parked connections that may say something, is not looked at while a report goes out; see `hearing`.
"""

import asyncio
import logging
import select
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import uvloop

from ewarn.errors import GatewayError
from ewarn.gateway import farewell, means, secret
from ewarn.gateway.commands import Verb, obey
from ewarn.gateway.connections import Connections
from ewarn.gateway.counters import Counters, Reason
from ewarn.gateway.desk import Desk
from ewarn.gateway.drain import Drain
from ewarn.gateway.entrance import Entrance
from ewarn.gateway.handshake import Welcome
from ewarn.gateway.hearing import EVENTS
from ewarn.gateway.keeping_alive import ping
from ewarn.gateway.leaving import Leaving
from ewarn.gateway.listening import Listening
from ewarn.gateway.means import Means
from ewarn.gateway.pages import Pages
from ewarn.gateway.pulse import Pulse
from ewarn.gateway.settings import ShardSettings
from ewarn.seismic.origin import Report
from ewarn.system.machine import RESERVED_FILES
from ewarn.system.process import Channel

SWEEP_S = 0.5
logger = logging.getLogger("ewarn.gateway")


class Shard:
    """Glue: epoll on one side, the parts of a shard on the other."""

    def __init__(self, settings: ShardSettings) -> None:
        gateway, limits = settings.gateway, settings.gateway.limits
        rows = settings.capacity + 2 * RESERVED_FILES
        self.settings = settings
        self.counters = Counters(settings.counters, settings.shards, settings.index)
        self.connections = Connections(rows, limits.waiting_bytes, self.counters, self.hear)
        self.leaving = Leaving(self.connections)
        tools = self.means()
        self.engine = tools.engine
        roster, outbox, drop = self.connections.roster, self.connections.outbox, self.connections.drop
        self.desk = Desk(tools, roster, outbox, self.counters, drop, gateway.alerts.in_force_s)
        self.listening = Listening(limits.message_bytes, self.connections, self.leaving, self.desk, tools.clock)
        self.connections.forgetters.append(self.engine.forget)
        pages = Pages(settings, self.counters, self.desk).by_path()
        self.entrance = Entrance(limits, pages, self.connections, self.leaving, settings.capacity, self.welcome)
        self.pulse = Pulse(rows, limits.ping_s, means.stream_of(settings, "pings"))

    def means(self) -> Means:
        """What the desk works with; a test may give it worse."""
        return means.make(self.settings, len(self.connections.roster.parked))

    def ready(self) -> None:
        """Look at connections at the door, and at those that can take more."""
        for descriptor, event in self.connections.epoll.poll(0, EVENTS):
            with self._faults_of(descriptor):
                if event & select.EPOLLOUT and self.connections.outbox.blocked[descriptor]:
                    self.connections.relieve(descriptor)
                elif event & ~select.EPOLLOUT:
                    self.read(descriptor)
        self.greet()

    def hear(self, descriptors: list[int]) -> None:
        """Read from parked connections that have something to say."""
        for descriptor in descriptors:
            with self._faults_of(descriptor):
                self.read(descriptor)
        self.greet()

    def read(self, descriptor: int) -> None:
        """Read from one connection, whatever state it is in."""
        if descriptor in self.entrance.door:
            self.entrance.read(descriptor)
        elif descriptor in self.leaving:
            self.leaving.read(descriptor)
        elif self.connections.roster.parked[descriptor]:
            self.pulse.heard(descriptor)
            self.listening.read(descriptor)

    def welcome(self, descriptor: int, welcome: Welcome) -> None:
        """Take in a connection whose handshake is done, and hear what came on its heels."""
        subscription = welcome.subscription
        self.connections.park(descriptor, subscription, self.desk.column_of(subscription.user))
        self.desk.recognise(descriptor, subscription.told)
        self.pulse.begin(descriptor, self.connections.now())
        if welcome.rest:
            self.listening.hear(descriptor, welcome.rest)

    def greet(self) -> None:
        """Tell those who came, or follow other places, in this round what is in force."""
        if newcomers := list(self.connections.newcomers):
            self.connections.newcomers.clear()
            self.desk.greet(newcomers)

    async def publish(self, report: Report, round_: int, released_ns: int | None = None) -> None:
        """Send a report, and hear nobody meanwhile."""
        with self.connections.hearing.held():
            await self.desk.publish(report, round_, released_ns)
        self.pulse.excuse()

    def sweep(self) -> None:
        """End what took too long: handshakes, slow consumers, farewells."""
        connections, now = self.connections, self.connections.now()
        self.engine.prepare(connections.roster.followers())
        self.entrance.expire(now)
        if not connections.hearing.alerting:  # or answers would lie unheard
            ping(self.pulse, connections, self.engine, now)
        for descriptor in connections.outbox.stuck(now - self.settings.gateway.limits.slow_s):
            connections.drop(descriptor, Reason.SLOW_CONSUMER)
        self.leaving.expire(now)
        self.counters.put("waiting_bytes", connections.outbox.waiting_bytes)

    async def drain(self, handed: int) -> None:
        """Send everyone away to connect anew, and return once nobody is left.

        `handed` connections were handed over in all, some of which may still be on the way.
        """
        gateway, index = self.settings.gateway, self.settings.index
        roster, hearing = self.connections.roster, self.connections.hearing
        now = self.connections.now()
        over_s, slow_s = gateway.size.drain_s, gateway.limits.slow_s
        turns = Drain(len(roster.parked), over_s, slow_s, means.stream_of(self.settings, "drain"), now)

        def coming() -> bool:
            return bool(len(self.entrance.door)) or bool(self.counters.by_shard("accepted")[index] < handed)

        await farewell.send_all_away(self.connections, self.leaving, turns, coming, lambda: hearing.alerting)

    @contextmanager
    def _faults_of(self, descriptor: int) -> Iterator[None]:
        """A bug that one client found must not end the round for the others."""
        try:
            yield
        except Exception:
            logger.exception("a connection was dropped by a fault of the gateway")
            self.entrance.door.forget(descriptor)
            if descriptor in self.leaving:
                self.leaving.hang_up(descriptor)
            else:
                self.connections.drop(descriptor, Reason.FAULT)


async def serve(shard: Shard, channel: Channel) -> None:
    """Run until the supervisor says stop or is gone."""
    loop = asyncio.get_running_loop()
    stopped = asyncio.Event()
    handoff = socket.socket(fileno=shard.settings.handoff)
    handoff.setblocking(False)
    reports: set[asyncio.Task[None]] = set()
    """that are going out"""
    drains: set[asyncio.Task[None]] = set()

    def publish(report: Report, round_: int, released_ns: int) -> None:
        task = loop.create_task(shard.publish(report, round_, released_ns))
        reports.add(task)
        task.add_done_callback(reports.discard)

    def drain(handed: int) -> None:
        task = loop.create_task(shard.drain(handed))
        drains.add(task)
        task.add_done_callback(lambda _: stopped.set())

    commands: dict[Verb, Callable[..., object]] = {
        Verb.PUBLISH: publish,
        Verb.REMEMBER: shard.desk.remember,
        Verb.OPEN: lambda: loop.add_reader(handoff.fileno(), shard.entrance.admit, handoff),
        Verb.DRAIN: drain,
        Verb.CHANGE: shard.desk.change,
    }

    def hear() -> None:
        try:
            while channel.poll():
                obey(channel.recv(), commands)
        except GatewayError as error:
            logger.error("shard %d: %s", shard.settings.index, error)
        except (EOFError, OSError):
            loop.remove_reader(channel.fileno())
            stopped.set()

    loop.add_reader(shard.connections.epoll.fileno(), shard.ready)
    loop.add_reader(channel.fileno(), hear)
    shard.desk.rehearse(shard.settings.capacity)
    channel.send((Verb.READY,))
    await _sweep_until(stopped, shard)
    farewell.say_goodbye(shard.connections)
    for path in shard.settings.tidy:
        secret.remove(Path(path))


async def _sweep_until(stopped: asyncio.Event, shard: Shard) -> None:
    loop = asyncio.get_running_loop()
    while not stopped.is_set():
        shard.sweep()
        due = loop.time() + SWEEP_S
        try:
            await asyncio.wait_for(stopped.wait(), SWEEP_S)
        except TimeoutError:
            shard.counters.observe("loop_lag_seconds", loop.time() - due)


def main(channel: Channel, settings: ShardSettings) -> None:
    """Entry of the child process."""

    async def run() -> None:
        await serve(Shard(settings), channel)

    uvloop.run(run())

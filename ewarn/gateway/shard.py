"""One shard: a process that holds connections, watched through two epolls that the loop itself watches.

One has those at the door, those that leave, and slow consumers that can take more: it is always served. The other, of
parked connections that may say something, is not looked at while a report goes out; see `hearing`.
"""

import asyncio
import gc
import logging
import select
import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

import uvloop

from ewarn.errors import GatewayError
from ewarn.gateway.clients import farewell
from ewarn.gateway.clients.afterwards import Afterwards
from ewarn.gateway.clients.budget import ROUND_S, Budget
from ewarn.gateway.clients.connections import Connections
from ewarn.gateway.clients.drain import Drain
from ewarn.gateway.clients.first_come import FirstCome
from ewarn.gateway.clients.hearing import EVENTS
from ewarn.gateway.clients.keeping_alive import ping
from ewarn.gateway.clients.leaving import Leaving
from ewarn.gateway.clients.listening import Listening
from ewarn.gateway.clients.pulse import Pulse
from ewarn.gateway.clients.questions import Questions
from ewarn.gateway.counters import Counters, Reason
from ewarn.gateway.intake import secret
from ewarn.gateway.sending import means
from ewarn.gateway.sending.desk import Desk
from ewarn.gateway.sending.greeting import Greeting
from ewarn.gateway.sending.means import Means
from ewarn.gateway.settings import ShardSettings
from ewarn.gateway.shards.commands import Verb, obey
from ewarn.gateway.shards.heartbeat import every_s
from ewarn.gateway.tls.proxied import Named, Proxied
from ewarn.gateway.way_in.busy import Busy
from ewarn.gateway.way_in.entrance import Entrance
from ewarn.gateway.way_in.handshake import House, Welcome
from ewarn.gateway.way_in.pages import Pages
from ewarn.gateway.way_in.seats import Seats
from ewarn.gateway.way_in.shares import Shares
from ewarn.seismic.origin import Report
from ewarn.system import heap, process
from ewarn.system.machine import RESERVED_FILES, this_machine
from ewarn.system.parcels import Inbox
from ewarn.system.process import Channel

GREETED_S = 1.0
"""that a quick report waits for newcomers to be given the warning before it"""
GONE = select.EPOLLERR | select.EPOLLHUP
"""reset by the other end, or shut by both"""
STOPPED_S = 1.0
"""a sweep that is so late says that the shard was stopped, and not its clients"""
PLANNED_BYTES, KEPT_BYTES = 512, 32 << 20
"""of memory that a user takes while a report is planned and built; and what malloc keeps of it at most for the next"""
logger = logging.getLogger("ewarn.gateway")


class Shard:
    """Glue: epoll on one side, the parts of a shard on the other."""

    def __init__(self, settings: ShardSettings) -> None:
        gateway, limits = settings.gateway, settings.gateway.limits
        callers = gateway.callers
        rows = settings.capacity + callers.door + 2 * RESERVED_FILES
        self.settings = settings
        self.counters = Counters(settings.counters, settings.shards, settings.index)
        self.connections = Connections(rows, limits.waiting_bytes, self.counters, self.hear)
        self.leaving = Leaving(self.connections)
        tools = self.means()
        self.engine, self._clock = tools.engine, tools.clock
        roster, outbox, drop = self.connections.roster, self.connections.outbox, self.connections.drop
        self.desk = Desk(tools, roster, outbox, self.counters, drop, gateway.alerts.in_force_s)
        self.questions = Questions(self.desk, self._faults_of)
        parts = self.connections, self.leaving, self.desk, self.questions
        self.listening = Listening(limits, *parts, tools.clock)
        self.connections.forgetters.append(self.engine.forget)
        pages = Pages(settings, self.counters, self.desk, tools.clock).by_path()
        house = House(pages, settings.allowed, Busy(callers.retry_s, means.stream_of(settings, "refusals")))
        files = this_machine().open_files
        seats = Seats(self.counters, settings.index, settings.capacity, callers.door, files)
        shares = Shares(settings.shares, settings.shards, settings.index, rows) if settings.shares else None
        at = gateway.addresses
        proxied = Proxied(Named(at.proxy_from), everybody=at.tls is not None)
        with_ = self.connections, self.leaving, seats, self.welcome, proxied, self.questions
        self.entrance = Entrance(limits, callers, house, *with_, shares)
        greeting = Greeting(roster, self.desk.given, self.desk.greet, self._note_greeting, tools.clock)
        self.afterwards = Afterwards(greeting, self.questions, self.connections.hearing, tools.clock)
        self._speakers, self._slow = FirstCome(), FirstCome()
        self._callers = FirstCome(self.entrance.door.subscriber)
        self.pulse = Pulse(rows, limits.ping_s, means.stream_of(settings, "pings"))

    def means(self) -> Means:
        """What the desk works with; a test may give it worse."""
        return means.make(self.settings, len(self.connections.roster.parked))

    def admit(self, handoff: socket.socket) -> None:
        """Take over new connections; whom the door has no room for is served or refused."""
        alerting = self.connections.hearing.alerting
        self.entrance.admit(handoff, Budget(self._clock, ROUND_S / 2 if alerting else 2 * ROUND_S), self._fault)
        budget = Budget(self._clock, ROUND_S)
        while (crowded := self.entrance.surplus()) is not None:
            with self._faults_of(crowded[0]):
                self.entrance.dismiss(*crowded, heard=budget.left)
        self.end_round()

    def ready(self) -> None:
        """Look at connections at the door, and at those that can take more."""
        callers, slow = [], []
        for descriptor, event in self.connections.epoll.poll(0, EVENTS):
            if event & select.EPOLLOUT and self.connections.outbox.blocked[descriptor]:
                slow.append(descriptor)
            elif event & GONE and descriptor in self.entrance.door:
                self.entrance.lose(descriptor)
            elif event & ~select.EPOLLOUT:
                callers.append(descriptor)
        self._relieve(slow)
        # Whoever comes while a report goes out is let in, a few between two slices of it.
        self._read_from(self._callers, callers, ROUND_S / 2 if self.connections.hearing.alerting else 2 * ROUND_S)

    def _relieve(self, slow: list[int]) -> None:
        """Write to slow consumers who can take more, those first who have waited longest, while there is time."""
        self._slow.join(slow)
        for _, _ in zip(slow, Budget(self._clock, 2 * ROUND_S).turns(), strict=False):
            descriptor = self._slow.next()
            if self.connections.outbox.blocked[descriptor]:
                with self._faults_of(descriptor):
                    self.connections.relieve(descriptor)

    def hear(self, descriptors: list[int]) -> None:
        """Read from parked connections that have something to say."""
        self._read_from(self._speakers, descriptors, ROUND_S)

    def _read_from(self, waiting: FirstCome, descriptors: list[int], seconds: float) -> None:
        """Read from as many as are named here, but from those who have waited longest, while there is time."""
        waiting.join(descriptors)
        for _, _ in zip(descriptors, Budget(self._clock, seconds).turns(), strict=False):
            descriptor = waiting.next()
            with self._faults_of(descriptor):
                self.read(descriptor)
        self.end_round()

    def read(self, descriptor: int) -> None:
        """Read from one connection, whatever state it is in."""
        if descriptor in self.entrance.door:
            self.entrance.read(descriptor)
        elif descriptor in self.leaving:
            self.leaving.read(descriptor)
        elif descriptor in self.questions and not self.connections.roster.parked[descriptor]:
            self.entrance.wait(descriptor)
        elif self.connections.roster.parked[descriptor]:
            self.pulse.heard(descriptor)
            self.listening.read(descriptor)

    def welcome(self, descriptor: int, welcome: Welcome, *, watched: bool = True) -> None:
        """Take in a connection whose handshake is done, and hear what came on its heels."""
        subscription = welcome.subscription
        self.connections.park(descriptor, subscription, self.desk.column_of(subscription.user), watched=watched)
        self.desk.recognise(descriptor, subscription.told)
        self.pulse.begin(descriptor, self.connections.now())
        if welcome.rest:
            self.listening.hear(descriptor, welcome.rest)

    def end_round(self) -> None:
        """Tell those who came, or follow other places, in this round what is in force; then answer what was asked."""
        newcomers = list(self.connections.newcomers)
        self.connections.newcomers.clear()
        self.afterwards.begin(newcomers)

    def _note_greeting(self, seconds: float) -> None:
        self.counters.observe("greeting_seconds", seconds)

    def remember(self, report: Report, released_ns: int) -> None:
        """Take a report that is in force for whoever comes; it was released at `released_ns`, monotonic."""
        self.desk.remember(report, (self._clock.monotonic_ns() - released_ns) / 1e9)

    async def publish(self, report: Report, round_: int, released_ns: int | None = None) -> None:
        """Send a report, and hear nobody meanwhile."""
        with self.connections.hearing.held():
            if not report.counts_as_warning:
                await self._greeted()
            await self.desk.publish(report, round_, released_ns)

    async def _greeted(self) -> None:
        """Until newcomers have the warning that a quick report comes after, unless ever more of them come."""
        until = self.connections.now() + GREETED_S
        while len(self.afterwards.greeting) and self.connections.now() < until:
            await asyncio.sleep(0)

    def sweep(self) -> None:
        """End what took too long: handshakes, slow consumers, farewells."""
        connections, now = self.connections, self.connections.now()
        self.engine.prepare(connections.roster.followers())
        self.entrance.expire(now)
        self.listening.end_while()
        if not connections.hearing.holding:  # in a long fan-out some are heard, and so they are pinged
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
            at_the_door = len(self.entrance.door) + len(self.questions)
            return bool(at_the_door) or bool(self.counters.by_shard("accepted")[index] < handed)

        await farewell.send_all_away(self.connections, self.leaving, turns, coming, lambda: hearing.alerting)

    @contextmanager
    def _faults_of(self, descriptor: int) -> Iterator[None]:
        """A bug that one client found must not end the round for the others."""
        try:
            yield
        except Exception:  # noqa: BLE001  logged
            self._fault(descriptor)

    def _fault(self, descriptor: int) -> None:
        logger.exception("a connection was dropped by a fault of the gateway")
        self.entrance.door.forget(descriptor)
        self.questions.forget(descriptor)
        if descriptor in self.leaving:
            self.leaving.hang_up(descriptor)
        else:
            self.connections.drop(descriptor, Reason.FAULT)


async def serve(shard: Shard, channel: Channel) -> None:
    """Run until the supervisor says stop or is gone."""
    loop = asyncio.get_running_loop()
    stopped, alone = asyncio.Event(), asyncio.Event()
    """it is to end; its supervisor is gone, or ends all of them"""
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
        Verb.REMEMBER: shard.remember,
        Verb.OPEN: lambda: loop.add_reader(handoff.fileno(), shard.admit, handoff),
        Verb.DRAIN: drain,
        Verb.CHANGE: shard.desk.change,
    }

    def end() -> None:
        alone.set()
        stopped.set()

    hear = _hearing_of(channel, commands, end, shard.settings.index)
    loop.add_reader(shard.connections.epoll.fileno(), shard.ready)
    loop.add_reader(channel.fileno(), hear)
    heap.keep(PLANNED_BYTES * shard.settings.capacity, KEPT_BYTES)
    shard.desk.rehearse(shard.settings.capacity)
    gc.collect()
    gc.freeze()  # what is here now stays: to walk all of it, as garbage of strangers makes it be walked, takes 23 ms
    channel.send((Verb.READY,))
    await _sweep_until(stopped, shard)
    farewell.say_goodbye(shard.connections)
    if alone.is_set():
        for file in shard.settings.tidy:
            secret.remove(file)


def _hearing_of(
    channel: Channel, commands: Mapping[Verb, Callable[..., object]], end: Callable[[], None], index: int
) -> Callable[[], None]:
    """What to do when the channel can be read: obey all that is whole, and wait for nothing."""
    inbox = Inbox(channel.fileno())

    def hear() -> None:
        try:
            for message in inbox.messages():
                try:
                    obey(message, commands)
                except GatewayError as error:
                    logger.error("shard %d: %s", index, error)
        except EOFError:
            asyncio.get_running_loop().remove_reader(channel.fileno())
            end()

    return hear


async def _sweep_until(stopped: asyncio.Event, shard: Shard) -> None:
    """Sweep every so often, and show that the loop turns.

    A shard that was itself stopped hears first what its clients said meanwhile, or it would blame them for its silence.
    """
    loop, pause_s = asyncio.get_running_loop(), every_s(shard.settings.gateway.upkeep)
    late_s = 0.0
    while not stopped.is_set():
        shard.counters.add("beats")
        if late_s < STOPPED_S:
            shard.sweep()
        due = loop.time() + pause_s
        try:
            await asyncio.wait_for(stopped.wait(), pause_s)
        except TimeoutError:
            late_s = loop.time() - due
            shard.counters.observe("loop_lag_seconds", late_s)


def main(channel: Channel, settings: ShardSettings) -> None:
    """Entry of the child process."""
    process.call_this(f"shard-{settings.index}")

    async def run() -> None:
        await serve(Shard(settings), channel)

    uvloop.run(run())

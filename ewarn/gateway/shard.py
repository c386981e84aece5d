"""One shard: a process that holds connections, watched through two epolls that the loop itself watches.

One has those at the door, those that leave, and slow consumers that can take more: it is always served. The other, of
parked connections that may say something, is not looked at while a report goes out; see `hearing`.
"""

import asyncio
import logging
import os
import select
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import uvloop

from ewarn.dispatch.engine import BROKEN
from ewarn.dispatch.gates import TIERS
from ewarn.gateway import secret
from ewarn.gateway.conversation import Conversations
from ewarn.gateway.counters import Counters, Reason
from ewarn.gateway.desk import Desk, Means
from ewarn.gateway.door import Door
from ewarn.gateway.drain import Drain
from ewarn.gateway.engines import ENGINES
from ewarn.gateway.hearing import EVENTS, READABLE, Hearing
from ewarn.gateway.journal import Journal
from ewarn.gateway.outbox import Outbox
from ewarn.gateway.pace import Pace
from ewarn.gateway.pages import Pages
from ewarn.gateway.pulse import KEEP_ALIVE, Pulse
from ewarn.gateway.roster import Roster
from ewarn.gateway.settings import HANDOFF_BATCH, ShardSettings, Strategy
from ewarn.seismic.earth import Earth
from ewarn.seismic.origin import Report
from ewarn.seismic.streams import stream
from ewarn.system.clock import WallClock
from ewarn.system.machine import RESERVED_FILES
from ewarn.system.process import Channel
from ewarn.wire.framing import CLOSE, header
from ewarn.wire.matrix import BUILDERS
from ewarn.wire.reports import decode
from ewarn.wire.subscriptions import Place, Subscription, Wish

SWEEP_S = 0.5
logger = logging.getLogger("ewarn.gateway")
FAREWELL_S = 2.0
"""how long a connection that was told why it ends may take to hang up"""
MOST_LEAVING = RESERVED_FILES // 4
"""farewells at once; beyond, connections are closed without one, so that they cannot use up the open files"""
GOING_AWAY = header(2, CLOSE) + (1001).to_bytes(2, "big")
RESTART = header(2, CLOSE) + (1012).to_bytes(2, "big")
"""service restart: the one code of the IANA registry that says, connect anew"""
DRAIN_TICK_S = 0.05


class Shard:
    """Glue: epoll on one side, the parts of a shard on the other."""

    def __init__(self, settings: ShardSettings) -> None:
        gateway, limits = settings.gateway, settings.gateway.limits
        rows = settings.capacity + 2 * RESERVED_FILES
        self.settings = settings
        self.counters = Counters(settings.counters, settings.shards, settings.index)
        self.epoll = select.epoll()
        self.hearing = Hearing(self.hear, self.counters)
        self.roster = Roster(rows)
        self.outbox = Outbox(self.epoll, rows, self.counters, limits.waiting_bytes)
        self.newcomers: dict[int, None] = {}
        """of this round; they are greeted at its end, before a report can be planned that counts them in"""
        self.leaving: dict[int, float] = {}
        """ended connections that have yet to hang up, and by when they must"""
        self.draining = False
        means = self.means()
        self.engine = means.engine
        self.conversations = Conversations(self, limits.message_bytes, self.counters, means.clock)
        self.desk = Desk(means, self.roster, self.outbox, self.counters, self.drop, gateway.alerts.in_force_s)
        self.door = Door(self, limits, Pages(settings, self.counters, self.desk).by_path())
        self.pulse = Pulse(rows, limits.ping_s, self.stream("pings"))

    def stream(self, purpose: str) -> np.random.Generator:
        """Random numbers of this shard, of this platform."""
        gateway = self.settings.gateway
        return stream(gateway.seed, f"gateway {purpose}", gateway.platform, self.settings.index)

    def means(self) -> Means:
        """What the desk works with; a test may give it worse."""
        gateway = self.settings.gateway
        return Means(
            engine=ENGINES[gateway.engine](len(self.roster.parked)),
            strategy=gateway.strategy,
            gates=gateway.alerts.gates,
            earth=Earth(gateway.alerts.earth),
            builder=BUILDERS[gateway.alerts.frames](TIERS),
            rng=self.stream("order"),
            clock=WallClock(),
            journal=Journal(*gateway.journal) if gateway.journal else None,
            pace=Pace(self.settings.pace, self.settings.shards, self.settings.index),
        )

    def change(self, strategy: Strategy) -> None:
        """Dispatch by another strategy from now on."""
        self.desk.strategy = strategy

    # What comes in

    def admit(self, handoff: socket.socket) -> None:
        """Take over connections that the supervisor accepted."""
        try:
            _, descriptors, _, _ = socket.recv_fds(handoff, 1, HANDOFF_BATCH)
        except BlockingIOError:
            return
        now = self.now()
        for descriptor in descriptors:
            self.counters.add("accepted")
            if descriptor >= len(self.roster.parked):
                os.close(descriptor)
                self.counters.ended(Reason.FULL)
                continue
            os.set_blocking(descriptor, False)
            self.epoll.register(descriptor, READABLE)
            self.door.admit(descriptor, now)

    def ready(self) -> None:
        """Look at connections at the door, and at those that can take more."""
        for descriptor, event in self.epoll.poll(0, EVENTS):
            with self._faults_of(descriptor):
                if event & select.EPOLLOUT and self.outbox.blocked[descriptor]:
                    self.relieve(descriptor)
                elif event & ~select.EPOLLOUT:
                    self.read(descriptor)
        self._greet()

    def relieve(self, descriptor: int) -> None:
        """Give a slow connection more of what waits for it; once it has all, it is heard again."""
        if not self.outbox.flush(descriptor, self.now()):
            self.drop(descriptor, Reason.LOST)
        elif not self.outbox.blocked[descriptor]:
            self.hearing.unmute(descriptor)

    def hear(self, descriptors: list[int]) -> None:
        """Read from parked connections that have something to say."""
        for descriptor in descriptors:
            with self._faults_of(descriptor):
                self.read(descriptor)
        self._greet()

    async def publish(self, report: Report, round_: int) -> None:
        """Send a report, and hear nobody meanwhile."""
        with self.hearing.held():
            await self.desk.publish(report, round_)
        self.pulse.excuse()

    def _greet(self) -> None:
        if self.newcomers:
            self.desk.greet(list(self.newcomers))
            self.newcomers.clear()

    @contextmanager
    def _faults_of(self, descriptor: int) -> Iterator[None]:
        """A bug that one client found must not end the round for the others."""
        try:
            yield
        except Exception:
            logger.exception("a connection was dropped by a fault of the gateway")
            self._give_up(descriptor)

    def _give_up(self, descriptor: int) -> None:
        self.door.forget(descriptor)
        if descriptor in self.leaving:
            self._hang_up(descriptor)
        else:
            self.drop(descriptor, Reason.FAULT)

    def read(self, descriptor: int) -> None:
        """Read from one connection, whatever state it is in."""
        if descriptor in self.door:
            self.door.read(descriptor)
        elif descriptor in self.leaving:
            self._await_hang_up(descriptor)
        elif self.roster.parked[descriptor]:
            self.pulse.heard(descriptor)
            self.conversations.read(descriptor)

    def sweep(self) -> None:
        """End what took too long: handshakes, slow consumers, farewells."""
        now = self.now()
        self.engine.prepare(self.roster.followers())
        self.door.expire(now)
        if not self.hearing.alerting:  # or answers would lie unheard
            self.ping(now)
        for descriptor in self.outbox.stuck(now - self.settings.gateway.limits.slow_s):
            self.drop(descriptor, Reason.SLOW_CONSUMER)
        for descriptor in [one for one, deadline in self.leaving.items() if deadline < now]:
            self._hang_up(descriptor)

    def ping(self, now: float) -> None:
        """Keep connections alive whose turn it is, and end those that said nothing since their last ping."""
        due, silent = self.pulse.due(self.roster.parked & ~self.outbox.blocked, now)
        for descriptor in silent.tolist():
            self.drop(descriptor, Reason.SILENT)
        length = np.full(len(due), len(KEEP_ALIVE), np.int64)
        written = self.engine.send(due, np.frombuffer(KEEP_ALIVE, np.uint8), np.zeros(len(due), np.int64), length)
        self.counters.add("pings", int((written == length).sum()))
        for descriptor in due[written == BROKEN].tolist():
            self.drop(descriptor, Reason.LOST)
        for descriptor in due[written == 0].tolist():
            self.pulse.heard(descriptor)  # full: it was asked nothing, so it owes no answer
        for descriptor in due[written == 1].tolist():
            if not self.outbox.defer(descriptor, 1, KEEP_ALIVE, "ping", now):
                self.drop(descriptor, Reason.SLOW_CONSUMER)

    # What the door, the conversations and the desk ask for

    def has_room(self) -> bool:
        """See `door.Host`."""
        return self.roster.connections < self.settings.capacity

    def welcome(self, descriptor: int, subscription: Subscription, said_since: bytes) -> None:
        """See `door.Host`."""
        user = self.desk.column_of(subscription.user)
        self.roster.park(descriptor, subscription.places, subscription.threshold, user)
        self.desk.recognise(descriptor, subscription.told)
        self.epoll.unregister(descriptor)
        self.hearing.add(descriptor)
        self.pulse.begin(descriptor, self.now())
        self._count_followers()
        self.newcomers[descriptor] = None
        if said_since and self.roster.parked[descriptor]:
            self.conversations.hear(descriptor, said_since)

    def grant(self, descriptor: int, wish: Wish) -> None:
        """See `conversation.Host`."""
        if wish.snapshot:
            text = self.desk.snapshot(self.roster.places(descriptor)).encode()
            self.say(descriptor, header(len(text)) + text, "snapshot")
        if wish.threshold is not None:
            self.roster.threshold[descriptor] = wish.threshold
        if wish.places is not None:
            self.counters.add("follows")
            self._follow(descriptor, wish.places)

    def _follow(self, descriptor: int, places: tuple[Place, ...]) -> None:
        if list(places) == self.roster.places(descriptor):
            return
        self.roster.follow(descriptor, places)
        self._count_followers()
        self.newcomers[descriptor] = None

    def say(self, descriptor: int, frame: bytes, about: str) -> bool:
        """See `conversation.Host`."""
        told = self.outbox.send(descriptor, frame, about, self.now())
        if self.outbox.blocked[descriptor]:
            self.hearing.mute(descriptor)
        return told

    def depart(self, descriptor: int, reason: Reason) -> None:
        """See `door.Host`: send end of file after the last words, and give the client time to hang up."""
        self._unpark(descriptor)
        # A shard that drains takes no connections, so there its farewells cannot use up the open files.
        if self.outbox.blocked[descriptor] or (len(self.leaving) >= MOST_LEAVING and not self.draining):
            self.drop(descriptor, reason)
            return
        connection = socket.socket(fileno=descriptor)
        try:
            connection.shutdown(socket.SHUT_WR)
        except OSError:
            connection.detach()
            self.drop(descriptor, reason)
            return
        connection.detach()
        self.counters.ended(reason)
        self.leaving[descriptor] = self.now() + FAREWELL_S

    def drop(self, descriptor: int, reason: Reason) -> None:
        """See `door.Host`; closing also takes the descriptor out of the epoll."""
        self._unpark(descriptor)
        self.outbox.forget(descriptor)
        os.close(descriptor)
        self.counters.ended(reason)

    def now(self) -> float:
        """Seconds on the loop's clock."""
        return asyncio.get_running_loop().time()

    def say_goodbye(self) -> None:
        """Tell everyone that the gateway goes away; the process ends next, so nobody waits for an answer.

        Nor is one given: a client's close, in answer to ours, would be answered by a second.
        """
        self.hearing.stop()
        for descriptor in np.flatnonzero(self.roster.parked).tolist():
            if not self.outbox.blocked[descriptor]:
                self.outbox.send(descriptor, GOING_AWAY, "goodbye", 0.0)

    async def drain(self, handed: int, alerting: Callable[[], object]) -> None:
        """Send everyone away to connect anew, and return once nobody is left.

        `handed` connections were handed over in all, some of which may still be on the way; `alerting` says whether a
        report is going out.
        """
        self.draining = True
        gateway, index = self.settings.gateway, self.settings.index
        over_s, slow_s = gateway.size.drain_s, gateway.limits.slow_s
        drain = Drain(len(self.roster.parked), over_s, slow_s, self.stream("drain"), self.now())
        while self.roster.connections or len(self.door) or self.leaving or self.counters.accepted()[index] < handed:
            free = self.roster.parked & ~self.outbox.blocked
            for descriptor in drain.due(free, self.now(), hold=bool(alerting())).tolist():
                self.send_away(descriptor)
            if drain.over(self.now()):
                for descriptor in np.flatnonzero(self.roster.parked).tolist():
                    self.drop(descriptor, Reason.SLOW_CONSUMER)
            await asyncio.sleep(DRAIN_TICK_S)

    def send_away(self, descriptor: int) -> None:
        """Tell a connection that the service restarts; one that takes no byte now has its turn again."""
        try:
            told = os.write(descriptor, RESTART) == len(RESTART)
        except BlockingIOError:
            return
        except OSError:
            told = False
        if told:
            self.depart(descriptor, Reason.RESTART)
        else:
            self.drop(descriptor, Reason.LOST)

    def _await_hang_up(self, descriptor: int) -> None:
        try:
            over = not os.read(descriptor, 65536)
        except BlockingIOError:
            return
        except OSError:
            over = True
        if over:
            self._hang_up(descriptor)

    def _hang_up(self, descriptor: int) -> None:
        """Close a connection whose end was counted when it was told."""
        del self.leaving[descriptor]
        os.close(descriptor)

    def _unpark(self, descriptor: int) -> None:
        if self.roster.parked[descriptor]:
            self.roster.leave(descriptor)
            self.engine.forget(descriptor)
            self.conversations.forget(descriptor)
            self._count_followers()

    def _count_followers(self) -> None:
        self.counters.put("parked", self.roster.connections)
        self.counters.put("followers", self.roster.following)


async def serve(shard: Shard, channel: Channel) -> None:
    """Run until the supervisor says stop or is gone."""
    loop = asyncio.get_running_loop()
    stopped = asyncio.Event()
    handoff = socket.socket(fileno=shard.settings.handoff)
    handoff.setblocking(False)
    reports: set[asyncio.Task[None]] = set()
    """that are going out"""
    drains: set[asyncio.Task[None]] = set()

    def publish(report: str, round_: int) -> None:
        task = loop.create_task(shard.publish(decode(report), round_))
        reports.add(task)
        task.add_done_callback(reports.discard)

    def drain(handed: int) -> None:
        task = loop.create_task(shard.drain(handed, lambda: reports))
        drains.add(task)
        task.add_done_callback(lambda _: stopped.set())

    obey: dict[str, Callable[..., object]] = {
        "publish": publish,
        "remember": lambda report, age_s: shard.desk.remember(decode(report), age_s),
        "open": lambda: loop.add_reader(handoff.fileno(), shard.admit, handoff),
        "drain": drain,
        "change": shard.change,
    }

    def hear() -> None:
        try:
            while channel.poll():
                verb, *told = channel.recv()
                obey[verb](*told)
        except (EOFError, OSError):
            loop.remove_reader(channel.fileno())
            stopped.set()

    loop.add_reader(shard.epoll.fileno(), shard.ready)
    loop.add_reader(channel.fileno(), hear)
    shard.desk.rehearse(shard.settings.capacity)
    channel.send("ready")
    while not stopped.is_set():
        shard.sweep()
        try:
            await asyncio.wait_for(stopped.wait(), SWEEP_S)
        except TimeoutError:
            continue
    shard.say_goodbye()
    if shard.settings.tidy:
        secret.remove(Path(shard.settings.tidy))


def main(channel: Channel, settings: ShardSettings) -> None:
    """Entry of the child process."""

    async def run() -> None:
        await serve(Shard(settings), channel)

    uvloop.run(run())

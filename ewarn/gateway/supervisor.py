"""The gateway's supervisor: accepts on the public port, hands connections to shards (see `seating`), takes reports.

`SO_REUSEPORT` would spare the hand-off, but the kernel then spreads connections by a blind hash: some shards are
full while others have room. Handing over costs some 10 µs a connection, once, and nothing per report.
"""

import asyncio
import logging
import os
import signal
import socket
from collections import defaultdict, deque
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

import uvloop

from ewarn.errors import EwarnError, GatewayError
from ewarn.gateway import settings
from ewarn.gateway.engines import choose
from ewarn.gateway.intake import secret, trust
from ewarn.gateway.intake.control import Behind, Control
from ewarn.gateway.intake.keeping import Keeping
from ewarn.gateway.settings import HANDOFF_BATCH, GatewaySettings, Layout
from ewarn.gateway.shards.fleet import Fleet
from ewarn.gateway.shards.refusing import Refusing
from ewarn.gateway.shards.seating import HANDFUL, Seating
from ewarn.gateway.tls.arrivals import Arrivals, FromPort, FromTerminators
from ewarn.gateway.tls.pair import Pair
from ewarn.gateway.tls.proxied import Named
from ewarn.gateway.tls.terminators import Terminators
from ewarn.gateway.way_in.busy import Busy
from ewarn.gateway.way_in.ports import Ports
from ewarn.system import log_lines, process
from ewarn.system.address import BROWSERS_REFUSE, address_of, bind, split_address
from ewarn.system.allowed import Allowed, allowed
from ewarn.system.clock import WallClock
from ewarn.system.machine import Machine, this_machine
from ewarn.words import say

MOST_ON_THE_WAY = 2048
"""connections handed over and not yet taken; the kernel bounds descriptors in flight by the open-file limit"""
PAUSE_S = 0.005
RUSH_S, GATHER_S = 0.01, 0.002
"""In a rush, which is when the last came less than the first before, those of the second are gathered: to be woken, and
to wake a shard, costs several times what accepting one does."""

logger = logging.getLogger("ewarn.gateway")


@dataclass(frozen=True)
class Started:
    """What a gateway says once it listens."""

    listen: str
    control: str
    secret_file: str | None
    layout: Layout
    tls: bool = False
    """both ports speak it"""


class Supervisor:
    """Owns the listeners and the fleet of shards."""

    shard_target = "ewarn.gateway.shard:main"

    def __init__(self, wanted: GatewaySettings) -> None:
        settings.check(wanted)
        machine = this_machine()
        layout = settings.layout(wanted.size, machine)
        engine, why = choose(wanted.engine, layout.shards)
        self.layout = replace(layout, why=say("figure.also", layout.why, why))
        size = replace(wanted.size, capacity=layout.capacity, shards=layout.shards)
        self.settings, at = replace(wanted, engine=engine, size=size), wanted.addresses
        with ExitStack() as undo:
            self._ports = Ports(at, wanted.limits)
            undo.callback(self._ports.close)
            self._public = self._ports.own
            self._control = undo.enter_context(bind("--control", at.control, at.allow_network))
            self._allowed = self._whom_to_answer()
            port = self._control.getsockname()[1]
            self._tls = Pair(at.tls) if at.tls else None
            Named(at.proxy_from)  # shards would be too late to find out that one is no address
            self._secret, secret_file = secret.establish(at.secret_file, port)
            if secret_file:
                undo.callback(secret.remove, secret_file)
            self._trusted, key_file = trust.establish(wanted.trust, port)
            if key_file:
                undo.callback(secret.remove, key_file)
            # A key of its own was another's before: what was taken then was checked by that.
            check, early_s = None if key_file else self._trusted.check, wanted.alerts.fresh.early_s
            folder = Path(state) if (state := wanted.notes.state) else None
            self._keeping = Keeping(folder, WallClock().time(), check, early_s)
            undo.pop_all()
        for line in settings.given_away(wanted):
            logger.warning(line)
        self._secret_path = str(secret_file.path) if secret_file else at.secret_file
        self._written = tuple(file for file in (secret_file, key_file) if file)
        self._fleet = Fleet(self.settings, self.layout, self.shard_target, self._written, WallClock(), self._allowed)
        self.herald = self._fleet.muster.herald
        for one in self._keeping.kept:
            if not one.course.silent:
                self._fleet.recall(one.report)
        self._arrivals: list[Arrivals] = [FromPort(port) for port in self._ports.all]
        self._terminators = self._make_terminators(machine) if at.tls else None
        self._seating = Seating()
        self._refusing = Refusing(Busy(wanted.callers.retry_s, wanted.draws.stream("refusals")))
        self._most_on_the_way = min(MOST_ON_THE_WAY, machine.open_files // 2)
        self._waiting: deque[int] = deque()
        """connections that their shard could not take just now; they are the next to be given one"""
        self._resting: asyncio.TimerHandle | None = None
        """ends a pause"""
        self._last = 0.0
        """when somebody was accepted, by the loop's clock"""

    async def run(self, stop: asyncio.Event, on_start: Callable[[Started], None]) -> None:
        """Serve until `stop` is set. Raises GatewayError if no shard is left, nor can be had."""
        try:
            await self._fleet.start(stop.set)
            if self._terminators:
                self._terminators.start()
            fleet, now = self._fleet, self.settings
            behind = Behind(fleet.publish, fleet.resize, fleet.change, fleet.muster.counters.add)
            rules = self._trusted.check, behind, now.strategy, now.alerts
            made = Control(self._secret, *rules, WallClock(), self._keeping)
            control = await made.listen(self._control, self._tls.context if self._tls else None)
            self._watch()
            if (public := self._public.getsockname()[1]) in BROWSERS_REFUSE:
                logger.warning("no browser will connect to port %d (a bad port of the Fetch standard)", public)
            on_start(self.started())
            await stop.wait()
            control.close()
            if self._fleet.is_over:
                raise GatewayError("every shard of the gateway has died")
        finally:
            self._end()

    def reload(self) -> None:
        """Read certificate and key anew: handshakes from now on use them. A pair that will not do changes nothing."""
        if self._tls and self._terminators and self._tls.reload():
            self._terminators.renew(self._tls.pem)

    def reload_on_hangup(self) -> None:
        """Have SIGHUP mean `reload`, where there is something to; elsewhere it ends a process, as always."""
        if self._tls:
            asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, self.reload)

    def started(self) -> Started:
        """Addresses as bound, so port 0 shows what it became."""
        listen, control = address_of(self._public), address_of(self._control)
        return Started(listen, control, self._secret_path, self.layout, self._tls is not None)

    def _whom_to_answer(self) -> Allowed:
        """Raises InputError."""
        name, callers = socket.gethostname(), self.settings.callers
        written = split_address("--listen", self.settings.addresses.listen)[0]
        own = (written, name, name.partition(".")[0])
        hosts = *callers.hosts, *self._ports.further_hosts
        return allowed(self._public.getsockname()[:2], own, hosts, callers.origins)

    def _watch(self) -> None:
        for arrivals in self._arrivals:
            asyncio.get_running_loop().add_reader(arrivals.fileno(), self._accept, arrivals)

    def _watch_no_more(self) -> None:
        for arrivals in self._arrivals:
            asyncio.get_running_loop().remove_reader(arrivals.fileno())

    def _accept(self, arrivals: Arrivals) -> None:
        """Accept a batch and hand each connection to a shard, see `seating`.

        A full shard is given some too: it says so, and shows pages; whom its door has no room for, it refuses.
        """
        muster, occupancy = self._fleet.muster, self._fleet.muster.occupancy
        behind = occupancy.on_the_way()
        # What lies in the socket of a shard that stands still must not keep others from getting any.
        if not occupancy.open.any() or behind[occupancy.open].sum() > self._most_on_the_way:
            self._pause()
            return
        room, held = occupancy.room(), occupancy.held()
        batches: dict[int, list[int]] = defaultdict(list)
        shard: int | None = None
        for _ in range(HANDOFF_BATCH):
            if (connection := self._next(arrivals)) is None:
                break
            if shard is None or len(batches[shard]) % HANDFUL == 0 or room[shard] <= 0:
                shard = self._seating.choose(room, held, behind)
            if not occupancy.open[shard]:
                self._refusing.refuse(connection)
                muster.counters.add("turned_away")
                continue
            room[shard] -= 1
            behind[shard] += 1
            batches[shard].append(connection)
        self._gather(sum(map(len, batches.values())))
        for taker, connections in batches.items():
            if not muster.hand_over(taker, connections):
                self._waiting += connections
        if self._waiting:
            self._pause()

    def _next(self, arrivals: Arrivals) -> int | None:
        """A connection that its shard could not take, else a new one; None where none is there or can be had now."""
        if self._waiting:
            return self._waiting.popleft()
        try:
            return arrivals.take()
        except BlockingIOError:
            return None
        except OSError as error:
            logger.warning("cannot accept: %s", error.strerror)
            self._pause()
            return None

    def _make_terminators(self, machine: Machine) -> Terminators:
        tls = self.settings.addresses.tls
        assert tls and self._tls  # noqa: S101  there are none without
        count = settings.terminators(tls, self.layout, machine)
        fleet = self._fleet
        made = Terminators(self.settings, self._tls.pem, count, self._public, fleet.muster.counters, fleet.memory)
        self._arrivals = [FromTerminators(made.arrivals)]
        return made

    def _gather(self, came: int) -> None:
        """In a rush, let some come before they are looked at, unless more are there already."""
        now = asyncio.get_running_loop().time()
        if 0 < came < HANDOFF_BATCH and now - self._last < RUSH_S:
            self._pause(GATHER_S)
        if came:
            self._last = now

    def _pause(self, seconds: float = PAUSE_S) -> None:
        """Accept nobody for a moment; then look again, whether somebody has come by or not: others wait too."""
        if self._resting is None:
            self._watch_no_more()
            self._resting = asyncio.get_running_loop().call_later(seconds, self._go_on)

    def _go_on(self) -> None:
        self._resting = None
        self._watch()
        for arrivals in self._arrivals:
            self._accept(arrivals)

    def _end(self) -> None:
        self._watch_no_more()
        if self._resting:
            self._resting.cancel()
        self._ports.close()
        self._control.close()
        for connection in self._waiting:
            os.close(connection)
        self._refusing.close()
        self._fleet.close()
        self._keeping.close()
        if self._terminators:
            self._terminators.close()
        for file in self._written:
            secret.remove(file)


def run(supervisor: Supervisor, on_start: Callable[[Started], None]) -> None:
    """Serve in the foreground until SIGINT or SIGTERM."""

    async def serve() -> None:
        stop = asyncio.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        supervisor.reload_on_hangup()
        await supervisor.run(stop, on_start)

    log_lines.install()
    uvloop.run(serve())


def main(channel: process.Channel, wanted: GatewaySettings, make: type[Supervisor] = Supervisor) -> None:
    """Entry of a gateway that runs as a child: says `Started` or the error, and ends when its parent does."""

    async def serve() -> None:
        stop = asyncio.Event()
        asyncio.get_running_loop().add_reader(channel.fileno(), stop.set)
        supervisor = make(wanted)
        supervisor.reload_on_hangup()

        def on_start(started: Started) -> None:
            channel.send(started)
            if wanted.notes.told:
                supervisor.herald.to(channel.send)

        await supervisor.run(stop, on_start)

    try:
        uvloop.run(serve())
    except EwarnError as error:
        channel.send(error)

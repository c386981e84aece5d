"""The gateway's supervisor: accepts on the public port, hands connections to shards (see `accepting`), takes reports.

`SO_REUSEPORT` would spare the hand-off, but the kernel then spreads connections by a blind hash: some shards are
full while others have room. Handing over costs some 10 µs a connection, once, and nothing per report.
"""

import asyncio
import logging
import random
import signal
import socket
from collections.abc import Callable, Coroutine
from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import uvloop

from ewarn.bus.addresses import parse_bus, read_identity
from ewarn.bus.library import needed
from ewarn.bus.roles import gateway
from ewarn.errors import EwarnError, GatewayError
from ewarn.gateway import settings
from ewarn.gateway.engines import choose
from ewarn.gateway.hosts.board import Board
from ewarn.gateway.hosts.host import Host, HostOnBus, Parts
from ewarn.gateway.hosts.noted import Journals, Kept
from ewarn.gateway.hosts.own import own_name, own_url
from ewarn.gateway.hosts.presence import Called, Presence
from ewarn.gateway.intake import secret, trust
from ewarn.gateway.intake.control import Behind, Control
from ewarn.gateway.intake.keeping import Keeping
from ewarn.gateway.intake.taking import Taking
from ewarn.gateway.sending.journal import Journal
from ewarn.gateway.settings import GatewaySettings, Layout
from ewarn.gateway.shards.accepting import Accepting
from ewarn.gateway.shards.refusing import Refusing
from ewarn.gateway.shards.team import Team
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
from ewarn.system.owner import end_with_input
from ewarn.words import say

MARGIN_S = 5.0
"""that shards which drain have beyond what they allow themselves, see `Drain`"""
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
    """Owns the listeners and the team of shards."""

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
            # Whoever comes before it is known what is in force finds nobody, and goes to another host.
            self._ports = Ports(at, wanted.limits, listens=wanted.bus.lines is None)
            undo.callback(self._ports.close)
            self._public = self._ports.own
            self._control = undo.enter_context(bind("--control", at.control, at.allow_network))
            called = self._called()
            parts = _parts(wanted, called.name, machine)
            self._allowed = self._whom_to_answer(called)
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
        self._team = Team(self.settings, self.layout, self.shard_target, self._written, WallClock(), self._allowed)
        self.herald = self._team.muster.herald
        self._taking = Taking(self._trusted.check, self._team.publish, wanted.alerts, self._keeping)
        self._host = self._make_host(called, parts)
        self._is_open = self._is_draining = False
        for one in self._keeping.kept:
            if not one.course.silent:
                self._team.publish(one.report, one.report.age_s(WallClock().time()))
        self._arrivals: list[Arrivals] = [FromPort(port) for port in self._ports.all]
        self._terminators = self._make_terminators(machine) if at.tls else None
        refusing = Refusing(Busy(wanted.callers.retry_s, wanted.draws.stream("refusals")))
        self._accepting = Accepting(self._arrivals, self._team.muster, refusing, machine.open_files)

    async def run(self, stop: asyncio.Event, on_start: Callable[[Started], None]) -> None:
        """Serve until `stop` is set. Raises GatewayError if no shard is left, nor can be had."""
        try:
            if not await _unless(stop, self._host.begin()):
                return
            team = self._team
            await team.start(stop.set)
            if stop.is_set() and not team.is_over:  # told to end meanwhile
                return
            self._ports.listen()
            if self._terminators:
                self._terminators.start()
            behind = Behind(self._taking, team.resize, team.change, team.muster.counters.add)
            made = Control(self._secret, behind, self.settings.strategy, WallClock(), self._keeping)
            control = await made.listen(self._control, self._tls.context if self._tls else None)
            self._open()
            on_start(self.started())
            await stop.wait()
            control.close()
            if self._team.is_over and not self._is_draining:
                raise GatewayError("every shard of the gateway has died")
        finally:
            await self._host.end()
            self._end()

    def drain(self, stop: asyncio.Event) -> None:
        """Take no more users and send all away in turns; `stop` is set once they are gone, or have taken too long.

        Reports that come meanwhile go out as ever.
        """
        self._is_draining = True
        self._accepting.refuse_all()
        over_s, slow_s = self.settings.size.drain_s, self.settings.limits.slow_s
        logger.warning("draining over %g s; a second SIGTERM, or Ctrl-C, ends the gateway at once", over_s)
        self._host.drain()
        asyncio.get_running_loop().call_later(over_s + slow_s + MARGIN_S, stop.set)
        self._team.leave()

    def end_on_signals(self, stop: asyncio.Event) -> None:
        """Have SIGINT set `stop`, and SIGTERM too; but where other hosts can take the users, they are let go first."""
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGINT, stop.set)

        def terminate() -> None:
            if self._is_open and self.settings.bus.lines and not self._is_draining:
                self.drain(stop)
            else:
                stop.set()

        loop.add_signal_handler(signal.SIGTERM, terminate)

    def reload(self) -> None:
        """Read certificate and key anew: handshakes from now on use them. A pair that will not do changes nothing."""
        if self._tls and self._terminators and self._tls.reload():
            self._tls.show(self._team.muster.counters)
            self._terminators.renew(self._tls.pem)

    def reload_on_hangup(self) -> None:
        """Have SIGHUP mean `reload`, where there is something to; elsewhere it ends a process, as always."""
        if self._tls:
            asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, self.reload)

    def started(self) -> Started:
        """Addresses as bound, so port 0 shows what it became."""
        listen, control = address_of(self._public), address_of(self._control)
        return Started(listen, control, self._secret_path, self.layout, self._tls is not None)

    def _open(self) -> None:
        self._accepting.begin()
        self._host.open()
        self._is_open = True
        if (public := self._public.getsockname()[1]) in BROWSERS_REFUSE:
            logger.warning("no browser will connect to port %d (a bad port of the Fetch standard)", public)

    def _called(self) -> Called:
        """Raises InputError."""
        bus, at, machine = self.settings.bus, self.settings.addresses, socket.gethostname()
        bound, tls, shared = self._public.getsockname()[:2], at.tls is not None, bus.lines is not None
        url = own_url(bus.public_url, bound, tls=tls, shared=shared, machine=machine)
        return Called(own_name(bus.name, machine), url)

    def _make_host(self, called: Called, parts: Parts | None) -> Host:
        muster, clock = self._team.muster, WallClock()
        counters, board = muster.counters, Board(muster.board)
        presence = Presence(called, counters, muster.most_connections, board, clock.monotonic_ns() / 1e9)
        if parts is None:
            return Host(presence)
        rng = random.Random(int(self.settings.draws.stream(f"bus {called.name}").integers(2**63)))
        return HostOnBus(presence, parts, self._taking, self._keeping, clock, rng)

    def _whom_to_answer(self, called: Called) -> Allowed:
        """Raises InputError."""
        name, callers = socket.gethostname(), self.settings.callers
        written = split_address("--listen", self.settings.addresses.listen)[0]
        own = (written, name, name.partition(".")[0])
        told = called.names if self.settings.bus.public_url else ()
        hosts = *callers.hosts, *self._ports.further_hosts, *told
        return allowed(self._public.getsockname()[:2], own, hosts, callers.origins)

    def _make_terminators(self, machine: Machine) -> Terminators:
        tls = self.settings.addresses.tls
        assert tls and self._tls  # noqa: S101  there are none without
        count = settings.terminators(tls, self.layout, machine)
        muster = self._team.muster
        memory = muster.memory, muster.most
        self._tls.show(muster.counters)
        made = Terminators(self.settings, self._tls.pem, count, self._public, muster.counters, memory)
        self._arrivals = [FromTerminators(made.arrivals)]
        return made

    def _end(self) -> None:
        self._accepting.close()
        self._ports.close()
        self._control.close()
        self._accepting.let_go()
        self._team.close()
        self._keeping.close()
        if self._terminators:
            self._terminators.close()
        for file in self._written:
            secret.remove(file)


def _parts(wanted: GatewaySettings, name: str, machine: Machine) -> Parts | None:
    """What hearing a bus takes, under this name; None where there is none. Raises InputError."""
    bus, notes = wanted.bus, wanted.notes
    if bus.lines is None or bus.key is None:  # see `check`
        return None
    needed()
    lines, identity, journals = parse_bus(bus.lines), read_identity(gateway(name), bus.key, bus.authority), None
    if notes.journal:
        kept = Kept(name, Journal(*notes.journal), machine, notes.ear_port)
        journals = Journals(kept, lines, identity, WallClock())
    return Parts(lines, identity, bus.catch_up_s, journals)


async def _unless(stop: asyncio.Event, doing: Coroutine[Any, Any, None]) -> bool:
    """Do it, unless `stop` is set before it is done; then what is left of it is cancelled. Whether it was done."""
    task, stopped = asyncio.ensure_future(doing), asyncio.ensure_future(stop.wait())
    await asyncio.wait((task, stopped), return_when=asyncio.FIRST_COMPLETED)
    for one in (task, stopped):
        one.cancel()
    if not task.done():
        return False
    await task
    return True


def run(supervisor: Supervisor, on_start: Callable[[Started], None], *, until_eof: bool = False) -> None:
    """Serve in the foreground until SIGINT or SIGTERM, see `end_on_signals`; or until standard input ends.

    That is so from the beginning: who started it may be gone before it serves.
    """

    async def serve() -> None:
        stop = asyncio.Event()
        supervisor.end_on_signals(stop)
        supervisor.reload_on_hangup()
        if until_eof:
            loop = asyncio.get_running_loop()
            end_with_input(lambda: _unless_closed(loop, stop.set))
        await supervisor.run(stop, on_start)

    log_lines.install()
    uvloop.run(serve())


def _unless_closed(loop: asyncio.AbstractEventLoop, act: Callable[[], None]) -> None:
    with suppress(RuntimeError):  # it has ended by itself
        loop.call_soon_threadsafe(act)


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

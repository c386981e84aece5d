"""The conductor of a fleet: brings its hosts together, has the quake played over all, and one verdict given."""

import secrets
from collections.abc import Generator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path

from ewarn.bus.addresses import parse_bus, read_identity
from ewarn.bus.centre import BusPublisher, bus_publisher
from ewarn.bus.leading import Leading
from ewarn.bus.roles import role
from ewarn.bus.seeds import seed_file
from ewarn.config.drill import DrillSettings
from ewarn.config.fleet import FleetSettings, check_files
from ewarn.drill.beginning import connect, journal, prepared, told
from ewarn.drill.chronicle import Chronicle
from ewarn.drill.clients import modelled
from ewarn.drill.fleet.clocks import Clocks
from ewarn.drill.fleet.fits import as_they_run, authorities, check_drill, check_shares, engines
from ewarn.drill.fleet.joining import Waiting, clock_of, find_gateways, join, of_key, start_all
from ewarn.drill.fleet.journals import Journals
from ewarn.drill.fleet.keepers import Wanted, journals, opened
from ewarn.drill.fleet.roll import Roll
from ewarn.drill.fleet.service import FleetService
from ewarn.drill.fleet.started import Started
from ewarn.drill.fleet.swarms import LedSwarms, Seen, Slice, sliced
from ewarn.drill.fleet.table import table
from ewarn.drill.gateways import Gateway
from ewarn.drill.made import made
from ewarn.drill.outcome import Outcome, Shared, draw_up
from ewarn.drill.playing import play_once
from ewarn.drill.scenario import Scenario
from ewarn.drill.watcher import Watcher
from ewarn.errors import InputError, MeasurementError
from ewarn.gateway.intake.keys import signing_key
from ewarn.gateway.sending.journal import Journal
from ewarn.seismic.streams import stream
from ewarn.system.clock import Clock
from ewarn.system.machine import Machine, available_bytes
from ewarn.verdict.clients import MIXED, SOCKETS, Clients
from ewarn.verdict.document import Environment
from ewarn.verdict.fleet import OfFleet
from ewarn.wire.signing import Signer
from ewarn.wire.swarms import JOURNALS, Here, Mile, Prepare
from ewarn.words import counted, say

QUIET_S = 5.0
"""a drill waits for missing receipts until none has come for so long"""
KEY_BYTES = 32
"""of the key of clock exchanges"""


@dataclass(frozen=True)
class Fleet:
    """A fleet file, and where it stands."""

    settings: FleetSettings
    file: Path

    @property
    def swarms(self) -> list[str]:
        """Names of its hosts with a swarm."""
        return [one.name for one in self.settings.swarm]

    @property
    def gateways(self) -> list[str]:
        """Names of its hosts with a gateway."""
        return [one.name for one in self.settings.gateway]


@dataclass(frozen=True)
class Joined:
    """A fleet that is there."""

    fleet: FleetSettings
    here: Mapping[str, Here]
    """hosts with a swarm"""
    gateways: Mapping[str, Gateway]
    leading: Leading
    roll: Roll
    clocks: Clocks
    journals: Journals | None
    """None: no gateway keeps one"""
    publisher: BusPublisher
    signer: Signer


def run(
    settings: DrillSettings,
    fleet: Fleet,
    *,
    machine: Machine,
    clock: Clock,
    view: Watcher,
    repeat: int = 1,
    quiet_s: float = QUIET_S,
    command: Sequence[str] = (),
) -> Generator[Outcome, None, None]:
    """Play the drill `repeat` times over the same connections, and yield each play as it is judged.

    Raises InputError for all that does not fit, before anybody connects. However it ends, swarms let go of their
    connections, and what was started is ended.
    """
    check_drill(settings, fleet.settings)
    check_files(fleet.settings, fleet.file)
    slices = sliced(fleet.swarms, check_shares(fleet.settings, settings.audience.users))
    available, by = available_bytes(), made(clock, command)
    scenario = told(prepared(settings, repeat), view)
    with ExitStack() as stack:
        notes = Journal(*journal(stack, scenario))
        joined = _joined(stack, settings, fleet, notes, clock, view)
        healths = {name: one.health for name, one in joined.gateways.items()}
        settings = as_they_run(settings, healths)
        chronicle = Chronicle(clock, view)
        joined.roll.tell(chronicle)
        service = FleetService(joined.publisher, joined.signer, joined.gateways, joined.roll, chronicle)
        view.opens(scenario, [one.target for one in service.gateways], service.key)
        swarms = stack.enter_context(_swarms(joined, slices, len(scenario.reports), clock))
        _prepare(settings, joined, swarms, scenario, view)
        due, clients = scenario.due.sum(axis=1).tolist(), _told_of(_clients(settings, fleet.settings), view)
        shared = Shared(scenario, service, notes, swarms, due, clock, view, quiet_s, clients)
        complaints = connect(shared)
        for _ in range(repeat):
            outcome = draw_up(settings, shared, play_once(settings, shared))
            environment = _environment(outcome, machine, joined, available)
            yield replace(outcome, environment=environment, complaints=complaints, made=by)


def _joined(
    stack: ExitStack, settings: DrillSettings, fleet: Fleet, notes: Journal, clock: Clock, view: Watcher
) -> Joined:
    """Bring it together; it ends with the stack. Raises InputError."""
    of, keys = fleet.settings, Path(fleet.settings.bus.keys)
    lines, signer = parse_bus(of.bus.joined), of_key("bus.signing_key", lambda: signing_key(Path(of.bus.signing_key)))
    centre, conductor = (
        of_key("bus.keys", partial(read_identity, role(name), str(seed_file(keys, name))))
        for name in ("centre", "conductor")
    )
    started = stack.enter_context(Started(fleet.file.resolve().parent))
    start_all(of, started)
    run_ = secrets.token_hex(16)
    leading = stack.enter_context(Leading(lines, conductor, clock, run_, fleet.swarms))
    to_gateways = opened(stack, Leading(lines, conductor, clock, run_, fleet.gateways, JOURNALS), view.say)
    waiting = Waiting(started, clock, clock.monotonic_ns() + round(of.join_s * 1e9))
    key = secrets.token_bytes(KEY_BYTES)
    here = join(of, leading, waiting, key, view)
    gateways = find_gateways(of, settings, leading, waiting)
    ears = {one.name: (one.address, here[one.name].ear) for one in of.swarm}
    clocks = stack.enter_context(Clocks(ears, key, {name: clock_of(one) for name, one in here.items()}))
    try:
        clocks.begin(fleet.swarms)
    except MeasurementError as error:  # nothing has been measured yet: a way is closed, or a file says where it is not
        raise InputError(str(error)) from None
    view.say(say("log.fleet", counted("swarms", len(here)), counted("gateways", len(gateways))))
    kept = journals(stack, to_gateways, Wanted(notes, _addresses(gateways), key, of.lease_s), clock, view.say)
    publisher = stack.enter_context(bus_publisher(lines, centre, clock, signer))
    roll = stack.enter_context(Roll(leading, started, fleet.swarms, fleet.gateways, clock))
    return Joined(of, here, gateways, leading, roll, clocks, kept, publisher, signer)


def _addresses(gateways: Mapping[str, Gateway]) -> dict[str, str]:
    return {name: one.target.host for name, one in gateways.items()}


def _swarms(joined: Joined, slices: list[Slice], reports: int, clock: Clock) -> LedSwarms:
    roll, leading = joined.roll, joined.leading
    healths = {name: one.health for name, one in joined.gateways.items()}

    def seen(found: Seen) -> OfFleet:
        return table(joined.fleet, slices, joined.here, healths, found, roll.lost | roll.ever_away)

    names = list(joined.gateways)
    return LedSwarms(leading, roll, joined.clocks, slices, names, reports, clock, seen, joined.journals)


def _prepare(settings: DrillSettings, joined: Joined, swarms: LedSwarms, scenario: Scenario, view: Watcher) -> None:
    """Give each swarm its users."""
    of, habits, users = joined.fleet, settings.swarm, settings.audience.users
    phones = {one.name: one.phones for one in of.swarm}
    sampled = stream(settings.seed, "sample").random(users) < habits.sample
    doing, mile = say("doing.handing-users-out"), settings.last_mile
    ca = authorities(of)

    def order(one: Slice) -> Prepare:
        return Prepare(
            first=one.first,
            users=one.users,
            reports=len(scenario.reports),
            seed=settings.seed,
            connects_per_s=habits.connects_per_s * one.users / users,
            chat_per_s=habits.chat_per_s,
            reconnect=True,
            gateways=tuple(one.url for one in of.gateway),
            ca=ca,
            home_s=of.home_s,
            phones=phones[one.name],
            ack_delay_ms=habits.ack_delay_ms,
            last_mile=Mile(mile.rtt_ms, mile.jitter_ms, mile.loss) if mile else None,
        )

    swarms.prepare(scenario.audience, sampled, order, lambda done, total: view.progress(doing, done, total))


def _clients(settings: DrillSettings, fleet: FleetSettings) -> Clients:
    """Of all hosts together; the table of hosts has each."""
    kinds = {one.phones for one in fleet.swarm}
    if kinds == {"sockets"}:
        return SOCKETS
    kind, delay_ms = "packets" if len(kinds) == 1 else MIXED, settings.swarm.ack_delay_ms
    return Clients(kind=kind, ack_delay_ms=delay_ms, last_mile=modelled(settings.last_mile))


def _told_of(clients: Clients, view: Watcher) -> Clients:
    """The same; of packets is said what they are."""
    for line in (say("log.clients", clients.said), *clients.notes) if clients.are_packets else ():
        view.say(line)
    return clients


def _environment(outcome: Outcome, machine: Machine, joined: Joined, available: int) -> Environment:
    """On what a play ran; the machine, and the memory used of it, are the conductor's; the table has other hosts."""
    settings, clients = outcome.settings, outcome.environment.clients
    healths = {name: one.health for name, one in joined.gateways.items()}
    return Environment(
        **asdict(machine),
        memory_used_gib=round(max(0, available - available_bytes()) / 2**30, 2),
        engine=engines(healths),
        order=settings.gateway.order,
        rate_per_s=settings.gateway.rate_per_s,
        shards=sum(one.shards for one in healths.values()),
        gateway="external",
        path="network" if any(one.elsewhere for one in joined.gateways.values()) else "loopback",
        tls=joined.fleet.secure,
        clients=clients,
        speed=settings.speed,
        seed=settings.seed,
    )

"""The conductor: brings gateway and swarm together, has the quake played, and has the verdict given."""

from collections.abc import Generator, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import asdict, replace
from itertools import cycle, islice
from typing import Any

import numpy as np
from msgspec import UNSET

from ewarn.audience.followed import MOST_PLACES
from ewarn.config.drill import DrillSettings
from ewarn.drill.beginning import connect, journal, prepared, told
from ewarn.drill.cabling import ENDS, Cabling, cabling, last_mile
from ewarn.drill.clients import of_drill
from ewarn.drill.gateways import SUPERVISOR, External
from ewarn.drill.made import made
from ewarn.drill.outcome import Outcome, Shared, draw_up
from ewarn.drill.outward import outward
from ewarn.drill.platforms import Platforms, open_platforms
from ewarn.drill.playing import play_once
from ewarn.drill.scenario import Scenario
from ewarn.drill.view import View
from ewarn.drill.watcher import Watcher
from ewarn.errors import GatewayError
from ewarn.gateway.sending.journal import Journal
from ewarn.seismic.streams import stream
from ewarn.swarm.client import parse_target
from ewarn.swarm.crew import Swarm
from ewarn.swarm.deal import devices
from ewarn.swarm.habits import Habits
from ewarn.swarm.over import Over
from ewarn.system.address import is_loopback, resolve
from ewarn.system.clock import Clock
from ewarn.system.machine import Machine, available_bytes, check_fit
from ewarn.verdict.clients import Clients
from ewarn.verdict.document import Environment
from ewarn.wire.health import Health
from ewarn.words import called, say

QUIET_S = 5.0
"""a drill waits for missing receipts until none has come for so long, unless it is told otherwise"""
LOSSY_QUIET_S = 20.0
"""the same over a last mile that loses packets: TCP sends again after 3 s to a user whose handshake was repeated
(RFC 6298, section 5, 5.7), then after 6 and 12 s (5.5)"""
TRICKLE = 800
"""bytes that a slow client reads a second: less than reports bring, and enough not to be dropped"""


def run(
    settings: DrillSettings,
    *,
    machine: Machine,
    clock: Clock,
    view: Watcher,
    external: External | None = None,
    repeat: int = 1,
    orders: Sequence[str] = (),
    guests: int = 0,
    gateway_target: str = SUPERVISOR,
    quiet_s: float | None = None,
    command: Sequence[str] = (),
    origins: tuple[str, ...] = (),
) -> Generator[Outcome, None, None]:
    """Play the drill `repeat` times over the same connections, and yield each play as it is judged.

    With `orders`, each time once with each in turn, instead of the settings'. A gateway of its own has room for
    `guests` besides, who are told, and no part of the drill; `origins` are pages of theirs. A play whose receipts are
    not complete is over once none has come for `quiet_s`. `command` is what was typed, for the files.
    """
    plays, available, by = repeat * max(1, len(orders)), available_bytes(), made(clock, command)
    clients, quiet = of_drill(settings, external, view), _quiet_s(settings) if quiet_s is None else quiet_s
    scenario = _prepared(settings, clients, machine, plays, view)
    with ExitStack() as stack:
        memory = journal(stack, scenario)
        laid = stack.enter_context(cabling(settings, clients, _devices(scenario), machine))
        platforms = stack.enter_context(
            open_platforms(
                settings,
                scenario.on,
                external,
                journal=memory,
                clock=clock,
                view=view,
                guests=guests,
                origins=origins,
                gateway_target=gateway_target,
                cabling=laid,
            )
        )
        view.opens(scenario, platforms.targets, platforms.key)
        swarm = stack.enter_context(_swarm(settings, scenario, platforms, machine, clock, external, laid))
        due = scenario.due.sum(axis=1).tolist()
        shared = Shared(scenario, platforms, Journal(*memory), swarm, due, clock, view, quiet, clients, laid)
        complaints = connect(shared)
        _obstruct(settings, swarm, scenario, view)
        settings = _taken_over(stack, settings, platforms, orders, view) if external else settings
        for outcome in _plays(settings, shared, platforms, orders, plays):
            environment = _environment(outcome, machine, platforms, external, available)
            yield replace(outcome, environment=environment, complaints=complaints, made=by)


def _devices(scenario: Scenario) -> int:
    """How many all users have together."""
    return int(devices(len(scenario.on), scenario.on).sum())


def _plays(
    settings: DrillSettings, shared: Shared, platforms: Platforms, orders: Sequence[str], plays: int
) -> Iterator[Outcome]:
    """So many, each judged, but for the environment."""
    for turn in range(plays):
        in_force = _in_turn(settings, platforms, shared.view, orders[turn % len(orders)]) if orders else settings
        yield draw_up(in_force, shared, play_once(in_force, shared))


def _taken_over(
    stack: ExitStack, settings: DrillSettings, platforms: Platforms, orders: Sequence[str], view: View
) -> DrillSettings:
    """The settings of a gateway that ran before; where a drill changes its order, it has it again in the end."""
    found = _as_it_runs(settings, platforms.health)
    if orders:
        stack.callback(_give_back, platforms, found.gateway.order, view)
    return found


def _prepared(settings: DrillSettings, clients: Clients, machine: Machine, plays: int, view: View) -> Scenario:
    """What is known beforehand, told to whoever watches. Raises InputError for what cannot be, or does not fit."""
    ends = ENDS[clients.kind]
    check_fit(settings.audience.users, machine, ends)
    scenario = prepared(settings, plays)
    check_fit(int(np.unpackbits(scenario.on[:, None]).sum()), machine, ends)
    return told(scenario, view)


def _quiet_s(settings: DrillSettings) -> float:
    """How long silence lasts before missing receipts are given up."""
    return LOSSY_QUIET_S if settings.last_mile and settings.last_mile.loss else QUIET_S


def _in_turn(settings: DrillSettings, platforms: Platforms, view: View, order: str) -> DrillSettings:
    """Have the gateways go by this order; the settings that are then in force."""
    platforms.change(order=order)
    view.say(say("verdict.order", called("order", order)))
    return _with_gateway(settings, order=order)


def _with_gateway(settings: DrillSettings, **changed: Any) -> DrillSettings:
    return settings.model_copy(update={"gateway": replace(settings.gateway, **changed)})


def _as_it_runs(settings: DrillSettings, health: Health) -> DrillSettings:
    """The settings in force where a gateway ran before: its own order, rate and engine, as far as it tells."""
    told = {name: getattr(health, name) for name in ("order", "rate_per_s", "engine")}
    return _with_gateway(settings, **{name: value for name, value in told.items() if value is not UNSET})


def _give_back(platforms: Platforms, order: str, view: View) -> None:
    """However the drill ends: a gateway that ran before has its own order again."""
    try:
        platforms.change(order=order)
    except GatewayError as error:
        view.say(say("log.keeps-order", str(error)))


def _obstruct(settings: DrillSettings, swarm: Swarm, scenario: Scenario, view: View) -> None:
    """Have those connect besides who hardly read."""
    audience = scenario.audience
    homes = cycle(zip(audience.latitude.tolist(), audience.longitude.tolist(), strict=True))
    if settings.swarm.stuck:
        swarm.obstruct([[home] for home in islice(homes, settings.swarm.stuck)])
        view.say(say("log.stuck", f"{settings.swarm.stuck:,}"))
    if settings.swarm.slow:
        swarm.obstruct([[home] * MOST_PLACES for home in islice(homes, settings.swarm.slow)], TRICKLE)
        view.say(say("log.slow", f"{settings.swarm.slow:,}", str(TRICKLE)))


def _swarm(
    settings: DrillSettings,
    scenario: Scenario,
    platforms: Platforms,
    machine: Machine,
    clock: Clock,
    external: External | None,
    laid: Cabling | None,
) -> Swarm:
    audience = scenario.audience
    chosen = stream(settings.seed, "sample").random(len(audience)) < settings.swarm.sample
    return Swarm(
        platforms.targets,
        audience.followed,
        audience.threshold,
        Habits(
            settings.swarm.connects_per_s,
            settings.seed,
            reconnect=bool(settings.platforms or settings.gateway.resize),
            chat_per_s=settings.swarm.chat_per_s,
        ),
        reports=len(scenario.reports),
        sampled=chosen,
        machine=machine,
        clock=clock,
        on=scenario.on,
        allow_network=bool(external and external.allow_network),
        over=laid.over(platforms.along) if laid else _outward(settings, external, machine),
    )


def _outward(settings: DrillSettings, external: External | None, machine: Machine) -> Over | None:
    """The way of packets to a gateway on another host; None where clients are sockets."""
    phones = settings.swarm.phones
    if not external or not phones.interface:
        return None
    target = parse_target(external.to, external.ca)
    to = resolve(
        "--to", target.host, target.port, allow_network=external.allow_network, otherwise="sends the load there"
    )
    return outward(
        phones,
        [to],
        settings.audience.users,
        machine,
        round(settings.swarm.ack_delay_ms * 1e6),
        last_mile(settings),
        slow=max(settings.swarm.stuck, settings.swarm.slow),
    )


def _environment(
    outcome: Outcome, machine: Machine, platforms: Platforms, external: External | None, available: int
) -> Environment:
    """On what a play ran; `available` bytes of memory there were before."""
    settings, clients, health = outcome.settings, outcome.environment.clients, platforms.health
    return Environment(
        **asdict(machine),
        memory_used_gib=round(max(0, available - available_bytes()) / 2**30, 2),
        engine=health.engine or None,
        order=settings.gateway.order,
        rate_per_s=health.rate_per_s or None if external else settings.gateway.rate_per_s,
        shards=platforms.shards,
        gateway="external" if external else "own",
        path=_path(platforms, clients, external),
        tls=all(target.tls for target in platforms.targets),
        clients=clients,
        speed=settings.speed,
        seed=settings.seed,
    )


def _path(platforms: Platforms, clients: Clients, external: External | None) -> str:
    if clients.kind == "packets":
        return "network" if external else "veth"
    hosts = [target.host for target in platforms.targets]
    loopback = all(is_loopback((host, 0)) or host == "localhost" for host in hosts)
    return "loopback" if loopback else "network"

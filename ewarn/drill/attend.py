"""A swarm on its own: real clients on any gateway, without a drill around them."""

import re
from collections.abc import Callable, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ewarn.audience.mix import Mix
from ewarn.audience.users import sample
from ewarn.config.catalogues import READERS, find_quake
from ewarn.config.places import find_places
from ewarn.drill.asking import Asking, named
from ewarn.drill.beginning import CONNECTING
from ewarn.drill.cabling import counted
from ewarn.drill.clients import of_visit
from ewarn.drill.gateways import address_of, check_certificate, health
from ewarn.drill.outward import outward
from ewarn.drill.playing import TICK_S
from ewarn.drill.view import View
from ewarn.errors import InputError, NobodyConnectedError
from ewarn.seismic.streams import stream
from ewarn.swarm.client import Target, parse_target
from ewarn.swarm.crew import Swarm
from ewarn.swarm.deal import settled
from ewarn.swarm.fleet import Host
from ewarn.swarm.habits import Habits
from ewarn.swarm.kind import Phones
from ewarn.swarm.losses import losses
from ewarn.swarm.over import Over
from ewarn.system.clock import Clock, WallClock
from ewarn.system.machine import Machine, check_fit, this_machine
from ewarn.verdict.clients import Clients
from ewarn.verdict.receipts import NEVER, TALLIES
from ewarn.words import joined, say

MOST_REPORTS = 64
COMEBACK_S = 2.0
"""clients on their way back are waited for at the end, until none has come for so long"""


@dataclass(frozen=True)
class Attended:
    """What became of a swarm."""

    counts: dict[str, int]
    """by the names of `TALLIES`, without what only those do who find a gateway, where these did not"""
    lost: list[str]
    """what should have been and was not, in words; none if nothing was lost"""
    untrusted: list[str]
    """why what was measured cannot be trusted, in words"""
    placed: dict[str, tuple[int, int]] | None = None
    """by host: clients connected in the end whose home it is, and others; None where there is one"""


def quake_id(given: str) -> str:
    """The id of a quake whose file is given, or the id itself. Raises InputError where it can be neither."""
    if Path(given).suffix.lower() in READERS:
        return find_quake(given).id
    if not re.fullmatch(r"[a-z0-9][a-z0-9._-]{0,63}", given):
        raise InputError(f"--quake: expected the id of a quake or a {', '.join(READERS)} file, got {given!r}")
    return given


@dataclass(frozen=True)
class Visit:
    """Who comes to a gateway, and for how long."""

    to: str
    """an address; several, with commas between, where clients find a gateway, or are packets, each with a home"""
    clients: int
    places: str
    mix: Mix
    habits: Habits
    seconds: float | None
    """None: until Ctrl-C"""
    churn_per_s: float
    """share of the clients that hang up and return each second"""
    allow_network: bool
    ca: str | None = None
    """file with the certificates to trust, for TLS; None: those that this system trusts"""
    phones: Phones = field(default_factory=Phones)


def attend(
    visit: Visit, view: View, storm_is_due: Callable[[], bool], keep: Callable[[NDArray[Any]], None]
) -> Attended:
    """Connect, stay, and return what became of it.

    All hang up and return whenever `storm_is_due` says so. In the end `keep` is given the receipts of reports up to
    number 64 (dtype `RECEIPT`), released unknown.
    """
    targets, clock = _targets(visit), WallClock()
    clients = of_visit(Phones() if visit.habits.finding else visit.phones, targets, view)
    for target in targets[:1] if visit.habits.finding else targets:
        check_certificate(target, allow_network=visit.allow_network)
    homes = _homes(targets, visit.clients) if len(targets) > 1 and clients.kind == "packets" else None
    with ExitStack() as stack:
        asking = stack.enter_context(_asking(visit, targets)) if visit.habits.finding else None
        crew = stack.enter_context(_swarm(visit, clients, asking.hosts if asking else targets, clock, homes))
        look = _following(asking, crew, view) if asking else crew.check
        _connect(crew, view, look)
        theirs = [one.target for one in asking.hosts if one.state == "up"] if asking else targets
        all_hear = visit.mix == Mix() and not any(_holds_back(one) for one in theirs)
        try:
            # Whoever reads this may end it at once.
            view.say(say("log.attending", f"{crew.book.total('connected'):,}", f"{visit.clients:,}"))
            _stay(crew, clock, visit.seconds, visit.churn_per_s, storm_is_due, look)
        except KeyboardInterrupt:
            view.say(say("log.leaving"))
        with suppress(KeyboardInterrupt):
            _await_returns(crew, clock, look)
        end_ns, there = clock.monotonic_ns(), crew.book.there > 0
        crew.collect()
        counts = {name: crew.book.total(name) for name in TALLIES if asking or name != "moved"}
        lost = losses(counts, crew.book.read, there, end_ns, quake=visit.habits.quake or "", all_hear=all_hear)
        receipts = crew.book.table(np.full(MOST_REPORTS, NEVER, np.int64))
        keep(receipts[receipts["read"] != NEVER])
        untrusted: list[str] = list(counted(clients, crew).doubts())
        placed = crew.placed() if asking or homes is not None else None
    return Attended(counts, lost, untrusted, placed)


def _targets(visit: Visit) -> list[Target]:
    """Of `--to`. Raises InputError."""
    found = [parse_target(one.strip(), visit.ca) for one in visit.to.split(",")]
    if visit.ca and not all(one.tls for one in found):
        raise InputError("--ca: needs an address with wss:// in --to")
    if len(found) > 1 and not visit.habits.finding and visit.phones.wish != "packets":
        raise InputError(f"--to: {len(found)} addresses, expected 1; several need --find, or --phones packets")
    if visit.habits.finding and visit.phones.wish == "packets":
        raise InputError("--find: packets keep to the gateways of --to; leave out --find, or --phones packets")
    if len({one.authority for one in found}) < len(found) and not visit.habits.finding:
        raise InputError("--to: an address is there twice; each gateway is to be there once")
    return found


def _homes(targets: Sequence[Target], users: int) -> NDArray[np.int16]:
    """Which of them each user keeps to, by their names and weights. Raises InputError where one does not answer."""
    hosts = named(targets)
    for (_, weight), target in zip(hosts, targets, strict=True):
        if not weight:
            raise InputError(f"--to: {target.authority} has room for nobody")
    return settled(hosts, range(users))


def _asking(visit: Visit, targets: list[Target]) -> Asking:
    assert visit.habits.finding  # noqa: S101  or nobody asks
    random = Random(f"{visit.habits.seed} asking")
    return Asking(targets, visit.habits.finding.ask_s, random, allow_network=visit.allow_network)


def _following(asking: Asking, crew: Swarm, view: View) -> Callable[[], None]:
    """Raise MeasurementError if a process has died, and hand on a list that is new."""
    handed_on = asking.hosts

    def look() -> None:
        nonlocal handed_on
        crew.check()
        if (newest := asking.hosts) != handed_on:
            crew.go_by(newest)
            handed_on = newest
        for problem in asking.problems():
            view.say(problem)

    return look


def _swarm(
    visit: Visit,
    kind: Clients,
    targets: Sequence[Target] | Sequence[Host],
    clock: Clock,
    homes: NDArray[np.int16] | None,
) -> Swarm:
    machine = this_machine()
    check_fit(visit.clients, machine)
    audience = sample(find_places(visit.places), visit.clients, stream(visit.habits.seed, "audience"), mix=visit.mix)
    return Swarm(
        targets,
        audience.followed,
        audience.threshold,
        visit.habits,
        reports=MOST_REPORTS,
        sampled=np.zeros(visit.clients, np.bool_),
        machine=machine,
        clock=clock,
        homes=homes,
        allow_network=visit.allow_network,
        over=None if kind.kind == "sockets" else _over(visit, kind, targets, machine),
    )


def _over(visit: Visit, kind: Clients, targets: Sequence[Target | Host], machine: Machine) -> Over:
    found = [one.target if isinstance(one, Host) else one for one in targets]
    to = [address_of(one, allow_network=visit.allow_network) for one in found]
    return outward(visit.phones, to, visit.clients, machine, round((kind.ack_delay_ms or 0) * 1e6))


def _connect(crew: Swarm, view: View, look: Callable[[], None]) -> None:
    doing = say(CONNECTING)
    complaints = crew.connect(lambda done: view.progress(doing, done, crew.devices), look)
    for complaint in complaints:
        view.say(say("log.could-not-connect", complaint))
    if not crew.book.total("connected"):
        raise NobodyConnectedError(say("log.no-client", joined(*complaints) or say("log.no-reason")))


def _holds_back(target: Target) -> bool:
    """Whether the gateway tells some of those that follow a place, and others not; one that does not say tells all."""
    try:
        return bool(health(target).gates.get("intensity"))
    except InputError:
        return False


def _await_returns(crew: Swarm, clock: Clock, look: Callable[[], None]) -> None:
    """Wait for those who hung up or were lost, as long as they come back."""
    fewest, since = crew.away(), clock.monotonic_ns()
    while (away := crew.away()) > 0 and clock.monotonic_ns() - since < COMEBACK_S * 1e9:
        if away < fewest:
            fewest, since = away, clock.monotonic_ns()
        look()
        clock.sleep(TICK_S)


def _stay(
    crew: Swarm,
    clock: Clock,
    seconds: float | None,
    churn_per_s: float,
    storm_is_due: Callable[[], bool],
    look: Callable[[], None],
) -> None:
    """Be there until the time is up, or the gateway has closed every connection."""
    now = clock.monotonic_ns()
    end = now + seconds * 1e9 if seconds else float("inf")
    churn_due = now + 1e9
    while now < end and crew.book.total("closed") < crew.book.total("connected"):
        look()
        if storm_is_due():
            crew.bounce(1.0)
        if churn_per_s and now >= churn_due:
            crew.bounce(churn_per_s)
            churn_due += 1e9
        clock.sleep(TICK_S)
        now = clock.monotonic_ns()

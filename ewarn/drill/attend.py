"""A swarm on its own: real clients on any gateway, without a drill around them."""

import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ewarn.audience.mix import Mix
from ewarn.audience.users import sample
from ewarn.config.catalogues import READERS, find_quake
from ewarn.config.places import find_places
from ewarn.drill.conductor import TICK_S
from ewarn.drill.gateways import health
from ewarn.drill.view import View
from ewarn.errors import InputError, NobodyConnectedError
from ewarn.seismic.streams import stream
from ewarn.swarm.client import Target, parse_target
from ewarn.swarm.crew import Swarm
from ewarn.swarm.habits import Habits
from ewarn.swarm.losses import losses
from ewarn.system.clock import Clock, WallClock
from ewarn.system.machine import check_fit, this_machine
from ewarn.verdict.receipts import NEVER, TALLIES

MOST_REPORTS = 64
COMEBACK_S = 2.0
"""clients on their way back are waited for at the end, until none has come for so long"""


@dataclass(frozen=True)
class Attended:
    """What became of a swarm."""

    counts: dict[str, int]
    """by the names of `TALLIES`"""
    lost: list[str]
    """what should have been and was not, in words; none if nothing was lost"""


def quake_id(given: str) -> str:
    """The id of a quake whose file is given, or the id itself. Raises InputError where it can be neither."""
    if Path(given).suffix.lower() in READERS:
        return find_quake(given).id
    if not re.fullmatch(r"[a-z0-9][a-z0-9._-]{0,63}", given):
        raise InputError(f"--quake: expected the id of a quake or a {', '.join(READERS)} file, got {given!r}")
    return given


def attend(
    to: str,
    *,
    clients: int,
    quake: str,
    view: View,
    seconds: float | None,
    seed: int,
    places: str,
    mix: Mix,
    connects_per_s: float,
    keep: Callable[[NDArray[Any]], None],
    allow_network: bool,
    churn_per_s: float,
    chat_per_s: float,
    reconnect: bool,
    storm_is_due: Callable[[], bool],
) -> Attended:
    """Connect, stay, and return what became of it.

    In the end `keep` is given the receipts of reports up to number 64 (dtype `RECEIPT`), released unknown. `quake` is
    an id, or the path of a file.

    Each second `churn_per_s`, a share, of the clients hang up and return, and `chat_per_s` of them say something; all
    hang up and return whenever `storm_is_due` says so. With `reconnect`, so do those whom the gateway sends away or
    loses.
    """
    machine, clock, target = this_machine(), WallClock(), parse_target(to)
    quake = quake_id(quake)
    check_fit(clients, machine)
    audience = sample(find_places(places), clients, stream(seed, "audience"), mix=mix)
    with Swarm(
        target,
        audience.followed,
        audience.threshold,
        Habits(connects_per_s, seed, quake=quake, reconnect=reconnect, chat_per_s=chat_per_s),
        reports=MOST_REPORTS,
        sampled=np.zeros(clients, np.bool_),
        machine=machine,
        clock=clock,
        allow_network=allow_network,
    ) as crew:
        complaints = crew.connect(lambda done: view.progress("connecting users", done, clients), lambda: None)
        for complaint in complaints:
            view.say(f"could not connect: {complaint}")
        if not crew.book.total("connected"):
            raise NobodyConnectedError(f"no client could connect: {'; '.join(complaints) or 'no reason given'}")
        all_hear = mix == Mix() and not _holds_back(target)
        try:
            # Whoever reads this may end it at once.
            view.say(f"{crew.book.total('connected'):,} of {clients:,} clients connected; Ctrl-C ends")
            _stay(crew, clock, seconds, churn_per_s, storm_is_due)
        except KeyboardInterrupt:
            view.say("leaving")
        with suppress(KeyboardInterrupt):
            _await_returns(crew, clock)
        end_ns, there = clock.monotonic_ns(), crew.book.there > 0
        crew.collect()
        counts = {name: crew.book.total(name) for name in TALLIES}
        lost = losses(counts, crew.book.read, there, end_ns, quake=quake, all_hear=all_hear)
        receipts = crew.book.table(np.full(MOST_REPORTS, NEVER, np.int64))
        keep(receipts[receipts["read"] != NEVER])
    return Attended(counts, lost)


def _holds_back(target: Target) -> bool:
    """Whether the gateway tells some of those that follow a place, and others not; one that does not say tells all."""
    try:
        gates = health(target).get("gates")
    except InputError:
        return False
    return bool(isinstance(gates, dict) and gates.get("intensity"))


def _await_returns(crew: Swarm, clock: Clock) -> None:
    """Wait for those who hung up or were lost, as long as they come back."""
    fewest, since = crew.away(), clock.monotonic_ns()
    while (away := crew.away()) > 0 and clock.monotonic_ns() - since < COMEBACK_S * 1e9:
        if away < fewest:
            fewest, since = away, clock.monotonic_ns()
        crew.check()
        clock.sleep(TICK_S)


def _stay(
    crew: Swarm, clock: Clock, seconds: float | None, churn_per_s: float, storm_is_due: Callable[[], bool]
) -> None:
    """Be there until the time is up, or the gateway has closed every connection."""
    now = clock.monotonic_ns()
    end = now + seconds * 1e9 if seconds else float("inf")
    churn_due = now + 1e9
    while now < end and crew.book.total("closed") < crew.book.total("connected"):
        crew.check()
        if storm_is_due():
            crew.bounce(1.0)
        if churn_per_s and now >= churn_due:
            crew.bounce(churn_per_s)
            churn_due += 1e9
        clock.sleep(TICK_S)
        now = clock.monotonic_ns()

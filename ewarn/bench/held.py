"""Finished runs beside the forecast: how long the last user waited, and how long a fleet of that size should take."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import numpy as np
from msgspec import UNSET

from ewarn.bench.bearing import Bears, Bounds
from ewarn.bench.capacity import Goal
from ewarn.bench.forecast import Forecast, Hosts, Terms, forecast
from ewarn.errors import InputError
from ewarn.system import json_files
from ewarn.verdict.document import Document
from ewarn.words import say


@dataclass(frozen=True)
class Timed:
    """What a run says of itself."""

    run: str
    users: int
    gateways: int
    """that were there to the end"""
    rate_per_s: float | None
    """of each; None: none was set"""
    seconds: float
    """from the release until the last had read it, median over `reports`"""
    least: float
    most: float
    reports: int
    """that all users were to have and read, before the next one came"""
    fullest: int | None
    """users of the gateway with the most; None: not told"""
    trusted: bool


@dataclass(frozen=True)
class Held:
    """A run, and what is modelled of it."""

    measured: Timed
    modelled: Forecast
    difference: float
    """measured over modelled, less 1"""


def timed(run: Path, rate_per_s: float | None = None) -> Timed:
    """What `verdict.json` in a run's folder says; a rate that is given stands above the one that it has.

    Raises InputError naming the file, where no report was read by all users.
    """
    path = run / "verdict.json" if run.is_dir() else run
    found = json_files.read(path, Document)
    if found.platforms is not UNSET:
        raise InputError(say("sizing.platforms", f"{path}: platforms"))
    whole = [
        one.delivery_ms.max / 1e3
        for one in found.reports
        if one.targets == one.delivered == found.users and one.delivery_ms.max is not None
    ]
    if not whole:
        raise InputError(say("sizing.none-whole", f"{path}: reports", f"{found.users:,}"))
    hosts = found.fleet.hosts if found.fleet else {}
    gateways = [one for one in hosts.values() if one.kind == "gateway" and not one.lost]
    return Timed(
        run=str(run),
        users=found.users,
        gateways=max(1, len(gateways)),
        rate_per_s=rate_per_s or found.environment.rate_per_s,
        seconds=median(whole),
        least=min(whole),
        most=max(whole),
        reports=len(whole),
        fullest=max((one.users for one in gateways), default=0) or None,
        trusted=not found.harness.untrusted,
    )


def held(one: Timed, bears: Callable[[Bounds], Bears] | None, bounds: Bounds, terms: Terms, gbit: float) -> Held:
    """The run beside its forecast, all of its gateways alike, as it is to be expected: as often more as less.

    `bears`: what a host bears, by the costs of a bench; None: by its rate alone. Raises InputError where neither is
    known.
    """
    bound = Bounds(one.rate_per_s, bounds.capacity, bounds.ports, bounds.tls)
    if bears is None and one.rate_per_s is None:
        raise InputError(say("sizing.no-rate", one.run))
    each = bears(bound) if bears else Bears({"rate": one.rate_per_s or 0.0}, {})
    modelled = forecast(
        Goal(one.users, one.seconds + terms.skew_s), Hosts([each], np.ones(1), one.gateways), terms, gbit
    )
    if modelled.expected_s is None:
        raise InputError(say("sizing.no-room", one.run, say(f"sizing.{modelled.binding}")))
    return Held(one, modelled, one.seconds / modelled.expected_s - 1.0)

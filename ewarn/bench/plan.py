"""What `ewarn plan` is asked, and its answer: what one host bears, a fleet of them, and finished runs beside both."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Group, RenderableType

from ewarn.bench import capacity_results, fleet_results
from ewarn.bench.bearing import Bears, Bounds, bears
from ewarn.bench.capacity import BenchMachine, Goal, Host, Measured, Sizing, size
from ewarn.bench.fleet_results import Fleet
from ewarn.bench.forecast import Forecast, Hosts, Terms, forecast, needed
from ewarn.bench.held import Held, held, timed
from ewarn.bench.planned import bounds_of, fleet_of
from ewarn.config.fleet import FleetSettings


@dataclass(frozen=True)
class Wish:
    """What is asked."""

    promise: Goal
    host: Host
    terms: Terms
    bounds: Bounds
    """of each gateway"""
    hosts: int | None = None
    """how long do so many take"""
    fleet: FleetSettings | None = None
    """how long do its gateways take; with neither, how many hosts are needed"""


@dataclass(frozen=True)
class Plan:
    """The answer. `sizing` and `fleet` are None where there were no costs, only runs."""

    sizing: Sizing | None
    fleet: Fleet | None
    held: Sequence[Held]

    def as_json(self) -> dict[str, Any]:
        """For tools; whatever is modelled stands under that word."""
        told: dict[str, Any] = capacity_results.as_json(self.sizing) if self.sizing else {}
        if self.fleet:
            for name, one in fleet_results.forecasts_json(self.fleet).items():
                told["modelled"][name]["fleet"] = one
            told["fleet"] = fleet_results.fleet_json(self.fleet)
        return told | ({"held": fleet_results.held_json(self.held)} if self.held else {})

    def table(self) -> RenderableType:
        """For people."""
        parts: list[RenderableType] = []
        if self.sizing and self.fleet:
            parts += [capacity_results.table(self.sizing), "", fleet_results.fleet_table(self.fleet)]
        if self.held:
            parts += [*([""] if parts else []), fleet_results.held_table(self.held)]
        return Group(*parts)


def plan(wish: Wish, costs: tuple[BenchMachine, Measured] | None, runs: Sequence[Path]) -> Plan:
    """Work it out, from costs where there are any. Raises InputError."""
    if costs is None:
        return Plan(None, None, [_held(run, wish, None) for run in runs])
    machine, row = costs
    sizing = size(wish.promise, wish.host, machine, row)
    return Plan(sizing, fleet(wish, row), [_held(run, wish, row) for run in runs])


def fleet(wish: Wish, row: Measured) -> Fleet:
    """At the median, the least and the most that a send cost. Raises InputError."""
    each = bounds_of(wish.fleet, wish.bounds, wish.host) if wish.fleet else [wish.bounds]

    def at(send_us: float) -> Forecast:
        bears_of = partial(bears, wish.host, row, send_us)
        return forecast(wish.promise, _hosts(wish, each, bears_of), wish.terms, wish.host.gbit)

    cost = row.send_us
    found = {"median": at(cost.median), "least": at(cost.least), "most": at(cost.most)}
    given = "fleet" if wish.fleet else "hosts" if wish.hosts else None
    return Fleet(wish.promise, each, wish.terms, given, found)


def _hosts(wish: Wish, each: Sequence[Bounds], bears_of: Callable[[Bounds], Bears]) -> Hosts:
    if wish.fleet:
        return fleet_of(wish.fleet, each, bears_of)
    one = bears_of(each[0])
    return Hosts([one], np.ones(1), wish.hosts) if wish.hosts else needed(wish.promise, one, wish.terms)


def _held(run: Path, wish: Wish, row: Measured | None) -> Held:
    bears_of = partial(bears, wish.host, row, row.send_us.median) if row else None
    return held(timed(run, wish.bounds.rate_per_s), bears_of, wish.bounds, wish.terms, wish.host.gbit)

"""Runs of one quake side by side: what each way of dispatch won and lost, and what its order is worth in speed."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ewarn.errors import InputError
from ewarn.runs import alike, run_files
from ewarn.runs.run_files import RunFiles
from ewarn.verdict.balance import Balance, Fates, balance, fates, speed_for

RING_KM = 10.0


@dataclass(frozen=True)
class Play:
    """One play of a drill, as far as it is compared."""

    folder: Path
    unlike: str | None
    """how it differs from the first play in more than its strategy, in words; None: it does not"""
    unknown: str | None
    """what could not be checked of that"""
    quake: str
    order: str
    engine: str
    rate_per_s: float | None
    """at which the gateway was made to send; None: as fast as it could"""
    untrusted: tuple[str, ...]
    """why its measurement cannot be trusted"""
    balance: Balance
    fates: Fates
    distance_km: NDArray[np.float64]
    """of each user from the epicentre"""


@dataclass(frozen=True)
class Strategy:
    """A way of dispatch and its plays."""

    name: str
    plays: tuple[Play, ...]


MEASURES: dict[str, Callable[[Balance], float | None]] = {
    "in_time": lambda one: one.fates["in_time"],
    "lost": lambda one: one.lost,
    "lost_red": lambda one: one.by_level["red"]["lost"],
    "lost_orange": lambda one: one.by_level["orange"]["lost"],
    "suppressed": lambda one: one.fates["suppressed"],
    "missing": lambda one: one.fates["missing"],
    "theoretical_km": lambda one: one.theoretical.km,
    "theoretical_km2": lambda one: one.theoretical.km2,
    "theoretical_people": lambda one: one.theoretical.people,
    "effective_km": lambda one: one.effective.km,
    "effective_km2": lambda one: one.effective.km2,
    "effective_people": lambda one: one.effective.people,
    "lead_lost_mean_s": lambda one: one.lead_lost["mean_s"],
    "lead_lost_p90_s": lambda one: one.lead_lost["p90_s"],
    "first_last_ms": lambda one: one.first_ms["max"],
}
"""What is compared; None stands for infinite, or for nothing to measure."""


def load(folders: Sequence[Path], *, anyway: bool = False) -> list[Strategy]:
    """Strategies in the order of their folders; plays of one strategy within one folder go together.

    Raises InputError where a file is missing, or where plays differ in more than their strategy: see `alike`. With
    `anyway` they are compared all the same, and each says how it differs.
    """
    groups: dict[tuple[Any, ...], list[Play]] = {}
    first: RunFiles | None = None
    for argument, folder in enumerate(folders):
        for path in run_files.plays(folder):
            run = run_files.read(path)
            first = first or run
            play = _play(run, *_unlike(first, run, anyway))
            groups.setdefault((argument, play.order, play.engine, play.rate_per_s), []).append(play)
    names = [_name(plays[0]) for plays in groups.values()]
    return [
        Strategy(name if names.count(name) == 1 else f"{name}, {folders[key[0]].name}", tuple(plays))
        for name, (key, plays) in zip(names, groups.items(), strict=True)
    ]


def document(strategies: Sequence[Strategy]) -> dict[str, Any]:
    """The content of `compare.json`."""
    best = max(strategies, key=_in_time)
    rows = []
    for strategy in strategies:
        first, balances = strategy.plays[0], [play.balance for play in strategy.plays]
        speeds = [speed_for(play.fates, round(_in_time(best))) for play in strategy.plays]
        row: dict[str, Any] = {"name": strategy.name, "order": first.order, "engine": first.engine}
        row |= {"rate_per_s": first.rate_per_s}
        row |= {name: spread(measure(one) for one in balances) for name, measure in MEASURES.items()}
        row |= {"speed_needed": spread(speeds), "rings": rings(strategy).tolist()}
        rows.append(row | {"plays": [{"folder": str(one.folder), **asdict(one.balance)} for one in strategy.plays]})
    first = strategies[0].plays[0]
    plays = [play for strategy in strategies for play in strategy.plays]
    doubts = [f"{play.folder}: {why}" for play in plays for why in play.untrusted]
    return {
        "quake": first.quake,
        "users": first.balance.users,
        "best": best.name,
        "unlike": [play.unlike for play in plays if play.unlike],
        "unchecked": [play.unknown for play in plays if play.unknown] if len(plays) > 1 else [],
        "untrusted": doubts,
        "strategies": rows,
    }


def spread(values: Iterable[float | None]) -> dict[str, float | None]:
    """Median, least and most over plays; None counts as infinite, and is what an infinite one becomes."""
    known = np.array([np.inf if value is None else value for value in values], np.float64)
    found = {"median": np.median(known), "least": known.min(), "most": known.max()}
    return {name: round(float(value), 4) if np.isfinite(value) else None for name, value in found.items()}


def rings(strategy: Strategy) -> NDArray[np.float64]:
    """Rows of: inner edge, km; users who were to be told; share of them warned in time. Over all plays, by distance."""
    distance = np.concatenate([play.distance_km[play.fates.due] for play in strategy.plays])
    in_time = np.concatenate([play.fates.in_time[play.fates.due] for play in strategy.plays])
    ring = (distance // RING_KM).astype(np.int64)
    users = np.bincount(ring)
    there = np.flatnonzero(users)
    share = np.bincount(ring, in_time)[there] / users[there]
    return np.column_stack([there * RING_KM, users[there] / len(strategy.plays), share])


def _in_time(strategy: Strategy) -> float:
    return float(np.median([play.balance.fates["in_time"] for play in strategy.plays]))


def _name(play: Play) -> str:
    rate = f", {play.rate_per_s:,.0f}/s" if play.rate_per_s is not None else ""
    return f"{play.order}, {play.engine}{rate}"


def _unlike(first: RunFiles, run: RunFiles, anyway: bool) -> tuple[str | None, str | None]:
    """How a play differs from the first, and what could not be checked of that."""
    if run is first:
        return None, alike.unknown(run)
    try:
        found = alike.differences(first, run)
    except InputError as error:
        if not anyway:
            raise
        return None, f"{run.folder}: whether it is like {first.folder}: {error}"
    if found and not anyway:
        raise InputError(f"{alike.said(found, first, run)}; use --anyway to compare them")
    return (alike.said(found, first, run) if found else None), alike.unknown(run)


def _play(run: RunFiles, unlike: str | None, unknown: str | None) -> Play:
    verdict, users, rows = run.verdict, run.users, run.warnings
    try:
        place, said = verdict["environment"], verdict["users"]
        quake, order, engine = verdict["quake"], place["order"], place["engine"]
        theoretical = verdict["warned"]["blind_zone_km"]["theoretical"]
        theoretical_km = np.inf if theoretical is None else float(theoretical)
        residents = verdict.get("residents")
    except (KeyError, TypeError) as error:
        raise InputError(f"{run.folder / 'verdict.json'}: missing or of another kind: {error}") from None
    if not len(rows):
        raise InputError(f"{run.folder / 'ledger.npy'}: no report was released, there is nothing to compare")
    in_ledger = int((rows["report"] == rows["report"][0]).sum())
    for name, count in (("users.npy", len(users)), ("ledger.npy", in_ledger)):
        if count != said:
            raise InputError(f"{run.folder / name}: {count:,} users, {said:,} in verdict.json")
    return Play(
        folder=run.folder,
        unlike=unlike,
        unknown=unknown,
        quake=str(quake),
        order=str(order),
        untrusted=tuple(verdict.get("harness", {}).get("untrusted", ())),
        engine=str(engine),
        rate_per_s=place.get("rate_per_s"),
        balance=balance(
            rows,
            users,
            theoretical_km,
            residents_per_user=residents and residents / len(users),
            alarms=run.alarms,
        ),
        fates=fates(rows, run.alarms),
        distance_km=users["distance_km"].astype(np.float64),
    )

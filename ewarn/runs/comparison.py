"""Runs of one quake side by side: what each way of dispatch won and lost, and what its order is worth in speed."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from msgspec.structs import asdict
from numpy.typing import NDArray

from ewarn.errors import InputError
from ewarn.runs import alike, run_files, sound
from ewarn.runs.compared import Comparison, OfPlay, Row, Spread
from ewarn.runs.run_files import RunFiles
from ewarn.verdict.balance import Balance, Fates, balance, fates, speed_for
from ewarn.verdict.clients import SOCKETS, Clients
from ewarn.verdict.people import people_each
from ewarn.verdict.percentiles import finite
from ewarn.words import called, chained, say

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
    clients: Clients = SOCKETS


@dataclass(frozen=True)
class StrategyPlays:
    """A strategy, by its name, and its plays."""

    name: str
    plays: tuple[Play, ...]


MEASURES: dict[str, Callable[[Balance], float | None]] = {
    "in_time": lambda one: one.fates["in_time"],
    "lost": lambda one: one.lost,
    "lost_red": lambda one: one.by_level["red"].lost,
    "lost_orange": lambda one: one.by_level["orange"].lost,
    "suppressed": lambda one: one.fates["suppressed"],
    "missing": lambda one: one.fates["missing"],
    "theoretical_km": lambda one: one.theoretical.km,
    "theoretical_km2": lambda one: one.theoretical.km2,
    "theoretical_people": lambda one: one.theoretical.people,
    "effective_km": lambda one: one.effective.km,
    "effective_km2": lambda one: one.effective.km2,
    "effective_people": lambda one: one.effective.people,
    "lead_lost_mean_s": lambda one: one.lead_lost.mean_s,
    "lead_lost_p90_s": lambda one: one.lead_lost.p90_s,
    "first_last_ms": lambda one: one.first_ms.max,
}
"""What is compared, as `Row` has it; None stands for infinite, or for nothing to measure."""


def load(folders: Sequence[Path], *, anyway: bool = False) -> list[StrategyPlays]:
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
        StrategyPlays(name if names.count(name) == 1 else say("compare.by", name, folders[key[0]].name), tuple(plays))
        for name, (key, plays) in zip(names, groups.items(), strict=True)
    ]


def document(strategies: Sequence[StrategyPlays]) -> Comparison:
    """The content of `compare.json`."""
    best, first = max(strategies, key=_in_time), strategies[0].plays[0]
    plays = [play for strategy in strategies for play in strategy.plays]
    return Comparison(
        quake=first.quake,
        users=first.balance.users,
        best=best.name,
        unlike=tuple(play.unlike for play in plays if play.unlike),
        unchecked=tuple(play.unknown for play in plays if play.unknown) if len(plays) > 1 else (),
        untrusted=tuple(say("compare.of-run", str(play.folder), why) for play in plays for why in play.untrusted),
        clients=first.clients,
        strategies=tuple(_row(strategy, best) for strategy in strategies),
    )


def _row(strategy: StrategyPlays, best: StrategyPlays) -> Row:
    first, plays = strategy.plays[0], strategy.plays
    return Row(
        name=strategy.name,
        order=first.order,
        engine=first.engine,
        rate_per_s=first.rate_per_s,
        **{name: spread(measure(one.balance) for one in plays) for name, measure in MEASURES.items()},
        speed_needed=spread(speed_for(one.fates, round(_in_time(best))) for one in plays),
        rings=rings(strategy).tolist(),
        plays=tuple(OfPlay(folder=str(one.folder), **asdict(one.balance)) for one in plays),
    )


def spread(values: Iterable[float | None]) -> Spread:
    """Median, least and most over plays; None counts as infinite, and is what an infinite one becomes."""
    known = np.array([np.inf if value is None else value for value in values], np.float64)
    median, least, most = (finite(float(one), 4) for one in (np.median(known), known.min(), known.max()))
    return Spread(median=median, least=least, most=most)


def rings(strategy: StrategyPlays) -> NDArray[np.float64]:
    """Rows of: inner edge, km; users who were to be told; share of them warned in time. Over all plays, by distance."""
    distance = np.concatenate([play.distance_km[play.fates.due] for play in strategy.plays])
    in_time = np.concatenate([play.fates.in_time[play.fates.due] for play in strategy.plays])
    ring = (distance // RING_KM).astype(np.int64)
    users = np.bincount(ring)
    there = np.flatnonzero(users)
    share = np.bincount(ring, in_time)[there] / users[there]
    return np.column_stack([there * RING_KM, users[there] / len(strategy.plays), share])


def _in_time(strategy: StrategyPlays) -> float:
    return float(np.median([play.balance.fates["in_time"] for play in strategy.plays]))


def _name(play: Play) -> str:
    rate = [say("compare.rate", f"{play.rate_per_s:,.0f}")] if play.rate_per_s is not None else []
    return chained([called("order", play.order), play.engine, *rate], "compare.by")


def _unlike(first: RunFiles, run: RunFiles, anyway: bool) -> tuple[str | None, str | None]:
    """How a play differs from the first, and what could not be checked of that."""
    if run is first:
        return None, alike.unknown(run)
    try:
        found = alike.differences(first, run)
    except InputError as error:
        if not anyway:
            raise
        return None, say("alike.unknown", str(run.folder), str(first.folder), str(error))
    if found and not anyway:
        raise InputError(say("alike.anyway", alike.said(found, first, run)))
    return (alike.said(found, first, run) if found else None), alike.unknown(run)


def _play(run: RunFiles, unlike: str | None, unknown: str | None) -> Play:
    verdict, users, rows = run.verdict, run.users, run.warnings
    place, residents, theoretical = verdict.environment, verdict.residents, verdict.warned.blind_zone_km.theoretical
    if not len(rows):
        raise InputError(f"{run.folder / 'ledger.npy'}: no report was released, there is nothing to compare")
    distance_km = users["distance_km"].astype(np.float64)
    in_ledger = int((rows["report"] == rows["report"][0]).sum())
    for name, count in (("users.npy", len(users)), ("ledger.npy", in_ledger)):
        if count != verdict.users:
            raise InputError(f"{run.folder / name}: {count:,} users, {verdict.users:,} in verdict.json")
    sound.same_reports(run.folder, run.ledger, run.reports)
    return Play(
        folder=run.folder,
        unlike=unlike,
        unknown=unknown,
        quake=verdict.quake,
        order=place.order or "unknown",
        untrusted=tuple(map(verdict.in_words, verdict.harness.untrusted)),
        engine=place.engine or "unknown",
        rate_per_s=place.rate_per_s,
        balance=balance(
            rows,
            users,
            np.inf if theoretical is None else theoretical,
            residents_per_user=people_each(residents, verdict.concentrated, distance_km),
            alarms=run.alarms,
        ),
        fates=fates(rows, run.alarms),
        distance_km=distance_km,
        clients=place.clients,
    )

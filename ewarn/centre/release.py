"""The promise of a first report 5 to 15 s after origin, surveyed over an outline: shares, and files.

A report is told apart from a public one: the first that the magnitude gate lets out.
"""

import csv
from collections.abc import Iterator
from dataclasses import dataclass, replace
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich.console import Console

from ewarn.audience.places import Places
from ewarn.centre.centre import Centre
from ewarn.dispatch.gates import Gates
from ewarn.errors import InputError
from ewarn.seismic.bulletins import Detection
from ewarn.seismic.geodesy import distance_km, wrapped
from ewarn.seismic.outlines import Outline, of_box
from ewarn.seismic.release import REASONS, Listener, Origins, grid, reasons
from ewarn.seismic.sichuan import SICHUAN
from ewarn.seismic.stations import FARTHEST_LATITUDE, Network
from ewarn.system import files
from ewarn.words import Said, chained, say

EARLIEST_S, LATEST_S = 5.0, 15.0
"""the promise, for M >= 5 in Sichuan"""
PERCENTILES = (5, 25, 50, 75, 95)
AROUND_DEG = 1.0
"""a regular network reaches so far beyond the outline"""


@dataclass(frozen=True)
class Survey:
    """Arrays of one length, an element an origin."""

    network: str
    origins: Origins
    released_s: NDArray[np.float64]
    """first report of any magnitude, seconds after origin; infinite: never"""
    reason: NDArray[np.intp]
    """index into `REASONS`, by `released_s`"""
    public_s: NDArray[np.float64]
    """first report that the gate lets out"""
    outline: Outline = SICHUAN
    gate: float = Gates.magnitude
    """least magnitude of a public report"""
    residents: NDArray[np.float64] | None = None
    """people who live nearest to it; None where nobody is known to live in the outline"""
    assumptions: tuple[str, ...] = ()
    """in words"""


def survey(
    centre: Centre,
    grid_km: float,
    depths_km: tuple[float, ...],
    magnitude: float,
    seed: int,
    *,
    outline: Outline = SICHUAN,
    gate: float = Gates.magnitude,
    places: Places | None = None,
) -> Survey:
    """Compute every origin's first report, and why it is late where it is. Raises InputError for bad files."""
    origins = grid(grid_km, depths_km, magnitude, outline)
    if not len(origins.latitude):
        south, north, _, _ = outline.box
        polar = min(abs(south), abs(north)) >= FARTHEST_LATITUDE
        why = f"none lies beyond {FARTHEST_LATITUDE:g} degrees of latitude" if polar else "take fewer"
        raise InputError(f"--grid-km: no origin of a grid of {grid_km:g} km lies in {outline.name}; {why}")
    network = _network(centre, outline)
    alive = np.isin(network.stations.code, centre.working(network).stations.code)

    def listener(mended: bool, steady: bool) -> Listener:
        listening = np.ones_like(alive) if mended else alive
        detection = replace(centre.detection, compute_sigma_ln=0.0) if steady else centre.detection
        return Listener(network, listening, centre.earth.times, detection, seed)

    released, public = listener(False, False).first_and_public_s(origins, gate)
    late = released > LATEST_S

    def again(these: Origins, mended: bool, steady: bool) -> NDArray[np.float64]:
        return listener(mended, steady).first_s(these, late)

    return Survey(
        network=network.name,
        origins=origins,
        released_s=released,
        reason=reasons(origins, released, LATEST_S, again),
        public_s=public,
        outline=outline,
        gate=gate,
        residents=_residents(origins, outline, places),
        assumptions=(
            *_assumptions(network, int(alive.sum()), centre.detection, gate),
            *_beyond_box(centre, origins),
            *_not_counted(outline, places),
        ),
    )


def _network(centre: Centre, outline: Outline) -> Network:
    """A regular network stands in the box that settings give it, or all over the outline."""
    if centre.box is not None:
        return centre.whole
    south, north, west, east = outline.box
    return centre.over((south - AROUND_DEG, north + AROUND_DEG, west - AROUND_DEG, east + AROUND_DEG))


def _beyond_box(centre: Centre, origins: Origins) -> tuple[str, ...]:
    """Origins of an outline that the box of the network does not hold are heard from afar, or never."""
    if centre.box is None:
        return ()
    outside = int((~of_box("box", centre.box).contains(origins.latitude, origins.longitude)).sum())
    south, north, west, east = centre.box
    return (
        say(
            "survey.box",
            *(f"{side:g}" for side in (south, north, west, float(wrapped(east)))),
            f"{outside:,}",
            f"{len(origins.latitude):,}",
        ),
    )


def _residents(origins: Origins, outline: Outline, places: Places | None) -> NDArray[np.float64] | None:
    """People of the places within the outline, each of whom counts at the nearest epicentre, whatever its depth."""
    if places is None or not (within := outline.contains(places.latitude, places.longitude)).any():
        return None
    epicentres = np.flatnonzero(origins.depth_km == origins.depth_km[0])
    latitude, longitude = origins.latitude[epicentres], origins.longitude[epicentres]
    nearest = np.array(
        [
            np.argmin(distance_km(lat, lon, latitude, longitude))
            for lat, lon in zip(places.latitude[within], places.longitude[within], strict=True)
        ]
    )
    people = np.bincount(nearest, places.residents[within], len(epicentres))
    depths = len(origins.latitude) // len(epicentres)
    return np.tile(people / depths, depths)


def _not_counted(outline: Outline, places: Places | None) -> tuple[str, ...]:
    """How many people of the places live outside the outline."""
    if places is None:
        return ()
    outside = ~outline.contains(places.latitude, places.longitude)
    if not outside.any():
        return ()
    return (
        say(
            "survey.outside",
            f"{places.residents[outside].sum():,.0f}",
            f"{places.residents.sum():,.0f}",
            f"{outside.sum():,}",
            f"{len(places):,}",
            outline.name,
        ),
    )


def _assumptions(network: Network, alive: int, detection: Detection, gate: float) -> tuple[str, ...]:
    stations, silent = len(network.stations), detection.silent_share
    heard = network.name, f"{stations:,}", f"{stations - alive:,}"
    return (
        say("survey.network-source", *heard, network.source) if network.source else say("survey.network", *heard),
        say("survey.takes", str(detection.stations), f"{detection.window_s:g}"),
        say("survey.gate", f"{gate:g}"),
        say("survey.weights"),
        *([say("survey.silent", f"{silent:g}")] if silent else []),
    )


def figures(found: Survey) -> dict[str, Any]:
    """Distribution and shares, as plain values; never heard is null."""
    return {
        "network": found.network,
        "outline": found.outline.name,
        "magnitude": found.origins.magnitude,
        "gate": found.gate,
        "origins": len(found.released_s),
        "released_s": _spread(found.released_s),
        "public_s": _spread(found.public_s),
        **_shares(found.released_s, None),
        "late_for": {name: int((found.reason == index).sum()) for index, name in enumerate(REASONS) if index},
        "by_area": {"report": _shares(found.released_s, None), "public": _shares(found.public_s, None)},
        "by_population": None
        if found.residents is None
        else {
            "residents": round(float(found.residents.sum())),
            "report": _shares(found.released_s, found.residents),
            "public": _shares(found.public_s, found.residents),
        },
        "assumptions": list(found.assumptions),
    }


def _spread(seconds: NDArray[np.float64]) -> dict[str, float | None]:
    spread = {f"p{percent}": _number(np.percentile(seconds, percent, method="higher")) for percent in PERCENTILES}
    return {**spread, "max": _number(seconds.max())}


def _shares(seconds: NDArray[np.float64], weights: NDArray[np.float64] | None) -> dict[str, float]:
    """Within the promise, sooner, and late; `never` is part of late."""
    kinds = {
        "within": (seconds >= EARLIEST_S) & (seconds <= LATEST_S),
        "sooner": seconds < EARLIEST_S,
        "late": seconds > LATEST_S,
        "never": np.isinf(seconds),
    }
    return {kind: float(np.average(of, weights=weights)) for kind, of in kinds.items()}


def _number(value: Any) -> float | None:
    return round(float(value), 2) if np.isfinite(value) else None


def show(found: Survey, told: dict[str, Any], console: Console) -> None:
    """What is taken for granted, distributions, and both shares."""
    for line in _lines(found, told):
        console.print(line, highlight=False, markup=False)


def _lines(found: Survey, told: dict[str, Any]) -> Iterator[Said]:
    yield say("survey.head", f"{told['origins']:,}", f"{told['magnitude']:g}", told["outline"])
    for assumption in found.assumptions:
        yield say("survey.assumption", assumption)
    for what, seconds in (("report", told["released_s"]), ("public", told["public_s"])):
        spread = [say("survey.value", name, _or_never(value)) for name, value in seconds.items()]
        yield say("survey.spread", say(f"survey.{what}"), chained(spread, "survey.next"))
    yield from _share_lines(say("survey.by-area"), told["by_area"])
    if people := told["by_population"]:
        yield from _share_lines(say("survey.by-population", f"{people['residents']:,}"), people)
    else:
        yield say("survey.nobody")
    if told["late"]:
        why = [say("survey.late-part", say(f"survey.{name}"), f"{count:,}") for name, count in told["late_for"].items()]
        yield say("survey.late-for", chained(why, "survey.next"))


def _or_never(value: float | None) -> str:
    return say("figure.never") if value is None else str(value)


def _share_lines(by: Said, shares: dict[str, Any]) -> Iterator[Said]:
    for what in ("report", "public"):
        parts = (f"{shares[what][kind]:.1%}" for kind in ("within", "sooner", "late", "never"))
        yield say("survey.shares", by, say(f"survey.{what}"), f"{EARLIEST_S:g}", f"{LATEST_S:g}", *parts)


def write(found: Survey, folder: Path, name: str = "release") -> None:
    """Write a CSV file of that name: a line an origin."""
    origins = found.origins
    table = StringIO()
    writer = csv.writer(table, lineterminator="\n")
    writer.writerow(["latitude", "longitude", "depth_km", "released_s", "public_s", "reason"])
    columns = (origins.latitude, origins.longitude, origins.depth_km, found.released_s, found.public_s)
    for *numbers, reason in zip(*(column.round(4).tolist() for column in columns), found.reason, strict=True):
        writer.writerow([*numbers, REASONS[reason]])
    files.write_text(folder / f"{name}.csv", table.getvalue())

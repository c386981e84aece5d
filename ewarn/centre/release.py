"""The promise of a first report 5 to 15 s after origin, surveyed over an outline: shares, and files.

A report is told apart from a public one: the first that the magnitude gate lets out.
"""

import csv
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
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
        f"stations stand in [network] box alone, {south:g} to {north:g} N, {west:g} to {float(wrapped(east)):g} E; "
        f"{outside:,} of {len(origins.latitude):,} origins lie outside it",
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
        f"{places.residents[outside].sum():,.0f} of {places.residents.sum():,.0f} residents live in "
        f"{outside.sum():,} of {len(places):,} places outside {outline.name}, and are not counted",
    )


def _assumptions(network: Network, alive: int, detection: Detection, gate: float) -> tuple[str, ...]:
    stations, silent = len(network.stations), detection.silent_share
    return (
        f"network {network.name}, {stations:,} stations, {stations - alive:,} of them out"
        + (f": {network.source}" if network.source else ""),
        f"a report takes {detection.stations} stations with {detection.window_s:g} s of P each; "
        "no false picks, and none missed that stands out of its station's noise",
        f"public from magnitude {gate:g} on, by the report's own estimate, and errors are those of real centres",
        "by area: every place in the outline alike; by population: those near whom more people live count more",
        *(
            [f"no station falls silent: silent_share, {silent:g} in [detection], is not modelled here"]
            if silent
            else []
        ),
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
    say = partial(console.print, highlight=False, markup=False)
    say(
        f"first report of {told['origins']:,} origins of magnitude {told['magnitude']:g} all over {told['outline']}; "
        "modelled"
    )
    for assumption in found.assumptions:
        say(f"- {assumption}")
    for what, seconds in (("a report", told["released_s"]), ("a public one", told["public_s"])):
        spread = ", ".join(f"{name} {'never' if value is None else value}" for name, value in seconds.items())
        say(f"{what}, seconds after origin: {spread}")
    _show_shares("by area", told["by_area"], say)
    if people := told["by_population"]:
        _show_shares(f"by population ({people['residents']:,})", people, say)
    else:
        say("by population: nobody is known to live there; give --places")
    if told["late"]:
        why = ", ".join(f"{name} {count:,}" for name, count in told["late_for"].items())
        say(f"of the late ones, for: {why}")


def _show_shares(by: str, shares: dict[str, Any], say: Callable[[str], None]) -> None:
    for what, name in (("report", "a report"), ("public", "a public one")):
        of = shares[what]
        say(
            f"{by}, {name}: within {EARLIEST_S:g}-{LATEST_S:g} s {of['within']:.1%}, sooner {of['sooner']:.1%}, "
            f"later {of['late']:.1%}, of those never {of['never']:.1%}"
        )


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

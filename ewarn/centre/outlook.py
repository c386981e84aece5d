"""What there is to know of a quake before anyone is warned: its stations, its reports, its places."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from ewarn.audience.forecast import forecast
from ewarn.centre import unknowns
from ewarn.centre.centre import Centre
from ewarn.centre.landmarks import Place, landmarks
from ewarn.dispatch.gates import Gates
from ewarn.seismic.geodesy import distance_km
from ewarn.seismic.intensity import LEVELS, shown
from ewarn.seismic.isoseismals import Isoseismal, isoseismals
from ewarn.seismic.origin import Quake
from ewarn.seismic.reports import Solution
from ewarn.seismic.rupture import fault_of
from ewarn.seismic.stations import KINDS
from ewarn.seismic.strong_shaking import begins_s
from ewarn.wire.reports import said_origin

FELT = (3.0, 5.0, 7.0)
"""III, V and VII: intensities whose beginning is told"""
DIRECT_TO_KM = 1_000.0
"""farther away the direct S is no wave of its own any more"""


def outlook(
    quake: Quake, centre: Centre, at: Sequence[Place] = (), named: str | None = None, gates: Gates | None = None
) -> dict[str, Any]:
    """A document of plain values; of places those `at` and, of `named`, what `landmarks` chooses.

    Leads and the blind zone count from the first report that `gates` make public. Raises InputError where the network
    makes no report of the quake, or `named` cannot be read.
    """
    chosen = landmarks(quake.origin, named)
    solutions = centre.solutions(quake)
    least = (gates or Gates()).magnitude
    public = [one.report.may_alarm and one.report.origin.magnitude >= least for one in solutions]
    first = public.index(True) if any(public) else None
    released = [one.report.released - quake.origin.time for one in solutions]
    origin = quake.origin
    return {
        "quake": quake.id,
        "name": quake.name,
        "origin": said_origin(origin),
        "zone": quake.zone,
        "network": centre.network_of(quake).name,
        "stations_in_network": len(centre.network_of(quake).stations),
        "velocity": centre.earth.model.velocity.name,
        "intensity": centre.earth.model.intensity,
        "shaking": asdict(centre.earth.shaking(quake.zone, origin)),
        "least_public_magnitude": least,
        "first_public": None if first is None else solutions[first].report.number,
        "blind_zone_km": None if first is None else centre.earth.times.s_distance_km(origin.depth_km, released[first]),
        "reports": [
            _report(quake, one, seconds) | {"public": to_all}
            for one, seconds, to_all in zip(solutions, released, public, strict=True)
        ],
        "isoseismals": [_rounded(one) for one in isoseismals(quake, centre.earth)],
        "stations": _stations(quake, centre, solutions),
        "places": (places := _places(quake, centre, [*chosen.places, *at], None if first is None else released[first])),
        "notes": [
            *([quake.note] if quake.note else []),
            *unknowns.of_quake(quake, centre),
            *unknowns.of_shaking(quake, centre),
            *unknowns.of_places([place["distance_km"] for place in places], centre),
            *([chosen.note] if chosen.note and (named or not at) else []),
        ],
    }


def _rounded(one: Isoseismal) -> dict[str, Any]:
    return {name: value if name == "degree" else round(value, 1) for name, value in asdict(one).items()}


def _report(quake: Quake, solution: Solution, released_s: float) -> dict[str, Any]:
    said, true = solution.report.origin, quake.origin
    return {
        "number": solution.report.number,
        "status": solution.report.status,
        "released_s": round(released_s, 3),
        "magnitude": said.magnitude,
        "magnitude_error": round(said.magnitude - true.magnitude, 1),
        "location_error_km": round(float(distance_km(true.latitude, true.longitude, said.latitude, said.longitude)), 1),
        "depth_error_km": round(said.depth_km - true.depth_km, 1),
        "stations": len(solution.stations),
        "record_s": round(solution.record_s, 1),
        "gap_deg": round(solution.gap_deg),
    }


def _stations(quake: Quake, centre: Centre, solutions: list[Solution]) -> list[dict[str, Any]]:
    """Those that made a report, in the order in which the centre knew of them."""
    used = {int(row): number for number, one in reversed(list(enumerate(solutions, 1))) for row in one.stations}
    picks, stations = centre.picks(quake), centre.network_of(quake).stations
    known = picks.known_s(centre.detection.window_s)
    return [
        {
            "code": str(stations.code[row]),
            "class": KINDS[stations.kind[row]],
            "distance_km": round(float(picks.distance_km[index]), 1),
            "p_s": round(float(picks.p_s[index]), 2),
            "known_s": round(float(known[index]), 2),
            "first_in_report": used[int(row)],
            "magnitude_error": round(float(picks.magnitude_error[index]), 3),
            "location_error_km": [round(float(error), 2) for error in picks.location_error[index, :3]],
        }
        for index, row in enumerate(picks.station)
        if int(row) in used
    ]


def _places(quake: Quake, centre: Centre, places: Sequence[Place], released_s: float | None) -> list[dict[str, Any]]:
    latitude, longitude = (np.array([place[axis] for place in places], np.float64) for axis in (1, 2))
    there = forecast(quake.origin, quake.zone, latitude, longitude, centre.earth, fault_of(quake))
    direct = centre.earth.times.direct_s(quake.origin.depth_km, there.distance_km)
    levels = centre.earth.level_index(there.intensity)
    found = [
        {
            "name": name,
            "distance_km": round(float(there.distance_km[row]), 1),
            "p_s": round(float(there.p_s[row]), 1),
            "s_s": round(float(there.s_s[row]), 1),
            "direct_s_s": round(float(direct[row]), 1) if there.distance_km[row] <= DIRECT_TO_KM else None,
            "lead_s": None if released_s is None else round(float(there.s_s[row]) - released_s, 1),
            "intensity": float(shown(there.intensity[row])),
            "level": LEVELS[levels[row]],
            "begins_s": {f"{felt:g}": _begins(quake, centre, north, east, felt) for felt in FELT},
        }
        for row, (name, north, east) in enumerate(places)
    ]
    return sorted(found, key=lambda place: float(place["distance_km"]))


def _begins(quake: Quake, centre: Centre, latitude: float, longitude: float, felt: float) -> float | None:
    seconds = begins_s(quake, centre.earth, latitude, longitude, felt)
    return round(seconds, 1) if np.isfinite(seconds) else None

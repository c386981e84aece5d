"""What there is to know of a quake before anyone is warned: its stations, its reports, its places."""

from collections.abc import Sequence

import numpy as np
from msgspec import Struct, field

from ewarn.audience.forecast import forecast
from ewarn.centre import unknowns
from ewarn.centre.centre import Centre
from ewarn.centre.landmarks import Place, landmarks
from ewarn.dispatch.gates import Gates
from ewarn.seismic.earth import Shaking
from ewarn.seismic.geodesy import distance_km
from ewarn.seismic.intensity import LEVELS, shown
from ewarn.seismic.isoseismals import Isoseismal, isoseismals
from ewarn.seismic.origin import Quake
from ewarn.seismic.reports import Solution
from ewarn.seismic.rupture import fault_of
from ewarn.seismic.stations import KINDS
from ewarn.seismic.strong_shaking import begins_s
from ewarn.wire.reports import SaidOrigin, said_origin

FELT = (3.0, 5.0, 7.0)
"""III, V and VII: intensities whose beginning is told"""
DIRECT_TO_KM = 1_000.0
"""farther away the direct S is no wave of its own any more"""


class Foreseen(Struct, frozen=True):
    """A report, and how far its estimate is off."""

    number: int
    status: str
    released_s: float
    magnitude: float
    magnitude_error: float
    location_error_km: float
    depth_error_km: float
    stations: int
    record_s: float
    gap_deg: int
    public: bool


class Heard(Struct, frozen=True):
    """A station that made a report."""

    code: str
    kind: str = field(name="class")
    distance_km: float
    p_s: float
    known_s: float
    """when the centre has its data"""
    first_in_report: int
    magnitude_error: float
    location_error_km: list[float]
    """north, east and down"""


class Felt(Struct, frozen=True):
    """What the quake is at a place; seconds after origin."""

    name: str
    distance_km: float
    p_s: float
    s_s: float
    direct_s_s: float | None
    lead_s: float | None
    intensity: float
    level: str
    begins_s: dict[str, float | None]
    """by intensity, when it shakes so strongly"""


class Outlook(Struct, frozen=True):
    """All of it, rounded as it is told."""

    quake: str
    name: str
    origin: SaidOrigin
    zone: str
    network: str
    stations_in_network: int
    velocity: str
    intensity: str
    shaking: Shaking
    least_public_magnitude: float
    first_public: int | None
    blind_zone_km: float | None
    reports: list[Foreseen]
    isoseismals: list[Isoseismal]
    stations: list[Heard]
    places: list[Felt]
    notes: list[str]


def outlook(quake: Quake, centre: Centre, at: Sequence[Place] = (), named: str | None = None) -> Outlook:
    """Of places those `at` and, of `named`, what `landmarks` chooses.

    Leads and the blind zone count from the first public report. Raises InputError where the network
    makes no report of the quake, or `named` cannot be read.
    """
    chosen = landmarks(quake.origin, named)
    solutions = centre.solutions(quake)
    least = Gates.magnitude
    public = [one.report.may_alarm and one.report.origin.magnitude >= least for one in solutions]
    first = public.index(True) if any(public) else None
    released = [one.report.released - quake.origin.time for one in solutions]
    origin = quake.origin
    first_s = None if first is None else released[first]
    found, network = _places(quake, centre, [*chosen.places, *at], first_s), centre.network_of(quake)
    notes = [
        *([quake.note] if quake.note else []),
        *unknowns.of_quake(quake, centre),
        *unknowns.of_shaking(quake, centre),
        *unknowns.of_places([place.distance_km for place in found], centre),
        *([chosen.note] if chosen.note and (named or not at) else []),
    ]
    return Outlook(
        quake.id,
        quake.called,
        said_origin(origin),
        quake.zone,
        network.name,
        len(network.stations),
        centre.earth.model.velocity.name,
        centre.earth.model.intensity,
        centre.earth.shaking(quake.zone, origin),
        least_public_magnitude=least,
        first_public=None if first is None else solutions[first].report.number,
        blind_zone_km=None if first_s is None else centre.earth.times.s_distance_km(origin.depth_km, first_s),
        reports=[_report(quake, *one) for one in zip(solutions, released, public, strict=True)],
        isoseismals=[_rounded(one) for one in isoseismals(quake, centre.earth)],
        stations=_stations(quake, centre, solutions),
        places=found,
        notes=notes,
    )


def _rounded(one: Isoseismal) -> Isoseismal:
    return Isoseismal(
        one.degree, *(round(size, 1) for size in (one.area_km2, one.ring_km2, one.along_km, one.across_km))
    )


def _report(quake: Quake, solution: Solution, released_s: float, public: bool) -> Foreseen:
    said, true = solution.report.origin, quake.origin
    off_km = float(distance_km(true.latitude, true.longitude, said.latitude, said.longitude))
    return Foreseen(
        solution.report.number,
        solution.report.status,
        round(released_s, 3),
        said.magnitude,
        round(said.magnitude - true.magnitude, 1),
        round(off_km, 1),
        round(said.depth_km - true.depth_km, 1),
        len(solution.stations),
        round(solution.record_s, 1),
        round(solution.gap_deg),
        public,
    )


def _stations(quake: Quake, centre: Centre, solutions: list[Solution]) -> list[Heard]:
    """Those that made a report, in the order in which the centre knew of them."""
    used = {int(row): number for number, one in reversed(list(enumerate(solutions, 1))) for row in one.stations}
    picks, stations = centre.picks(quake), centre.network_of(quake).stations
    known = picks.known_s(centre.detection.window_s)
    return [
        Heard(
            str(stations.code[row]),
            KINDS[stations.kind[row]],
            round(float(picks.distance_km[index]), 1),
            round(float(picks.p_s[index]), 2),
            round(float(known[index]), 2),
            used[int(row)],
            round(float(picks.magnitude_error[index]), 3),
            [round(float(error), 2) for error in picks.location_error[index, :3]],
        )
        for index, row in enumerate(picks.station)
        if int(row) in used
    ]


def _places(quake: Quake, centre: Centre, places: Sequence[Place], released_s: float | None) -> list[Felt]:
    latitude, longitude = (np.array([place[axis] for place in places], np.float64) for axis in (1, 2))
    there = forecast(quake.origin, quake.zone, latitude, longitude, centre.earth, fault_of(quake))
    direct = centre.earth.times.direct_s(quake.origin.depth_km, there.distance_km)
    levels = centre.earth.level_index(there.intensity)
    begins = {f"{felt:g}": begins_s(quake, centre.earth, latitude, longitude, felt).tolist() for felt in FELT}
    found = [
        Felt(
            name,
            round(float(there.distance_km[row]), 1),
            round(float(there.p_s[row]), 1),
            round(float(there.s_s[row]), 1),
            round(float(direct[row]), 1) if there.distance_km[row] <= DIRECT_TO_KM else None,
            None if released_s is None else round(float(there.s_s[row]) - released_s, 1),
            float(shown(there.intensity[row])),
            LEVELS[levels[row]],
            {felt: round(at[row], 1) if np.isfinite(at[row]) else None for felt, at in begins.items()},
        )
        for row, (name, *_) in enumerate(places)
    ]
    return sorted(found, key=lambda place: place.distance_km)

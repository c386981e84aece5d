"""What stands around a quake on a map: stations, how well reports know the epicentre, how strongly it truly shakes."""

from math import atan2, degrees, exp, floor, sqrt
from typing import TypedDict

import numpy as np
from numpy.typing import NDArray

from ewarn.audience.forecast import forecast
from ewarn.audience.places import seats
from ewarn.centre.centre import Centre
from ewarn.centre.landmarks import landmarks
from ewarn.seismic.earth import Earth
from ewarn.seismic.estimates import PLACE_MEDIAN_KM, PLACE_SIGMA_LN
from ewarn.seismic.intensity import LEVELS
from ewarn.seismic.isoseismals import HIGHEST, LOWEST, Field
from ewarn.seismic.origin import Quake
from ewarn.seismic.picks import LOCATION_SIGMA_KM
from ewarn.seismic.reports import gap_factor
from ewarn.seismic.rupture import fault_of

CHI_SQUARE_95 = 5.991
"""two degrees of freedom"""
PRIOR = 8
"""Jordan & Sverdrup's, and that of bulletins since"""
COMMON_KM = PLACE_MEDIAN_KM * exp(1.645 * PLACE_SIGMA_LN) / sqrt(CHI_SQUARE_95)
"""standard deviation, per axis, of a normal error whose 95 % lie as far as those of what all reports have in common"""
Ellipse = dict[str, float]
"""`major_km`, `minor_km`: semi-axes; `azimuth_deg`: of the major one, clockwise from north"""


class Line(TypedDict):
    """Within it intensity is at least a degree."""

    degree: int
    km: list[float]
    """how far out it lies, at azimuths of equal steps, clockwise"""


class Shaking(TypedDict):
    """The field of the true intensity, as a map draws it."""

    azimuth_deg: float
    """of the first element of each `km`, clockwise from north"""
    lines: list[Line]
    """of each degree that there is, from the lowest"""
    levels: dict[str, float]
    """least intensity of each level but blue"""


class Town(TypedDict):
    """A place to tell of, and the truth there."""

    name: str
    seat: bool
    """whether it is that of a prefecture of Sichuan"""
    latitude: float
    longitude: float
    s_s: float
    """S, seconds after origin"""
    intensity: float
    """cut off after two figures, and not rounded up to a level that is not there"""
    level: str


class Surroundings(TypedDict):
    """What a scene has of `surroundings`."""

    shaking: Shaking
    towns: list[Town]


def scenery(quake: Quake, centre: Centre) -> tuple[list[list[float]], dict[int, Ellipse]]:
    """Stations as [latitude, longitude, P in seconds after origin], and by report its 95 % error ellipse.

    Raises InputError where the network makes no report of the quake.
    """
    picks, stations = centre.picks(quake), centre.network_of(quake).stations
    heard = [
        [round(float(stations.latitude[row]), 3), round(float(stations.longitude[row]), 3), round(float(p_s), 2)]
        for row, p_s in zip(picks.station, picks.p_s, strict=True)
    ]
    error_km = {int(row): error[:2] for row, error in zip(picks.station, picks.location_error, strict=True)}
    ellipses = {
        one.report.number: error_ellipse(np.array([error_km[int(row)] for row in one.stations]), one.gap_deg, COMMON_KM)
        for one in centre.solutions(quake)
    }
    return heard, {number: ellipse for number, ellipse in ellipses.items() if ellipse}


def error_ellipse(error_km: NDArray[np.float64], gap_deg: float, common_km: float = 0.0) -> Ellipse | None:
    """In which the true epicentre lies 95 times of 100, from the scatter of the stations' own errors.

    `error_km` has shape (stations, 2), east and north; of fewer than three there is none. `common_km` is what no number
    of stations makes less, per axis. As few stations tell little
    of their own scatter, that which stations have in general counts besides as much as `PRIOR` of them do, after Jordan
    & Sverdrup 1981 (Bulletin of the Seismological Society of America 71); they scale an ellipse by it, here it rounds
    it too. The axes are the roots of chi-square times the eigenvalues of the covariance of the mean.
    """
    stations = len(error_km)
    if stations < 3:
        return None
    own = (stations - 1) * np.cov(error_km.T)
    scatter = (PRIOR * LOCATION_SIGMA_KM**2 * np.eye(2) + own) / (PRIOR + stations - 1)
    sizes, axes = np.linalg.eigh(scatter / stations + common_km**2 * np.eye(2))
    east, north = axes[:, 1]
    worse = gap_factor(gap_deg)
    minor, major = (sqrt(CHI_SQUARE_95 * float(size)) * worse for size in sizes)
    return {
        "major_km": round(major, 2),
        "minor_km": round(minor, 2),
        "azimuth_deg": round(degrees(atan2(east, north)) % 180, 1),
    }


def surroundings(quake: Quake, earth: Earth) -> Surroundings:
    """How strongly the quake truly shakes, and when and how strongly the towns around it.

    From the model that gives users their own intensity, S and level.
    """
    return {"shaking": _shaking(quake, earth), "towns": _towns(quake, earth)}


def _shaking(quake: Quake, earth: Earth) -> Shaking:
    field = Field(quake, earth)
    reaches = {degree: field.reach_km(degree) for degree in range(LOWEST, HIGHEST + 1)}
    return {
        "azimuth_deg": quake.strike_deg or 0.0,
        "lines": [
            {"degree": degree, "km": np.round(reach, 1).tolist()} for degree, reach in reaches.items() if reach.any()
        ],
        "levels": earth.shaking(quake.zone, quake.origin).levels,
    }


def _towns(quake: Quake, earth: Earth) -> list[Town]:
    places = landmarks(quake.origin).places
    if not places:
        return []
    names, latitude, longitude = zip(*places, strict=True)
    there = forecast(quake.origin, quake.zone, np.array(latitude), np.array(longitude), earth, fault_of(quake))
    levels = earth.level_index(there.intensity)
    of_sichuan = set(seats())
    return [
        {
            "name": name,
            "seat": (name, lat, lon) in of_sichuan,
            "latitude": round(lat, 4),
            "longitude": round(lon, 4),
            "s_s": round(float(s_s), 2),
            "intensity": floor(float(intensity) * 100) / 100,
            "level": LEVELS[level],
        }
        for name, lat, lon, s_s, intensity, level in zip(
            names, latitude, longitude, there.s_s, there.intensity, levels, strict=True
        )
    ]

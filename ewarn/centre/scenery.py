"""What stands around a quake on a map: the stations that hear it, and how well each report knows the epicentre."""

from math import atan2, degrees, exp, sqrt

import numpy as np
from numpy.typing import NDArray

from ewarn.centre.centre import Centre
from ewarn.seismic.estimates import PLACE_MEDIAN_KM, PLACE_SIGMA_LN
from ewarn.seismic.origin import Quake
from ewarn.seismic.picks import LOCATION_SIGMA_KM
from ewarn.seismic.reports import gap_factor

CHI_SQUARE_95 = 5.991
"""two degrees of freedom"""
PRIOR = 8
"""Jordan & Sverdrup's, and that of bulletins since"""
COMMON_KM = PLACE_MEDIAN_KM * exp(1.645 * PLACE_SIGMA_LN) / sqrt(CHI_SQUARE_95)
"""standard deviation, per axis, of a normal error whose 95 % lie as far as those of what all reports have in common"""
Ellipse = dict[str, float]
"""`major_km`, `minor_km`: semi-axes; `azimuth_deg`: of the major one, clockwise from north"""


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

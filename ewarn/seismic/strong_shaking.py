"""When shaking of a given intensity begins at a place: after the first S, as far as the rupture has to grow for it."""

from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ewarn.seismic.earth import Earth
from ewarn.seismic.geodesy import azimuth_deg, distance_km
from ewarn.seismic.magnitudes import moment
from ewarn.seismic.origin import Quake
from ewarn.seismic.rupture import LENGTH_BY_MAGNITUDE, RUPTURE_KM_S, Fault, fault_of, length_km

STEPS = 60
"""in which the rupture grows"""
SMALLEST = 0.01
"""share of the rupture at the first step"""


def begins_s(
    quake: Quake, earth: Earth, latitude: ArrayLike, longitude: ArrayLike, intensity: float
) -> NDArray[np.float64]:
    """Seconds after origin at which an intensity is felt at places (degrees); infinite where it never is.

    The rupture spreads from the hypocentre at 2.8 km/s; the part that has broken is a quake of its own, of the
    magnitude that Wells & Coppersmith (1994) give its length, felt with the direct S from its nearest point. Ours.
    """
    epicentral = distance_km(quake.origin.latitude, quake.origin.longitude, latitude, longitude)
    azimuth = azimuth_deg(quake.origin.latitude, quake.origin.longitude, latitude, longitude)
    found = np.full(np.shape(epicentral), np.inf)
    for grown, seconds, magnitude in _growth(quake):
        broken = replace(quake.origin, magnitude=magnitude, magnitude_type="Mw")
        nearest = epicentral if grown is None else grown.nearest_km(epicentral, azimuth)
        begins = np.isinf(found) & (earth.intensity(quake.zone, broken, epicentral, azimuth, grown) >= intensity)
        found = np.where(begins, seconds + earth.times.direct_s(quake.origin.depth_km, nearest), found)
    return found


def _growth(quake: Quake) -> list[tuple[Fault | None, float, float]]:
    """(what has broken, seconds after origin, its Mw) from the first step to the whole."""
    whole, mw = fault_of(quake), moment(quake.origin.magnitude, quake.origin.magnitude_type, quake.zone)
    ahead, behind = (whole.ahead_km, whole.behind_km) if whole else (0.0, 0.0)
    if whole is None:
        ahead = behind = length_km(mw) / 2
    found: list[tuple[Fault | None, float, float]] = []
    for share in np.geomspace(SMALLEST, 1.0, STEPS).tolist():
        reach = share * max(ahead, behind)
        broken = min(reach, ahead) + min(reach, behind)
        magnitude = mw + np.log10(broken / (ahead + behind)) / LENGTH_BY_MAGNITUDE[1]
        grown = whole and replace(whole, ahead_km=min(reach, ahead), behind_km=min(reach, behind))
        found.append((grown, reach / RUPTURE_KM_S, float(magnitude)))
    return found

"""What an origin means at each place: how far, when P and S arrive, how strong."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ewarn.seismic.earth import Earth
from ewarn.seismic.geodesy import azimuth_deg, distance_km
from ewarn.seismic.origin import Origin
from ewarn.seismic.rupture import Fault

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Forecast:
    """Arrays of one shape, an element a place."""

    distance_km: Floats
    """from the origin's epicentre"""
    p_s: Floats
    """first P, seconds after origin"""
    s_s: Floats
    """first S, seconds after origin"""
    intensity: Floats
    """1 to 12, not rounded; by which equations, `intensity.equations` says"""


BLOCK = 1 << 13
"""places worked through at a time: what lies between the steps stays in the processor's cache, and needs no new memory
of the kernel each time"""


def forecast(
    origin: Origin, zone: str, latitude: ArrayLike, longitude: ArrayLike, earth: Earth, fault: Fault | None = None
) -> Forecast:
    """For places of any shape (degrees); arrays of that shape.

    Without a fault, as in any report, intensity is the mean of both axes. Raises KeyError for a zone that there is not.
    """
    latitudes, longitudes = np.asarray(latitude, np.float64), np.asarray(longitude, np.float64)
    at = [latitudes.reshape(-1), longitudes.reshape(-1)]
    found = np.empty((4, latitudes.size))
    for first in range(0, latitudes.size, BLOCK):
        block = slice(first, first + BLOCK)
        here = at[0][block], at[1][block]
        distance = distance_km(origin.latitude, origin.longitude, *here)
        found[0, block] = distance
        found[1, block], found[2, block] = earth.times.first(origin.depth_km, distance)
        if fault is None:
            found[3, block] = earth.intensity(zone, origin, distance)
        else:
            azimuth = azimuth_deg(origin.latitude, origin.longitude, *here)
            found[3, block] = earth.intensity(zone, origin, distance, azimuth, fault)
    return Forecast(*(one.reshape(latitudes.shape) for one in found))

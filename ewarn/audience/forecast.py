"""What an origin means at each place: how far, when P and S arrive, how strong."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ewarn.seismic.geodesy import azimuth_deg, distance_km
from ewarn.seismic.intensity import intensity
from ewarn.seismic.origin import Origin
from ewarn.seismic.travel_times import TravelTimes

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Forecast:
    """Arrays of one shape, an element a place."""

    distance_km: Floats
    """from the epicentre"""
    p_s: Floats
    """first P, seconds after origin"""
    s_s: Floats
    """first S, seconds after origin"""
    intensity: Floats
    """GB 18306-2015, 1 to 12, not rounded"""


def forecast(
    origin: Origin,
    zone: str,
    latitude: ArrayLike,
    longitude: ArrayLike,
    travel_times: TravelTimes,
    strike_deg: float | None = None,
) -> Forecast:
    """For places of any shape (degrees). Without a strike, intensity is the mean of both axes."""
    distance = distance_km(origin.latitude, origin.longitude, latitude, longitude)
    p, s = travel_times.first(origin.depth_km, distance)
    from_strike = (
        None if strike_deg is None else azimuth_deg(origin.latitude, origin.longitude, latitude, longitude) - strike_deg
    )
    return Forecast(distance, p, s, intensity(zone, origin.magnitude, distance, from_strike))

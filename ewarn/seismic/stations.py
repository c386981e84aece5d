"""The station network, in its simplest form: a grid of one spacing over Sichuan and its surroundings."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ewarn.seismic.geodesy import distance_km, offset_deg
from ewarn.seismic.origin import Origin
from ewarn.seismic.travel_times import TravelTimes

REGION = (25.5, 35.0, 96.5, 109.5)
"""South, north, west and east of the network, degrees: Sichuan and about a degree around it."""


@dataclass(frozen=True)
class Stations:
    """Places that listen."""

    latitude: NDArray[np.float64]
    longitude: NDArray[np.float64]


def regular_network(spacing_km: float) -> Stations:
    """Rows `spacing_km` apart from south to north, stations as far apart in each row."""
    south, north, west, east = REGION
    step = float(offset_deg(0.0, 0.0, spacing_km)[0])
    latitudes, longitudes = [], []
    for latitude in np.arange(south, north, step):
        row = np.arange(west, east, float(offset_deg(latitude, spacing_km, 0.0)[1]))
        longitudes.append(row)
        latitudes.append(np.full_like(row, latitude))
    return Stations(np.concatenate(latitudes), np.concatenate(longitudes))


def trigger_times(origin: Origin, stations: Stations, travel_times: TravelTimes) -> NDArray[np.float64]:
    """When P reaches each station, s after origin, earliest first."""
    distance = distance_km(origin.latitude, origin.longitude, stations.latitude, stations.longitude)
    return np.sort(travel_times.first(origin.depth_km, distance)[0])

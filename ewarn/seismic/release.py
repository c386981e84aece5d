"""First reports of a whole province: how soon, and what is in the way where they are late."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ewarn.seismic.geodesy import EARTH_RADIUS_KM, distance_km
from ewarn.seismic.picks import PD_SIGMA, log_displacement
from ewarn.seismic.reports import Detection, first_known_s
from ewarn.seismic.sichuan import inside
from ewarn.seismic.stations import Network
from ewarn.seismic.travel_times import TravelTimes

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

BLOCK = 64
"""origins worked through at a time"""
SHALLOW_KM = 5.0
"""an origin that would be in time at this depth is late for its depth"""
REASONS = ("in time", "outage", "processing", "depth", "spacing")
"""what is in the way of a first report in time; `reasons` says how it is told"""


@dataclass(frozen=True)
class Origins:
    """Made-up origins of one magnitude; arrays of shape (origins,)."""

    latitude: Floats
    """degrees north"""
    longitude: Floats
    """degrees east"""
    depth_km: Floats
    magnitude: float
    """of all of them"""


def grid(step_km: float, depths_km: tuple[float, ...], magnitude: float) -> Origins:
    """Origins all over Sichuan, `step_km` apart, at each of some depths."""
    degree = np.pi * EARTH_RADIUS_KM / 180
    rows = np.arange(26.0, 34.5, step_km / degree)
    places = [(lat, lon) for lat in rows for lon in np.arange(97.0, 109.0, step_km / degree / np.cos(np.radians(lat)))]
    latitude, longitude = np.array(places).T
    within = inside(latitude, longitude)
    latitude, longitude = latitude[within], longitude[within]
    count = len(latitude)
    return Origins(
        np.tile(latitude, len(depths_km)),
        np.tile(longitude, len(depths_km)),
        np.repeat(np.array(depths_km), count),
        magnitude,
    )


def first_reports(
    origins: Origins, network: Network, alive: Flags, times: TravelTimes, detection: Detection, seed: int
) -> Floats:
    """Release of each origin's first report, seconds after origin, shape (origins,); infinite where too few hear it.

    `alive`, shape (stations,), marks stations that are not out. The noise of every station and origin goes by the seed
    alone, so that what an outage or another depth changes is their doing.
    """
    rng = np.random.default_rng(seed)
    found = np.empty(len(origins.latitude))
    for first in range(0, len(found), BLOCK):
        block = slice(first, first + BLOCK)
        count = len(found[block])
        noise = rng.standard_normal((3, count, len(network.stations)), np.float32)
        compute = detection.compute_s * np.exp(detection.compute_sigma_ln * rng.standard_normal(count))
        known = _known_s(origins, block, network, times, noise) + detection.window_s
        known[:, ~alive] = np.inf
        found[block] = first_known_s(known, detection.stations) + compute
    return found


def _known_s(
    origins: Origins, block: slice, network: Network, times: TravelTimes, noise: NDArray[np.float32]
) -> Floats:
    """When P of each origin (row) at each station (column) is at the centre, s; infinite where it is not heard."""
    stations = network.stations
    distance = np.array(
        [
            distance_km(latitude, longitude, stations.latitude, stations.longitude)
            for latitude, longitude in zip(origins.latitude[block], origins.longitude[block], strict=True)
        ]
    )
    depth = origins.depth_km[block]
    p = np.empty_like(distance)
    for one in np.unique(depth).tolist():
        rows = depth == one
        p[rows] = times.look_up(one, distance[rows], ("p",))[0]
    log_pd = log_displacement(origins.magnitude, np.hypot(distance, depth[:, None])) + PD_SIGMA * noise[0]
    return np.where(log_pd >= network.log_least_pd, p + network.delay_s(noise[1], noise[2]), np.inf)


def reasons(
    origins: Origins, released_s: Floats, latest_s: float, again: Callable[[Origins, bool, bool], Floats]
) -> NDArray[np.intp]:
    """Index into `REASONS` of each origin, shape (origins,): what alone would have it in time, within `latest_s`.

    No outage, a centre no slower than the median, a shallow source; where nothing does, it takes more stations. `again`
    computes first reports of other origins, with all stations mended or not, the centre steady or not.
    """
    late = released_s > latest_s
    found = np.where(late, REASONS.index("spacing"), 0)
    if late.any():
        shallow = replace(origins, depth_km=np.minimum(origins.depth_km, SHALLOW_KM))
        found[late & (again(shallow, False, False) <= latest_s)] = REASONS.index("depth")
        found[late & (again(origins, False, True) <= latest_s)] = REASONS.index("processing")
        found[late & (again(origins, True, False) <= latest_s)] = REASONS.index("outage")
    return found

"""First reports all over an outline: how soon, how soon one that is public, and what is in the way of late ones."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ewarn.seismic.bulletins import Bulletins, Detection
from ewarn.seismic.estimates import CAP_SIGMA, EVENT_MEAN, EVENT_SIGMA, kept_near, magnitude_cap, station_magnitudes
from ewarn.seismic.estimates import delay_s as compute_delay_s
from ewarn.seismic.geodesy import EARTH_RADIUS_KM, distance_km, wrapped
from ewarn.seismic.outlines import Outline
from ewarn.seismic.picks import PD_SIGMA, STATION_SIGMA, log_displacement
from ewarn.seismic.reports import first_known_s
from ewarn.seismic.sichuan import SICHUAN
from ewarn.seismic.stations import FARTHEST_LATITUDE, Network
from ewarn.seismic.streams import stream
from ewarn.seismic.travel_times import TravelTimes

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

BLOCK = 64
"""origins worked through at a time"""
NEAR_SURFACE_KM = 5.0
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


def grid(step_km: float, depths_km: tuple[float, ...], magnitude: float, outline: Outline = SICHUAN) -> Origins:
    """Origins all over an outline, `step_km` apart, at each of some depths; none where it is smaller than a step."""
    south, north, west, east = outline.box
    degree = np.pi * EARTH_RADIUS_KM / 180
    # Whole steps from whole degrees, so that the grid does not hang on a corner of the outline.
    rows = np.arange(max(np.floor(south), -FARTHEST_LATITUDE), min(north, FARTHEST_LATITUDE), step_km / degree)
    steps = step_km / degree / np.cos(np.radians(rows))
    places = [
        (lat, lon) for lat, step in zip(rows, steps, strict=True) for lon in np.arange(np.floor(west), east, step)
    ]
    latitude, longitude = np.array(places).reshape(-1, 2).T
    within = outline.contains(latitude, longitude)
    latitude, longitude = latitude[within], wrapped(longitude[within])
    count = len(latitude)
    return Origins(
        np.tile(latitude, len(depths_km)),
        np.tile(longitude, len(depths_km)),
        np.repeat(np.array(depths_km), count),
        magnitude,
    )


@dataclass(frozen=True)
class _Heard:
    """What the stations send of a block of origins."""

    arrives_s: Floats
    """when the first of P is at the centre, shape (origins, stations)"""
    known_s: Floats
    """when enough of it is; infinite where a station is out, or does not hear it"""
    noise: NDArray[np.float32]
    """of each station's magnitude, standard normal, of the same shape"""
    compute_s: Floats
    """of each origin's reports, shape (origins,)"""
    common: Floats
    """errors of a quake's magnitude and of its cap, standard normal, shape (2, origins)"""

    def first_s(self, stations: int) -> Floats:
        """Release of the first report, seconds after origin, shape (origins,); infinite where too few hear it."""
        return first_known_s(self.known_s, stations) + self.compute_s


class Listener:
    """Who listens to origins, and how their reports are made of it.

    `alive`, shape (stations,), marks stations that are not out. The noise of every station and origin goes by the seed
    alone, so that what an outage, another depth or another magnitude changes is their doing.
    """

    def __init__(self, network: Network, alive: Flags, times: TravelTimes, detection: Detection, seed: int) -> None:
        self._network, self._alive, self._times = network, alive, times
        self._detection, self._seed = detection, seed

    def first_s(self, origins: Origins, wanted: Flags | None = None) -> Floats:
        """Release of each origin's first report, seconds after origin, shape (origins,); infinite: too few hear it.

        With `wanted`, of that shape, only those are computed, and the others are infinite.
        """
        found = np.full(len(origins.latitude), np.inf)
        for first in range(0, len(found), BLOCK):
            block = slice(first, first + BLOCK)
            if wanted is None or wanted[block].any():
                found[block] = self._hear(origins, block).first_s(self._detection.stations)
        return found if wanted is None else np.where(wanted, found, np.inf)

    def first_and_public_s(self, origins: Origins, gate: float) -> tuple[Floats, Floats]:
        """Release of each origin's first report, and of the first whose magnitude passes the gate; as `first_s`."""
        found, public = np.empty((2, len(origins.latitude)))
        for first in range(0, len(found), BLOCK):
            block = slice(first, first + BLOCK)
            heard = self._hear(origins, block)
            found[block] = heard.first_s(self._detection.stations)
            public[block] = self._public_s(heard, origins.magnitude, gate)
        return found, public

    def _hear(self, origins: Origins, block: slice) -> _Heard:
        network, stations, detection = self._network, self._network.stations, self._detection
        latitude, longitude = origins.latitude[block], origins.longitude[block]
        rng = stream(self._seed, "release survey", block.start)
        noise = rng.standard_normal((3, len(latitude), len(stations)), np.float32)
        common, uniform = kept_near(rng.standard_normal((2, len(latitude)))), rng.random(len(latitude))
        distance = distance_km(latitude[:, None], longitude[:, None], stations.latitude, stations.longitude)
        depth, p = origins.depth_km[block], np.empty_like(distance)
        for one in np.unique(depth).tolist():
            rows = depth == one
            p[rows] = self._times.look_up(one, distance[rows], ("p",))[0]
        log_pd = log_displacement(origins.magnitude, np.hypot(distance, depth[:, None])) + PD_SIGMA * noise[0]
        arrives = p + network.delay_s(noise[1], noise[2])
        heard = (log_pd >= network.log_least_pd) & self._alive
        return _Heard(
            arrives_s=arrives,
            known_s=np.where(heard, arrives + detection.window_s, np.inf),
            noise=noise[0],
            compute_s=compute_delay_s(uniform, detection.compute_s, detection.compute_sigma_ln, detection.compute_most),
            common=common,
        )

    def _public_s(self, heard: _Heard, magnitude: float, gate: float) -> Floats:
        """Release of the first report that passes the gate, seconds after origin, shape (origins,); infinite: never."""
        called_s = first_known_s(heard.known_s, self._detection.stations)
        public, under_way = np.full(len(called_s), np.inf), np.isfinite(called_s)
        if not under_way.any():
            return public
        seen_by = _Estimates(heard, magnitude, self._detection.longest_p_s)
        called_s = np.where(under_way, called_s, 0.0)
        seen, cap = seen_by.at(called_s)
        rule = Bulletins(self._detection, called_s, seen, cap)
        told, final = under_way, np.full_like(under_way, self._detection.longest_s == 0)
        while True:
            passes = told & under_way & (np.round(seen, 1) >= gate)
            public[passes] = (rule.now_s + heard.compute_s)[passes]
            under_way = under_way & ~passes & ~final
            if not under_way.any():
                return public
            rule.step += 1
            seen, cap = seen_by.at(rule.now_s)
            told, final = rule.tell(seen, cap)


class _Estimates:
    """What is made of a block of origins as time goes on."""

    def __init__(self, heard: _Heard, magnitude: float, longest_p_s: float) -> None:
        # Only who hears it, the first to be known first.
        most = int(np.isfinite(heard.known_s).sum(axis=1).max())
        order = np.argsort(heard.known_s, axis=1)[:, :most]
        self._known_s: Floats = np.take_along_axis(heard.known_s, order, 1)
        self._sent_s: Floats = heard.compute_s[:, None] - np.take_along_axis(heard.arrives_s, order, 1)
        """seconds of P that are read of a report whose computing begins at the origin"""
        self._own: Floats = STATION_SIGMA * np.take_along_axis(heard.noise, order, 1).astype(np.float64)
        self._magnitude, self._longest_p_s = magnitude, longest_p_s
        self._shift = (EVENT_MEAN + EVENT_SIGMA * heard.common[0])[:, None]
        self._cap = (CAP_SIGMA * heard.common[1])[:, None]

    def at(self, now_s: Floats) -> tuple[Floats, Floats]:
        """Magnitudes, and their caps, of reports whose computing begins at `now_s`; each of shape (origins,)."""
        here = self._known_s <= now_s[:, None]
        first = slice(None), slice(0, int(here.sum(axis=1).max()))
        record_s = np.minimum(now_s[:, None] + self._sent_s[first], self._longest_p_s)
        each, weight = station_magnitudes(self._magnitude, record_s, self._own[first], self._shift, self._cap)
        counts = weight * here[first]
        total = np.maximum(counts.sum(axis=1), 1e-9)
        return (each * counts).sum(axis=1) / total, (magnitude_cap(weight) * counts).sum(axis=1) / total


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
        shallow = replace(origins, depth_km=np.minimum(origins.depth_km, NEAR_SURFACE_KM))
        found[late & (again(shallow, False, False) <= latest_s)] = REASONS.index("depth")
        found[late & (again(origins, False, True) <= latest_s)] = REASONS.index("processing")
        found[late & (again(origins, True, False) <= latest_s)] = REASONS.index("outage")
    return found

"""What the stations of a network hear of a quake, and when the centre knows of it."""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from ewarn.seismic.earth import Earth
from ewarn.seismic.geodesy import azimuth_deg, distance_km
from ewarn.seismic.origin import Quake
from ewarn.seismic.stations import Network

Floats = NDArray[np.float64]

PD_CONSTANT, PD_MAGNITUDE, PD_DISTANCE, PD_SIGMA = -3.463, 0.729, -1.374, 0.305
"""log10 Pd = -3.463 + 0.729 M - 1.374 log10 R ± 0.305: peak displacement of the first 3 s of P, cm, at hypocentral
distance R, km; Wu & Zhao 2006 (Geophysical Research Letters 33)"""
DAMAGING = 7.0
"""intensity from which a station may lose its power or its line"""
STATION_SIGMA = PD_SIGMA / PD_MAGNITUDE
"""scatter of one station's magnitude, 0.42"""
LOCATION_SIGMA_KM, DEPTH_SIGMA_KM, TIME_SIGMA_S = 7.6, 8.0, 0.4
"""Share of one station in the error of a location, per axis: of four it leaves 3.8 km, so half of all first reports lie
within 4.5 km (2-7 km are published). In depth and time likewise; these two are ours."""


@dataclass(frozen=True)
class Picks:
    """Stations that hear a quake; arrays of one length, the first to be known at the centre first."""

    station: NDArray[np.intp]
    """row of the network"""
    distance_km: Floats
    """epicentral"""
    azimuth_deg: Floats
    """from the epicentre, clockwise from north"""
    p_s: Floats
    """first P, seconds after origin"""
    s_s: Floats
    """first S, seconds after origin"""
    delay_s: Floats
    """seconds from the ground to the centre"""
    magnitude_error: Floats
    """of its own estimate; drawn once, so that a series does not jitter"""
    location_error: Floats
    """shape (stations, 4): east and north, km; depth, km; time, s"""
    silent_s: Floats
    """when it falls silent, seconds after origin; infinite for most"""

    def __len__(self) -> int:
        """Stations that hear it."""
        return len(self.station)

    def known_s(self, window_s: float) -> Floats:
        """When the centre has so many seconds of P from each, seconds after origin, shape (stations,)."""
        return self.p_s + window_s + self.delay_s

    @classmethod
    def draw(
        cls, quake: Quake, network: Network, earth: Earth, rng: np.random.Generator, silent_share: float = 0.0
    ) -> Self:
        """Hear a quake, where P stands out of the noise of the station's class; a false alarm is heard everywhere.

        Of the stations that this earth shakes with intensity VII or more, `silent_share` fall silent as S comes. A
        station's numbers are drawn whether it hears or not, so that a change of magnitude changes no other's.
        """
        origin, stations = quake.origin, network.stations
        count = len(stations)
        errors = stations.normal(rng, 7)
        distance = distance_km(origin.latitude, origin.longitude, stations.latitude, stations.longitude)
        p, s = earth.times.first(origin.depth_km, distance)
        log_pd = log_displacement(origin.magnitude, np.hypot(distance, origin.depth_km)) + PD_SIGMA * errors[:, 0]
        delay = network.delay_s(errors[:, 1], errors[:, 2])
        hears = np.flatnonzero((log_pd >= network.log_least_pd) | (quake.false_alarm is not None))
        shaken = earth.intensity(quake.zone, origin, distance) >= DAMAGING
        silent = shaken & (rng.spawn(1)[0].random(count) < silent_share)
        hears = hears[np.argsort((p + delay)[hears], kind="stable")]
        return cls(
            station=hears,
            distance_km=distance[hears],
            azimuth_deg=azimuth_deg(
                origin.latitude, origin.longitude, stations.latitude[hears], stations.longitude[hears]
            ),
            p_s=p[hears],
            s_s=s[hears],
            delay_s=delay[hears],
            magnitude_error=STATION_SIGMA * errors[hears, 0],
            location_error=errors[hears, 3:]
            * np.array([LOCATION_SIGMA_KM, LOCATION_SIGMA_KM, DEPTH_SIGMA_KM, TIME_SIGMA_S]),
            silent_s=np.where(silent, s, np.inf)[hears],
        )


def log_displacement(magnitude: float, hypocentral_km: Floats) -> Floats:
    """log10 of Pd, the peak displacement of the first 3 s of P, cm, at hypocentral distances (km, any shape).

    Wu & Zhao 2006 (Geophysical Research Letters 33), their middle value; nearer than 1 km as at 1 km.
    """
    return np.asarray(PD_CONSTANT + PD_MAGNITUDE * magnitude + PD_DISTANCE * np.log10(np.maximum(hypocentral_km, 1.0)))

"""The fault of a quake: a line along strike, which the larger it is the less can be taken for a point."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ewarn.seismic.magnitudes import moment
from ewarn.seismic.origin import Quake

Floats = NDArray[np.float64]

POINT_TO, LINE_FROM = 6.5, 7.0
"""Magnitudes up to which shaking goes by the distance from the epicentre, and from which on by that from the rupture;
in between by both, so that nothing steps. Ours: the ruptures are some 25 and 50 km long"""
RUPTURE_KM_S = 2.8
"""speed at which a rupture grows; an assumption of ours"""
LENGTH_BY_MAGNITUDE = (-2.44, 0.59)
"""log10(length, km) = -2.44 + 0.59 M: subsurface rupture length, all slip types, of Mw; Wells & Coppersmith 1994, table
2A"""
WIDTH_BY_MAGNITUDE = (-1.01, 0.32)
"""log10(width, km) = -1.01 + 0.32 M, down the dip; the same table"""


@dataclass(frozen=True)
class Fault:
    """A direction, and how far from the epicentre the rupture runs along it; 0 both ways for a point."""

    strike_deg: float
    """clockwise from north"""
    ahead_km: float = 0.0
    """in the direction of strike"""
    behind_km: float = 0.0
    """against it"""

    @property
    def is_line(self) -> bool:
        """Whether it has a length."""
        return self.ahead_km + self.behind_km > 0

    def nearest_km(self, distance_km: Floats, azimuth_deg: Floats) -> Floats:
        """Distances from the line, km, of places at epicentral distances (km) and azimuths (degrees), any shape."""
        angle = np.radians(azimuth_deg - self.strike_deg)
        along, across = distance_km * np.cos(angle), distance_km * np.sin(angle)
        return np.hypot(along - np.clip(along, -self.behind_km, self.ahead_km), across)


def length_km(mw: float) -> float:
    """Subsurface length of the rupture of a quake, km: `LENGTH_BY_MAGNITUDE`, whose data are of Mw 4.8 to 8.1.

    Outside that range it is the line carried on.
    """
    constant, factor = LENGTH_BY_MAGNITUDE
    return float(10 ** (constant + factor * mw))


def top_km(mw: float, depth_km: float) -> float:
    """Depth of a rupture's upper edge, km: half its width above the hypocentre, as of an upright fault; not above 0."""
    constant, factor = WIDTH_BY_MAGNITUDE
    return float(max(depth_km - 10 ** (constant + factor * mw) / 2, 0.0))


def smooth(value: float, low: float, high: float) -> float:
    """0 up to `low`, 1 from `high` on, and 3x² - 2x³ in between, without a kink."""
    share = min(max((value - low) / (high - low), 0.0), 1.0)
    return share * share * (3 - 2 * share)


def line_share(magnitude: float) -> float:
    """With which share, 0 to 1, shaking goes by the distance from the rupture instead of that from the epicentre."""
    return smooth(magnitude, POINT_TO, LINE_FROM)


def fault_of(quake: Quake) -> Fault | None:
    """The line along which a quake breaks; None where no strike is known."""
    if quake.strike_deg is None:
        return None
    length = quake.rupture.length_km or length_km(
        moment(quake.origin.magnitude, quake.origin.magnitude_type, quake.zone)
    )
    behind = length * quake.rupture.nucleation
    return Fault(quake.strike_deg, length - behind, behind)

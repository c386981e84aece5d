"""The fault of a large quake: a line along strike, not a point."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ewarn.seismic.origin import Quake

Floats = NDArray[np.float64]

FINITE_FROM = 7.0
"""magnitude from which distance means distance to the rupture"""
RUPTURE_KM_S = 2.8
"""speed at which a rupture grows; an assumption of ours"""
LENGTH_BY_MAGNITUDE = (-2.44, 0.59)
"""log10(length, km) = -2.44 + 0.59 M: subsurface rupture length, all slip types; Wells & Coppersmith 1994, table 2A"""


@dataclass(frozen=True)
class Fault:
    """A direction, and how far from the epicentre the rupture runs along it; 0 both ways for a point."""

    strike_deg: float
    """clockwise from north"""
    ahead_km: float = 0.0
    """in the direction of strike"""
    behind_km: float = 0.0
    """against it"""

    def nearest(self, distance_km: Floats, azimuth_deg: Floats) -> tuple[Floats, Floats]:
        """From epicentral distances (km) and azimuths (degrees) to distances from the rupture and angles from strike.

        Both of one shape, and so is what is returned. Beside the rupture the angle is a right one; beyond an end, it is
        that at the end.
        """
        from_strike = azimuth_deg - self.strike_deg
        if self.ahead_km == self.behind_km == 0:
            return distance_km, from_strike
        angle = np.radians(from_strike)
        along, across = distance_km * np.cos(angle), distance_km * np.sin(angle)
        beyond = along - np.clip(along, -self.behind_km, self.ahead_km)
        return np.hypot(beyond, across), np.degrees(np.arctan2(np.abs(across), np.abs(beyond)))


def length_km(magnitude: float) -> float:
    """Subsurface length of the rupture of a quake, km: `LENGTH_BY_MAGNITUDE`, whose data are of M 4.8 to 8.1.

    Outside that range it is the line carried on.
    """
    constant, factor = LENGTH_BY_MAGNITUDE
    return float(10 ** (constant + factor * magnitude))


def fault_of(quake: Quake) -> Fault | None:
    """The fault of a quake: a point below `FINITE_FROM`, a line from there on; None where no strike is known."""
    if quake.strike_deg is None:
        return None
    if quake.origin.magnitude < FINITE_FROM:
        return Fault(quake.strike_deg)
    length = quake.rupture.length_km or length_km(quake.origin.magnitude)
    behind = length * quake.rupture.nucleation
    return Fault(quake.strike_deg, length - behind, behind)

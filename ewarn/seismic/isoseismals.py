"""How far each degree of intensity reaches: its area, and its axes along and across the fault."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ewarn.seismic.earth import Earth
from ewarn.seismic.geodesy import EARTH_RADIUS_KM
from ewarn.seismic.origin import Quake
from ewarn.seismic.rupture import fault_of

Floats = NDArray[np.float64]

FARTHEST_KM, RADII, AZIMUTHS = np.pi * EARTH_RADIUS_KM, 600, 180
"""grid about the epicentre on which intensity is looked for, closer together near it, to the other side of the earth"""
LOWEST, HIGHEST = 3, 12
"""degrees that are told"""


@dataclass(frozen=True)
class Isoseismal:
    """The line within which intensity is at least a degree."""

    degree: int
    area_km2: float
    """within it"""
    ring_km2: float
    """of that, without what is within the next"""
    along_km: float
    """from end to end in the direction of strike; of north where no strike is known"""
    across_km: float
    """at right angles to it"""


class Field:
    """Intensity about the epicentre of a quake, on a sphere; its lines are good to 0.1 km near it.

    So is an area: 2 pi r² (1 - cos(d / r)) within distance d, the same as on a plane to 0.2 % at 1,000 km. Axes are by
    distances along great circles.
    """

    def __init__(self, quake: Quake, earth: Earth) -> None:
        self._radius = np.expm1(np.linspace(0, np.log1p(FARTHEST_KM), RADII))
        azimuth = np.arange(AZIMUTHS) * (360 / AZIMUTHS) + (quake.strike_deg or 0.0)
        distances, azimuths = np.meshgrid(self._radius, azimuth)
        self._intensity = earth.intensity(quake.zone, quake.origin, distances, azimuths, fault_of(quake))

    def reach_km(self, intensity: float) -> Floats:
        """How far out there is at least this intensity, by azimuth from the strike, km; 0 where nowhere."""
        return _reach_km(self._intensity, self._radius, intensity)

    def area_km2(self, intensity: float) -> float:
        """Where there is at least this intensity."""
        half = self.reach_km(intensity) / (2 * EARTH_RADIUS_KM)
        return float(4 * np.pi * EARTH_RADIUS_KM**2 * np.mean(np.sin(half) ** 2))

    def isoseismal(self, degree: int) -> Isoseismal:
        """By the number itself, not rounded: the zone of VI is where it is 6.0 or more."""
        reach, area = self.reach_km(degree), self.area_km2(degree)
        return Isoseismal(
            degree, area, area - self.area_km2(degree + 1), _width_km(reach, 0), _width_km(reach, AZIMUTHS // 4)
        )


def isoseismals(quake: Quake, earth: Earth) -> list[Isoseismal]:
    """Of each degree that there is, from the lowest."""
    field = Field(quake, earth)
    return [line for degree in range(LOWEST, HIGHEST + 1) if (line := field.isoseismal(degree)).area_km2]


def _reach_km(intensity: Floats, radius: Floats, degree: float) -> Floats:
    """How far out each azimuth (row) has at least this intensity, km, 0 where nowhere."""
    strong = intensity >= degree
    last = intensity.shape[1] - 1 - np.argmax(strong[:, ::-1], axis=1)
    rows, after = np.arange(len(intensity)), np.minimum(last + 1, len(radius) - 1)
    here, beyond = intensity[rows, last], intensity[rows, after]
    part = np.clip((here - degree) / np.maximum(here - beyond, 1e-12), 0.0, 1.0)
    return np.where(strong.any(axis=1), radius[last] + part * (radius[after] - radius[last]), 0.0)


def _width_km(reach: Floats, turned: int) -> float:
    """Between the two lines at right angles to a direction that touch it, of an outline by azimuth from the strike."""
    angle = 2 * np.pi * (np.arange(AZIMUTHS) - turned) / AZIMUTHS
    shadow = reach * np.cos(angle)
    return float(shadow.max() - shadow.min())

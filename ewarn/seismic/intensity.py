"""Macroseismic intensity by the equation of GB 18306-2015 (Yu Yanxiang), and the levels of a warning."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Axis:
    """I = a + b M + c log10(R + r0) along one axis of the isoseismals; R epicentral, km."""

    a: float
    b: float
    c: float
    r0_km: float

    def intensity(self, magnitude: float, distance_km: Floats) -> Floats:
        """Intensity at a distance along this axis."""
        return np.asarray(self.a + self.b * magnitude + self.c * np.log10(distance_km + self.r0_km))

    def radius_km(self, magnitude: float, intensity: Floats) -> Floats:
        """Distance along this axis at which an intensity is felt; below zero where it is nowhere."""
        return np.asarray(10 ** ((intensity - self.a - self.b * magnitude) / self.c) - self.r0_km)


ZONES: dict[str, tuple[Axis, Axis]] = {
    "Qingzang": (Axis(6.4580, 1.2746, -4.4709, 25), Axis(3.3682, 1.2746, -3.3119, 9)),
    "Xinjiang": (Axis(5.6018, 1.4347, -4.4899, 25), Axis(3.6113, 1.4347, -3.8477, 13)),
    "East": (Axis(5.7123, 1.3626, -4.2903, 25), Axis(3.6588, 1.3626, -3.5406, 13)),
    "Central": (Axis(5.8410, 1.0710, -3.6570, 15), Axis(3.9440, 1.0710, -2.8450, 7)),
}
"""Major and minor axis by zone, GB 18306-2015. Western Sichuan is Qingzang, the basin Central."""

LEVELS = ("blue", "yellow", "orange", "red")
LEVEL_FROM = np.array([3.0, 5.0, 7.0])
"""Lowest intensity of yellow, orange and red: III, V and VII, as the Yunnan agency has them."""


def intensity(zone: str, magnitude: float, distance_km: ArrayLike, from_strike_deg: ArrayLike | None = None) -> Floats:
    """Intensity, clipped to 1-12, at epicentral distances (km, any shape).

    `from_strike_deg` is the angle between the fault and the way to each place, of the same shape: a place then lies
    on the ellipse whose axes both give its intensity. Without it, as in any early report, the mean of both axes.
    """
    major, minor = ZONES[zone]
    distance = np.asarray(distance_km, np.float64)
    on_major, on_minor = major.intensity(magnitude, distance), minor.intensity(magnitude, distance)
    value = (on_major + on_minor) / 2
    if from_strike_deg is not None:
        angle = np.radians(np.asarray(from_strike_deg, np.float64))
        ellipse = _on_ellipse(
            (major, minor),
            magnitude,
            distance * np.cos(angle),
            distance * np.sin(angle),
            (on_minor, on_major),
        )
        # Near the epicentre and far beyond the table's range the axes cross; the isoseismal is a circle there.
        value = np.where(on_minor < on_major, ellipse, value)
    return np.asarray(np.clip(value, 1.0, 12.0))


def _on_ellipse(
    axes: tuple[Axis, Axis], magnitude: float, along: Floats, across: Floats, bracket: tuple[Floats, Floats]
) -> Floats:
    """Bisect for the intensity whose ellipse passes through (along, across), km from the epicentre."""
    low, high = bracket
    for _ in range(20):
        middle = (low + high) / 2
        major, minor = (np.maximum(axis.radius_km(magnitude, middle), 1e-6) for axis in axes)
        outside = (along / major) ** 2 + (across / minor) ** 2 > 1
        low, high = np.where(outside, low, middle), np.where(outside, middle, high)
    return np.asarray((low + high) / 2)


def level_index(intensities: ArrayLike) -> NDArray[np.intp]:
    """Index into `LEVELS` of each intensity, by the number itself, not rounded."""
    return np.searchsorted(LEVEL_FROM, intensities, side="right")

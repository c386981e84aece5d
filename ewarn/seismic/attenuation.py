"""GB 18306-2015 (Yu Yanxiang): how intensity, peak acceleration and peak velocity fall along and across a fault.

A quantity has an equation for the major and one for the minor axis of its isolines. Where the strike is known a place
lies on the ellipse whose two axes both give its value. `INTENSITY`, `ACCELERATION` and `VELOCITY` hold the coefficients
by zone. OpenQuake's `yu_2013.py` has those of motion too, in natural logarithms; the tests compare with it.
"""

from dataclasses import dataclass
from functools import lru_cache
from math import exp, log

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

KINK_MAGNITUDE = 6.5
"""up to here A1 and B1 hold, above A2 and B2; at the kink acceleration drops by a fifth, as GB 18306-2015 has it"""


@dataclass(frozen=True)
class Axis:
    """value = a + b M + c log10(R + near) along one axis, as GB 18306-2015 has it; R epicentral, km.

    For motion `near` is d exp(e M), km, and grows with the quake; for intensity it is R0.
    """

    a: tuple[float, float]
    """A: up to `KINK_MAGNITUDE`, and above"""
    b: tuple[float, float]
    """B, per unit of magnitude: up to `KINK_MAGNITUDE`, and above"""
    c: float
    """C, below zero: per tenfold distance"""
    d: float
    """D, or R0 of intensity, km"""
    e: float = 0.0
    """E, per unit of magnitude; 0 for intensity"""

    def _source(self, magnitude: float) -> tuple[float, float]:
        above = bool(magnitude > KINK_MAGNITUDE)
        return self.a[above] + self.b[above] * magnitude, self.d * exp(self.e * magnitude)

    def value(self, magnitude: float, distance_km: Floats) -> Floats:
        """Intensity, or log10 of motion (gal or cm/s), of the shape of the distances along this axis (km)."""
        source, near = self._source(magnitude)
        return np.asarray(source + self.c * np.log10(distance_km + near))

    def radius_km(self, magnitude: float, value: Floats) -> Floats:
        """Distances along this axis, km, at which values of any shape are met; below zero where one is nowhere."""
        source, near = self._source(magnitude)
        return np.asarray(np.exp((value - source) * (log(10) / self.c)) - near)


Axes = tuple[Axis, Axis]
"""major, minor"""


def _intensity(a: float, b: float, c: float, r0: float) -> Axis:
    return Axis((a, a), (b, b), c, r0)


def _motion(a1: float, b1: float, a2: float, b2: float, c: float, d: float, e: float) -> Axis:
    return Axis((a1, a2), (b1, b2), c, d, e)


INTENSITY: dict[str, Axes] = {
    "Qingzang": (_intensity(6.4580, 1.2746, -4.4709, 25), _intensity(3.3682, 1.2746, -3.3119, 9)),
    "Xinjiang": (_intensity(5.6018, 1.4347, -4.4899, 25), _intensity(3.6113, 1.4347, -3.8477, 13)),
    "East": (_intensity(5.7123, 1.3626, -4.2903, 25), _intensity(3.6588, 1.3626, -3.5406, 13)),
    "Central": (_intensity(5.8410, 1.0710, -3.6570, 15), _intensity(3.9440, 1.0710, -2.8450, 7)),
}
"""By zone, A, B, C and R0 (km) of either axis: I = A + B M + C log10(R + R0); GB 18306-2015 (Yu Yanxiang).

Western Sichuan and Longmenshan are Qingzang, the basin is Central. The published scatter (sigma 0.6636 in Qingzang,
0.5924 in Xinjiang, 0.5826 in East, 0.5200 in Central) is left out.
"""

ACCELERATION: dict[str, Axes] = {
    "Qingzang": (
        _motion(2.387, 0.645, 3.807, 0.411, -2.416, 2.647, 0.366),
        _motion(1.003, 0.609, 2.457, 0.388, -1.854, 0.612, 0.457),
    ),
    "Xinjiang": (
        _motion(1.791, 0.720, 3.403, 0.472, -2.389, 1.772, 0.424),
        _motion(0.983, 0.713, 2.610, 0.463, -2.118, 0.825, 0.465),
    ),
    "East": (
        _motion(1.979, 0.671, 3.533, 0.432, -2.315, 2.088, 0.399),
        _motion(1.176, 0.660, 2.753, 0.418, -2.004, 0.944, 0.447),
    ),
    "Central": (
        _motion(2.417, 0.498, 3.706, 0.298, -2.079, 2.802, 0.295),
        _motion(1.715, 0.471, 2.690, 0.321, -1.723, 1.295, 0.331),
    ),
}
"""By zone, A1, B1, A2, B2, C, D and E of either axis; GB 18306-2015 (Yu Yanxiang).

log10 Y = A + B M + C log10(R + D exp(E M)), with Y the effective peak acceleration on rock, gal; A1 and B1 hold up to
M 6.5, A2 and B2 above. For 0-200 km and M 4.5-8.0 (Central 7.0).
"""

VELOCITY: dict[str, Axes] = {
    "Qingzang": (
        _motion(-0.064, 0.766, 1.714, 0.491, -2.205, 2.647, 0.366),
        _motion(-1.301, 0.741, 0.443, 0.474, -1.696, 0.612, 0.457),
    ),
    "Xinjiang": (
        _motion(-0.547, 0.840, 1.310, 0.554, -2.181, 1.772, 0.424),
        _motion(-1.351, 0.843, 0.569, 0.549, -1.945, 0.825, 0.465),
    ),
    "East": (
        _motion(-0.363, 0.791, 1.437, 0.513, -2.103, 2.088, 0.399),
        _motion(-1.147, 0.788, 0.712, 0.502, -1.825, 0.944, 0.447),
    ),
    "Central": (
        _motion(0.093, 0.621, 1.640, 0.382, -1.889, 2.802, 0.295),
        _motion(-0.589, 0.601, 0.671, 0.407, -1.559, 1.295, 0.331),
    ),
}
"""The same of effective peak velocity on rock, cm/s; GB 18306-2015 (Yu Yanxiang).

Implementations disagree on one number, C of Central's minor axis: two have -1.559, which meets the major axis better
and stands here, one has -1.599.
"""

ZONES = tuple(INTENSITY)
"""names of the standard's four zones"""


def attenuate(axes: Axes, magnitude: float, distance_km: Floats, from_strike_deg: Floats | None) -> Floats:
    """Intensity, or log10 of motion (gal or cm/s), at epicentral distances (km, any shape).

    `from_strike_deg`, of the same shape and between -360 and 360, is the angle from the strike to each place. With None
    the value is the mean of both axes.
    """
    major, minor = axes
    if from_strike_deg is None:
        return np.asarray((major.value(magnitude, distance_km) + minor.value(magnitude, distance_km)) / 2)
    return _ellipses(axes, magnitude).at(distance_km, from_strike_deg)


@lru_cache(maxsize=128)
def _ellipses(axes: Axes, magnitude: float) -> "_Ellipses":
    """Kept, since a rupture that grows asks for the same magnitudes at every place; 0.1 MB each, made in 4 ms."""
    return _Ellipses(axes, magnitude)


class _Ellipses:
    """Values on a grid of distance and angle, since the equations give no value at an angle in closed form.

    Between nodes it is bilinear in angle and in the logarithm of distance, within 0.002.
    """

    FARTHEST_KM, BIAS_KM = 20_100.0, 8.0
    """the last node, beyond half way round the earth; and what is added, so that the logarithm begins at distance 0"""
    RADII, ANGLES = 241, 61
    HALVINGS = 24
    """of the range between both axes' values: it is then known to a millionth of a unit"""

    def __init__(self, axes: Axes, magnitude: float) -> None:
        first, last = log(self.BIAS_KM), log(self.FARTHEST_KM + self.BIAS_KM)
        self._first, self._per = first, (self.RADII - 1) / (last - first)
        radius = np.exp(np.linspace(first, last, self.RADII))[:, None] - self.BIAS_KM
        angle = np.linspace(0, np.pi / 2, self.ANGLES)
        self._values = _on_ellipse(axes, magnitude, radius * np.cos(angle), radius * np.sin(angle), self.HALVINGS)

    def at(self, distance_km: Floats, from_strike_deg: Floats) -> Floats:
        turned = np.abs(from_strike_deg)  # below 360; all four quarters are alike
        turned = np.where(turned > 180, 360 - turned, turned)
        folded = np.minimum(turned, 180 - turned)
        row, down = _split((np.log(distance_km + self.BIAS_KM) - self._first) * self._per, self.RADII)
        column, right = _split(folded * ((self.ANGLES - 1) / 90), self.ANGLES)
        values, place = self._values.ravel(), row * self.ANGLES + column
        above = values[place] * (1 - right) + values[place + 1] * right
        place += self.ANGLES
        below = values[place] * (1 - right) + values[place + 1] * right
        return np.asarray(above * (1 - down) + below * down)


def _split(position: Floats, nodes: int) -> tuple[NDArray[np.int64], Floats]:
    whole = np.clip(position.astype(np.int64), 0, nodes - 2)
    return whole, np.clip(position - whole, 0.0, 1.0)


def _on_ellipse(axes: Axes, magnitude: float, along: Floats, across: Floats, halvings: int) -> Floats:
    """Halve the range of values in which the one lies whose ellipse passes through (along, across), km."""
    distance = np.hypot(along, across)
    on_major, on_minor = (axis.value(magnitude, distance) for axis in axes)
    low, high = on_minor, on_major
    for _ in range(halvings):
        middle = (low + high) / 2
        major, minor = (np.maximum(axis.radius_km(magnitude, middle), 1e-6) for axis in axes)
        outside = (along / major) ** 2 + (across / minor) ** 2 > 1
        low, high = np.where(outside, low, middle), np.where(outside, middle, high)
    # Near the epicentre and far beyond the table's range the axes cross; the isoline is a circle there.
    return np.where(on_minor < on_major, (low + high) / 2, (on_major + on_minor) / 2)

"""Local intensity, by one of two routes, and the levels of a warning."""

import math
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ewarn.seismic.attenuation import ACCELERATION, INTENSITY, VELOCITY, attenuate

Floats = NDArray[np.float64]

Route = Literal["direct", "instrumental"]
"""`direct`: macroseismic intensity by the equation of GB 18306-2015. `instrumental`: its acceleration and velocity,
turned to intensity by GB/T 17742-2020. They differ by up to 3 units, so that a run takes one for everything."""

ROCK_M_S = 760.0
"""Vs30 for which the site term is nothing"""
ACCELERATION_SITE, VELOCITY_SITE = -0.360, -0.600
"""b_lin of ln F = b_lin ln(Vs30 / 760): the linear site term of Boore & Atkinson 2008 (Earthquake Spectra 24), table 3;
the nonlinear part is left out"""

LEVELS = ("blue", "yellow", "orange", "red")
"""of a warning at a place, by rising intensity"""
LEVEL_FROM = np.array([3.0, 5.0, 7.0])
"""Lowest intensity of yellow, orange and red: III, V and VII, as the Yunnan agency has them."""


def intensity(
    zone: str,
    magnitude: float,
    distance_km: ArrayLike,
    from_strike_deg: ArrayLike | None = None,
    *,
    route: Route = "direct",
    vs30_m_s: ArrayLike | None = None,
) -> Floats:
    """Intensity, clipped to 1-12, not rounded, at epicentral distances (km, any shape), and of that shape.

    `from_strike_deg` is the angle between the fault and the way to each place, of the same shape; without it, as in any
    early report, the mean of both axes. `vs30_m_s`, of the same shape or one for all, adds a site term; None is rock.

    Raises KeyError for a zone that is not in `attenuation.ZONES`.
    """
    distance = np.asarray(distance_km, np.float64)
    angle = None if from_strike_deg is None else np.asarray(from_strike_deg, np.float64)
    softer = None if vs30_m_s is None else np.log10(np.asarray(vs30_m_s, np.float64) / ROCK_M_S)
    if route == "instrumental":
        gal = attenuate(ACCELERATION[zone], magnitude, distance, angle)
        cm_s = attenuate(VELOCITY[zone], magnitude, distance, angle)
        if softer is not None:
            gal, cm_s = gal + ACCELERATION_SITE * softer, cm_s + VELOCITY_SITE * softer
        return instrumental(gal - 2, cm_s - 2)
    value = attenuate(INTENSITY[zone], magnitude, distance, angle)
    if softer is not None:
        # What the site adds to I_V of GB/T 17742, which decides from VI on.
        value = value + BY_VELOCITY[0] * VELOCITY_SITE * softer
    return np.asarray(np.clip(value, 1.0, 12.0))


BY_ACCELERATION, BY_VELOCITY = (3.17, 6.59), (3.00, 9.77)
"""Factor and constant of I_A = 3.17 log10(PGA) + 6.59, PGA in m/s², and of I_V = 3.00 log10(PGV) + 9.77, PGV in m/s:
instrumental intensity of GB/T 17742-2020"""


def instrumental(log_acceleration: ArrayLike, log_velocity: ArrayLike) -> Floats:
    """Instrumental intensity of GB/T 17742-2020, clipped to 1-12, of log10 of PGA in m/s² and of PGV in m/s.

    Any shape, and of that shape. I_V where both it and I_A are 6.0 or more, else their mean; so it steps at 6, and can
    rise with distance there.
    """
    by_acceleration = BY_ACCELERATION[0] * np.asarray(log_acceleration, np.float64) + BY_ACCELERATION[1]
    by_velocity = BY_VELOCITY[0] * np.asarray(log_velocity, np.float64) + BY_VELOCITY[1]
    strong = (by_acceleration >= 6.0) & (by_velocity >= 6.0)
    return np.asarray(np.clip(np.where(strong, by_velocity, (by_acceleration + by_velocity) / 2), 1.0, 12.0))


def shown(intensities: ArrayLike) -> Floats:
    """Intensities as they are written down, any shape: cut off after the first decimal, not rounded.

    An intensity of 6.96 is orange, for red begins at 7. Rounded it would read 7.0 beside the wrong colour. Cut off, a
    number reaches a step that has one decimal exactly when the intensity does.
    """
    return np.floor(np.asarray(intensities, np.float64) * 10) / 10


NUMERALS = ("I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII")
"""the twelve degrees of GB/T 17742-2020, which may be written in Roman or in Arabic numerals"""


def numeral(value: float) -> str:
    """The degree that an intensity has reached, as a Roman numeral: VI from 6.0 up to 7.0, where VII begins.

    Levels begin where degrees do, at III, V and VII, so degree and level cannot disagree. To round 6.8 up to VII, as an
    isoseismal map might, would set it beside orange.
    """
    return NUMERALS[min(len(NUMERALS), max(1, math.floor(value))) - 1]


def level_index(intensities: ArrayLike) -> NDArray[np.intp]:
    """Index into `LEVELS` of each intensity, any shape, by the number itself, not rounded."""
    return np.searchsorted(LEVEL_FROM, intensities, side="right")

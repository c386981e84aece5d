"""Intensity in active shallow crust, world-wide: Allen, Wald & Worden 2012, Journal of Seismology 16:409-433.

Modified Mercalli, of Mw and of the distance from the hypocentre or from the rupture; fitted to Mw 5.0 to 7.9 and to
300 km. Site terms are left out. OpenQuake's `allen_2012_ipe.py` has the same coefficients; the tests compare.
"""

import math

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

HYPOCENTRAL = (2.085, 1.428, -1.402, 0.078, -0.209, 2.042)
"""c0, c1, c2, c4, m1, m2"""
RUPTURE = (3.950, 0.913, -1.107, 0.813)
"""c0, c1, c2, c3"""
SMALLEST = 5.0
"""magnitude below which Rm stays as it is there: smaller quakes were not fitted, and would be without bound above a
shallow hypocentre"""
FAR_KM = 50.0
"""from which hypocentral distance on c4 counts"""
STEEPEST = 0.09
"""units of MMI a kilometre of depth that the equation by hypocentre is let fall at the epicentre; ours"""
NEAREST_KM = 1.0
"""of a hypocentre; nearer, the equation falls as magnitude grows"""


def by_hypocentre(mw: float, hypocentral_km: Floats) -> Floats:
    """MMI = c0 + c1 M + c2 ln sqrt(R² + Rm²), Rm = m1 + m2 exp(M - 5); beyond 50 km c4 ln(R / 50) more."""
    c0, c1, c2, c4, _, _ = HYPOCENTRAL
    near = _near_km(mw)
    far = c4 * np.log(np.maximum(hypocentral_km, FAR_KM) / FAR_KM)
    return np.asarray(c0 + c1 * mw + c2 / 2 * np.log(hypocentral_km**2 + near**2) + far)


def _near_km(mw: float) -> float:
    """Rm."""
    return HYPOCENTRAL[4] + HYPOCENTRAL[5] * math.exp(max(mw, SMALLEST) - 5)


def counted_depth_km(mw: float, depth_km: float) -> float:
    """The depth of a hypocentre with which `by_hypocentre` is to be taken, km: not less than the depth; ours.

    Right above a small and shallow quake the equation falls by up to 0.38 a kilometre, and Mw 5.0 is stronger than 5.5.
    Depths are not known so well, and how near the paper's data come could not be confirmed. From where it falls by
    `STEEPEST` upwards it is carried on as a straight line: of Mw 5.0 from 15 km, and a hypocentre at 0 counts as one at
    5.5 km. At 10 km that is a tenth of a unit, and from Mw 6.4 on nothing but `NEAREST_KM`.
    """
    depth_km = max(depth_km, NEAREST_KM)
    c2, near = -HYPOCENTRAL[2], _near_km(mw)
    half = c2 / STEEPEST / 2
    if near >= half:
        return depth_km
    # c2 h / (h² + Rm²) = STEEPEST, deeper than where it falls most steeply.
    line_to = half + math.sqrt(half**2 - near**2)
    if depth_km >= line_to:
        return depth_km
    squared = (line_to**2 + near**2) * math.exp(-2 * STEEPEST * (line_to - depth_km) / c2) - near**2
    return math.sqrt(max(squared, depth_km**2))


def by_rupture(mw: float, rupture_km: Floats) -> Floats:
    """MMI = c0 + c1 M + c2 ln sqrt(R² + (1 + c3 exp(M - 5))²), R the distance to the nearest point of the rupture."""
    c0, c1, c2, c3 = RUPTURE
    return np.asarray(c0 + c1 * mw + c2 / 2 * np.log(rupture_km**2 + (1 + c3 * np.exp(mw - 5)) ** 2))

"""Intensity in active shallow crust, world-wide: Allen, Wald & Worden 2012, Journal of Seismology 16:409-433.

Modified Mercalli, of Mw and of the distance from the hypocentre or from the rupture; fitted to Mw 5.0 to 7.9 and to
300 km. Site terms are left out. OpenQuake's `allen_2012_ipe.py` has the same coefficients; the tests compare.
"""

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


def by_hypocentre(mw: float, hypocentral_km: Floats) -> Floats:
    """MMI = c0 + c1 M + c2 ln sqrt(R² + Rm²), Rm = m1 + m2 exp(M - 5); beyond 50 km c4 ln(R / 50) more."""
    c0, c1, c2, c4, m1, m2 = HYPOCENTRAL
    near = m1 + m2 * np.exp(max(mw, SMALLEST) - 5)
    far = c4 * np.log(np.maximum(hypocentral_km, FAR_KM) / FAR_KM)
    return np.asarray(c0 + c1 * mw + c2 / 2 * np.log(hypocentral_km**2 + near**2) + far)


def by_rupture(mw: float, rupture_km: Floats) -> Floats:
    """MMI = c0 + c1 M + c2 ln sqrt(R² + (1 + c3 exp(M - 5))²), R the distance to the nearest point of the rupture."""
    c0, c1, c2, c3 = RUPTURE
    return np.asarray(c0 + c1 * mw + c2 / 2 * np.log(rupture_km**2 + (1 + c3 * np.exp(mw - 5)) ** 2))

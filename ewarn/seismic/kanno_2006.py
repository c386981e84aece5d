"""Peak motion of shallow and of deep quakes: Kanno et al. 2006, Bull. Seism. Soc. Am. 96:879-897.

Of Mw and X, the distance from the fault plane, or from the hypocentre where no plane is known. Mostly Japanese data, of
Mw 5.5 to 8.2; what is deeper than 30 km has equations of its own, mostly of quakes in a slab. The coefficients are the
authors' own with one digit more than in tables 3 to 5, as in OpenQuake's `kanno_2006.py`; the tests compare.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


STRAIGHT_KM = 18.0
"""where 3.70 log10 PGA and 3.16 log10 PGV, as in `worden_2012`, fall by less than 0.1 a kilometre; see
`Motion.counted_depth_km`"""


@dataclass(frozen=True)
class Motion:
    """log10 Y = a Mw + b X - log10(X + d 10^(0.5 Mw)) + c, equations 5 and 6; d is 0 for deep quakes."""

    a: float
    b: float
    c: float
    d: float
    p: float
    q: float

    def log(self, mw: float, distance_km: Floats) -> Floats:
        """log10 of the motion on ground of the equation's own mean, at distances X (km, any shape, above 0)."""
        return np.asarray(
            self.a * mw + self.b * distance_km - np.log10(distance_km + self.d * 10 ** (0.5 * mw)) + self.c
        )

    def counted_depth_km(self, mw: float, depth_km: float) -> float:
        """The depth with which `log` of a shallow quake is to be taken, km: not less than the depth; ours.

        Right above a small and shallow quake the equation falls by up to one unit of intensity a kilometre. Nearer than
        X + d 10^(0.5 Mw) = `STRAIGHT_KM` it is carried on as a straight line: a hypocentre at 0 counts as one at some
        6 km, at 10 km as one at 11.
        """
        near = self.d * 10 ** (0.5 * mw)
        if depth_km + near >= STRAIGHT_KM:
            return depth_km
        return float(STRAIGHT_KM * np.exp((depth_km + near) / STRAIGHT_KM - 1) - near)

    def site(self, vs30_m_s: float) -> float:
        """G = p log10(Vs30) + q, equation 8: what the ground adds to log10 Y; 0 near 280 m/s (PGA), 320 (PGV)."""
        return float(self.p * np.log10(vs30_m_s) + self.q)


SHALLOW = (
    Motion(0.556, -0.003070, 0.2560, 0.00547, -0.5514, 1.3490),
    Motion(0.702, -0.000925, -1.9300, 0.00217, -0.7057, 1.7650),
)
"""PGA, gal, and PGV, cm/s, down to 30 km"""
DEEP = (
    Motion(0.409, -0.003890, 1.5600, 0.0, -0.5514, 1.3490),
    Motion(0.552, -0.003240, -0.5710, 0.0, -0.7057, 1.7650),
)
"""the same from 30 km on"""

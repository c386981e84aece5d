"""Peak motion of shallow and of deep quakes: Kanno et al. 2006, Bull. Seism. Soc. Am. 96:879-897.

Of Mw and X, the distance from the fault plane, or from the hypocentre where no plane is known. Mostly Japanese data, of
Mw 5.5 to 8.2; what is deeper than 30 km has equations of its own, mostly of quakes in a slab. The coefficients are the
authors' own with one digit more than in tables 3 to 5, as in OpenQuake's `kanno_2006.py`; the tests compare.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


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

"""Modified Mercalli intensity from peak motion: Worden et al. 2012, Bull. Seism. Soc. Am. 102:204-221.

Fitted to California. The constants are those of USGS ShakeMap's `wgrw12.py`.
"""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

BY_ACCELERATION = ((0.14, 1.71, 2.08), (1.57, 1.78, 1.55), (np.inf, -1.60, 3.70))
BY_VELOCITY = ((-1.21, 4.62, 2.17), (0.53, 3.78, 1.47), (np.inf, 2.89, 3.16))
"""Three lines each, MMI = c1 + c2 log10 Y: (up to which log10 Y it holds, c1, c2); gal, and cm/s"""


def mercalli(log_acceleration: Floats, log_velocity: Floats) -> Floats:
    """MMI, the mean of both, of log10 of PGA in gal and of PGV in cm/s; any shape, and of that shape; not clipped."""
    return (_lines(BY_ACCELERATION, log_acceleration) + _lines(BY_VELOCITY, log_velocity)) / 2


def _lines(lines: tuple[tuple[float, float, float], ...], log_motion: Floats) -> Floats:
    (low, a, b), (high, c, d), (_, e, f) = lines
    return np.where(
        log_motion < low, a + b * log_motion, np.where(log_motion < high, c + d * log_motion, e + f * log_motion)
    )

"""What a centre makes of the P that its stations have sent: magnitudes that grow with the record, and their errors.

A station's magnitude is cut off by the length of its own record and scatters by it, and it counts by it. What all
stations of a quake have in common (the model of the earth, the source) does not average out.
"""

from dataclasses import dataclass
from math import cos, exp, log, pi, sin
from statistics import NormalDist
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ewarn.seismic.rupture import RUPTURE_KM_S

Floats = NDArray[np.float64]

CAP_CONSTANT, SHORTEST_S = 1.85, 0.1
"""of `magnitude_cap`; shorter records are taken for so long, s"""
CAP_SIGMA = 0.3
"""Of the cap, common to a quake: a stress drop other than the usual makes a rupture of the same magnitude shorter or
longer. Duration goes with its cube root, the cap with twice the logarithm of duration, so this is a scatter of stress
drops by a factor of 2.8. Ours."""
PD_RECORD_S = 3.0
"""record for which a station's scatter is that of Wu & Zhao 2006; with others it goes by the root. Ours."""
EVENT_MEAN, EVENT_SIGMA = -0.1, 0.27
"""Of the magnitude, common to a quake's stations and reports. Published: -0.2 ± 0.32, the medians of Sichuan's system
in 2019-2021 (Peng et al. 2021, Frontiers in Earth Science 9:699941); the rest of it is the cap's and the stations'."""
PLACE_MEDIAN_KM, PLACE_SIGMA_LN = 1.9, 0.85
"""Of a lognormal distance by which all locations of a quake are off. Published: 2.3 ± 3.0 km (as above), of which the
stations have the rest."""
DEPTH_MEAN_KM, DEPTH_COMMON_KM = -3.0, 3.6
"""of the depth, common to a quake's reports: published as such (as above)"""
MOST_SIGMA = 2.5
"""standard deviations within which what is common to a quake stays: a slip of one in 80, not of one in a million"""
_NORMAL = NormalDist()


@dataclass(frozen=True)
class Common:
    """Errors that all reports of a quake share."""

    magnitude: float
    """of every magnitude"""
    cap: float
    """of the largest magnitude that a record can show"""
    east_km: float
    """of every epicentre, as north"""
    north_km: float
    depth_km: float
    """of every depth"""

    @classmethod
    def draw(cls, rng: np.random.Generator) -> Self:
        """Of one quake."""
        magnitude, cap, depth, far = kept_near(rng.standard_normal(4)).tolist()
        way = rng.random()
        away = PLACE_MEDIAN_KM * exp(PLACE_SIGMA_LN * far)
        return cls(
            magnitude=EVENT_MEAN + EVENT_SIGMA * magnitude,
            cap=CAP_SIGMA * cap,
            east_km=away * sin(2 * pi * way),
            north_km=away * cos(2 * pi * way),
            depth_km=DEPTH_MEAN_KM + DEPTH_COMMON_KM * depth,
        )


def kept_near(normal: Floats) -> Floats:
    """Standard normal numbers, any shape, those beyond `MOST_SIGMA` moved to it."""
    return np.clip(normal, -MOST_SIGMA, MOST_SIGMA)


def magnitude_cap(record_s: ArrayLike) -> Floats:
    """Largest magnitude that records of some seconds of P can show, any shape, and of that shape.

    M = 2 (log10(Vr t) + 1.85) with a rupture speed Vr of 2.8 km/s: 5.2 at 2 s, 6.0 at 5 s, 7.2 at 20 s. Ours; by it
    large quakes start far too low, and a centre that reads no more than some seconds of P never comes up to them.
    """
    return np.asarray(2 * (np.log10(RUPTURE_KM_S * np.maximum(record_s, SHORTEST_S)) + CAP_CONSTANT))


def station_magnitudes(magnitude: float, record_s: Floats, own: Floats, common: Any, cap: Any) -> tuple[Floats, Floats]:
    """Each station's magnitude, and its weight: both of the shape of `record_s`, seconds of P.

    `own` is a station's error with `PD_RECORD_S` of record, of that shape; `common` and `cap`, of a shape that
    broadcasts, are a quake's errors. The weight is the inverse of the variance, up to a factor: the record.
    """
    record = np.maximum(record_s, SHORTEST_S)
    seen = np.minimum(magnitude, magnitude_cap(record) + cap) + common
    return seen + own * np.sqrt(PD_RECORD_S / record), record


def delay_s(uniform: ArrayLike, median_s: float, sigma_ln: float, most: float) -> Floats:
    """Lognormal seconds, cut off at `most` times the median, of uniform numbers (0 to 1), any shape, and of that shape.

    The cut moves the median of what is left down.
    """
    if sigma_ln == 0:
        return np.full(np.shape(uniform), median_s)
    return np.asarray(median_s * np.exp(sigma_ln * cut_normal(uniform, log(most) / sigma_ln)))


def cut_normal(uniform: ArrayLike, most: float) -> Floats:
    """Standard normal numbers of none above `most`, of uniform ones (0 to 1), any shape, and of that shape."""
    share = _NORMAL.cdf(most)
    within = np.clip(np.asarray(uniform, np.float64) * share, 1e-12, share - 1e-12 * share)
    return np.asarray(np.vectorize(_NORMAL.inv_cdf, otypes=[np.float64])(within))

"""First arrivals of P and S in flat layers: the earlier of the direct ray and every valid head wave.

Formulas: Havskov & Ottemöller, "Routine Data Processing in Earthquake Seismology" (2010), ch. 5; any text on
refraction seismics has them. Distances beyond some 1,000 km want a round earth, which this is not: there flat
layers are 0.8 s (P) and 1.5 s (S) late against TauP.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ewarn.seismic.layers import LayeredModel

Floats = NDArray[np.float64]

MOST_STEPS = 60
"""of Newton's method; a ray that is not grazing takes 5, a source 1 m above an interface some 20"""


def direct(tops_km: Sequence[float], speeds: Sequence[float], depth_km: float, distances_km: Floats) -> Floats:
    """Time of the ray that only rises, s; same shape as `distances_km` (km, epicentral).

    The ray is found by Newton's method on u, the tangent of its steepest angle from the vertical, in which the distance
    grows without bound and without the loss of digits that the ray parameter suffers near a grazing ray. The distance
    is concave in u, so that from below every step falls short and none goes astray.
    """
    top, speed = np.asarray(tops_km), np.asarray(speeds)
    bottom = np.append(top[1:], np.inf)
    path = np.clip(depth_km - top, 0.0, bottom - top)
    crossed = path > 1e-100  # less than that overflows below, and is no way at all
    if not crossed.any():
        return np.asarray(distances_km / speed[0])
    path, speed = path[crossed, None], speed[crossed, None]
    ratio = speed / speed.max()
    slack = 1 - ratio**2

    u = distances_km / (path * ratio).sum()
    for _ in range(MOST_STEPS):
        spread = 1 + u**2 * slack
        reached = path * ratio / np.sqrt(spread)
        step = (distances_km - (reached * u).sum(axis=0)) / (reached / spread).sum(axis=0)
        u = np.maximum(u, u + step)
        if (step <= 1e-12 * u).all():
            break
    return np.asarray((path / speed * np.sqrt((1 + u**2) / (1 + u**2 * slack))).sum(axis=0))


def head_waves(
    tops_km: Sequence[float], speeds: Sequence[float], depth_km: float, distances_km: Floats
) -> list[Floats]:
    """Times of the waves refracted along each layer top at or below the source, s; infinite where not valid.

    t = d p + Σ hᵢ √(1/vᵢ² - p²) with p = 1/v of the refractor and hᵢ the path in layer i, down and up together;
    valid from d = Σ hᵢ tan(asin(vᵢ p)) on. A source exactly on an interface goes along it without a way down,
    which keeps the times continuous in depth.
    """
    top, speed = np.asarray(tops_km), np.asarray(speeds)
    times = []
    for refractor in range(1, len(top)):
        above, p = speed[:refractor], 1 / speed[refractor]
        if top[refractor] < depth_km or above.max() >= speed[refractor]:
            continue
        upper, lower = top[:refractor], top[1 : refractor + 1]
        down = lower - np.clip(depth_km, upper, lower)
        path = (lower - upper) + down
        delay = (path * np.sqrt(1 / above**2 - p**2)).sum()
        valid_from = (path * np.tan(np.arcsin(above * p))).sum()
        times.append(np.where(distances_km >= valid_from, distances_km * p + delay, np.inf))
    return times


def first_arrival(
    tops_km: Sequence[float], speeds: Sequence[float], depth_km: float, distances_km: ArrayLike
) -> Floats:
    """Earliest arrival of one phase, s after origin; same shape as `distances_km`."""
    distances = np.asarray(distances_km, np.float64)
    flat = distances.ravel()
    rays = [direct(tops_km, speeds, depth_km, flat), *head_waves(tops_km, speeds, depth_km, flat)]
    return np.asarray(np.minimum.reduce(rays).reshape(distances.shape))


class TravelTimes:
    """First arrivals by interpolation in tables, one a depth, each made when first asked for.

    Interpolation is within 0.01 s of `first_arrival` from 5 km depth on, within 0.02 s from 1 km. A depth's table
    takes some 10 ms to make; the last 64 are kept, since the reports of a quake share a few.
    """

    NODES_KM = np.concatenate([np.arange(0, 300, 0.25), np.arange(300, 4001, 5.0)])
    KEPT = 64

    def __init__(self, model: LayeredModel) -> None:
        self.model = model
        self._tables: dict[float, tuple[Floats, Floats]] = {}

    def first(self, depth_km: float, distances_km: ArrayLike) -> tuple[Floats, Floats]:
        """First P and first S, s after origin, each of the shape of `distances_km` (0 to 4,000 km)."""
        distances = np.asarray(distances_km, np.float64)
        p, s = (np.asarray(np.interp(distances, self.NODES_KM, times)) for times in self._table(depth_km))
        return p, s

    def s_distance_km(self, depth_km: float, seconds: float) -> float:
        """How far from the epicentre S has come, km, `seconds` after origin; 0 while it has not surfaced."""
        return float(np.interp(seconds, self._table(depth_km)[1], self.NODES_KM, left=0.0))

    def _table(self, depth_km: float) -> tuple[Floats, Floats]:
        if depth_km not in self._tables:
            if len(self._tables) >= self.KEPT:
                self._tables.pop(next(iter(self._tables)))
            tops = self.model.tops_km
            self._tables[depth_km] = (
                first_arrival(tops, self.model.p_km_s, depth_km, self.NODES_KM),
                first_arrival(tops, self.model.s_km_s, depth_km, self.NODES_KM),
            )
        return self._tables[depth_km]

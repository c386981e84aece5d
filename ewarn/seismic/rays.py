"""Rays in flat slices: the direct one, and head waves.

Formulas: Havskov & Ottemöller, "Routine Data Processing in Earthquake Seismology" (2010), ch. 5; any text on
refraction seismics has them.
"""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

MOST_STEPS = 60
"""of Newton's method; a ray that is not grazing takes 5, a source 1 m above an interface some 20"""


def direct(top_km: Floats, speed_km_s: Floats, depth_km: float, distances_km: Floats) -> Floats:
    """Time of the ray that only rises, s, shape (n,), at epicentral distances (n,).

    `top_km` and `speed_km_s` have shape (slices,), `top_km` begins at 0.

    The ray is found by Newton's method on u, the tangent of its steepest angle from the vertical, in which the distance
    grows without bound and without the loss of digits that the ray parameter suffers near a grazing ray. The distance
    is concave in u, so that from below every step falls short and none goes astray.
    """
    bottom = np.append(top_km[1:], np.inf)
    path = np.clip(depth_km - top_km, 0.0, bottom - top_km)
    crossed = path > 1e-100  # less than that overflows below, and is no way at all
    if not crossed.any():
        return np.asarray(distances_km / speed_km_s[0])
    path, speed = path[crossed, None], speed_km_s[crossed, None]
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
    top_km: Floats,
    speed_km_s: Floats,
    depth_km: float,
    distances_km: Floats,
    along: NDArray[np.bool_],
    at_top_km_s: Floats | None = None,
) -> Floats:
    """Earliest of the waves refracted along the tops marked in `along`, s, shape (n,); infinite where none is valid.

    Shapes of the arguments are those of `direct`; `along` has shape (slices,), as has `at_top_km_s`, the speeds along
    the tops where these are not those within.

    t = d p + Σ hᵢ √(1/vᵢ² - p²) with p = 1/v of the refractor and hᵢ the path in slice i, down and up together;
    valid from d = Σ hᵢ tan(asin(vᵢ p)) on. A source exactly on an interface goes along it without a way down,
    which keeps the times continuous in depth. A slice that is no faster than all above it carries none.
    """
    count = len(top_km)
    at_top = speed_km_s if at_top_km_s is None else at_top_km_s
    fastest = np.maximum.accumulate(speed_km_s)
    usable = along & (top_km >= depth_km)
    usable[1:] &= at_top[1:] > fastest[:-1]
    usable[0] = False
    refractors = np.flatnonzero(usable)
    if not len(refractors):
        return np.full(len(distances_km), np.inf)
    thick = np.diff(top_km)
    path = thick + np.clip(top_km[1:] - np.maximum(depth_km, top_km[:-1]), 0.0, None)
    crossed = np.arange(count - 1)[None, :] < refractors[:, None]
    p = 1 / at_top[refractors][:, None]
    sine = np.where(crossed, speed_km_s[:-1] * p, 0.0)
    cosine = np.sqrt(1 - sine**2)
    delay = np.where(crossed, path * cosine / speed_km_s[:-1], 0.0).sum(axis=1)
    valid_from = np.where(crossed, path * sine / cosine, 0.0).sum(axis=1)
    near = valid_from <= distances_km.max(initial=0.0)
    times = distances_km * p[near] + delay[near, None]
    times[distances_km < valid_from[near, None]] = np.inf
    return np.asarray(times.min(axis=0, initial=np.inf))

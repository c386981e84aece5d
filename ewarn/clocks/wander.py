"""How unevenly a clock runs, by the oscillator that it is made from. Pure.

CLOCK_MONOTONIC_RAW counts an oscillator. CLOCK_MONOTONIC counts the same one, with what time services correct
(clock_gettime(2)). So what is uneven between both is what was corrected meanwhile.
"""

import math

import numpy as np
from numpy.typing import NDArray

from ewarn.clocks.hulls import above, below, largest_gap

NEIGHBOURS = 1
"""on each side of a pair of readings, by which it is judged"""


def wander_ns(clock: NDArray[np.int64], raw: NDArray[np.int64]) -> int:
    """The largest deviation of a clock from the best straight line against its oscillator, ns, rounded up.

    `clock` and `raw`: readings in pairs, shape (n,), of which the second may be late: where a process was put off
    between the two, see `readings`. So a value that stands out
    above its neighbours on either side is taken down to theirs; what rises or falls, or jumps and stays, is kept.
    """
    if len(clock) < 2 + NEIGHBOURS:
        return 0
    order = np.argsort(clock, kind="stable")
    x = clock[order] - clock[order[0]]
    late = (raw[order] - raw[order[0]]) - x
    # A steady drift must not make neighbours differ.
    level = late - np.round(_slope(x, late) * x).astype(np.int64)
    level = _opened(level)
    # The best line is in the middle of the narrowest strip with all points, which is as wide as their hulls are apart.
    return math.ceil(max(0.0, largest_gap(above(x, level), below(x, level))) / 2)


def _slope(x: NDArray[np.int64], y: NDArray[np.int64]) -> float:
    """A median of slopes over half of the time (after Theil 1950): a few values that stand out do not move it."""
    half = len(x) // 2
    run = x[half:] - x[: len(x) - half]
    rise = y[half:] - y[: len(x) - half]
    steep = rise[run > 0] / run[run > 0]
    return float(np.median(steep)) if len(steep) else 0.0


def _opened(y: NDArray[np.int64]) -> NDArray[np.int64]:
    """Without peaks that are narrower than a window (a morphological opening: the most of the least of neighbours)."""
    least: NDArray[np.int64] = _windows(y).min(axis=1)
    most: NDArray[np.int64] = _windows(least).max(axis=1)
    return most


def _windows(y: NDArray[np.int64]) -> NDArray[np.int64]:
    """Each value with its neighbours; beyond an end stands the last one again."""
    padded = np.pad(y, NEIGHBOURS, mode="edge")
    return np.stack([padded[at : len(y) + at] for at in range(2 * NEIGHBOURS + 1)], axis=1)

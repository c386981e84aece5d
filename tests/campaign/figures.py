"""Figures of the campaign, from samples. Pure."""

import math
from collections.abc import Sequence

import numpy as np


def slope(times_s: Sequence[float], values: Sequence[float], warm_up_s: float = 0.0) -> float:
    """By least squares, how much the values rise a second, from `warm_up_s` after the first sample on.

    0.0 where fewer than two samples are left, or all of one instant: nothing was seen to rise.
    """
    if not len(times_s):
        return 0.0
    times, found = np.asarray(times_s, dtype=float), np.asarray(values, dtype=float)
    kept = times >= times[0] + warm_up_s
    if kept.sum() < 2:
        return 0.0
    away = times[kept] - times[kept].mean()
    spread = float(away @ away)
    return float(away @ (found[kept] - found[kept].mean())) / spread if spread else 0.0


def said_ms(seconds: float) -> str:
    """`12.3 ms`, or `never`."""
    return f"{seconds * 1e3:,.1f} ms" if math.isfinite(seconds) else "never"

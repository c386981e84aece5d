"""How far the order of arrival strayed from the order that was meant, over the whole service."""

import numpy as np
from numpy.typing import NDArray

from ewarn.verdict.document import Displacement
from ewarn.verdict.percentiles import finite, percentile


def displacement(score: NDArray[np.float64], arrived: NDArray[np.float64]) -> Displacement:
    """Distance between each user's rank by score and their rank by arrival, as a share of all.

    Both arrays have an element a user; those whose score or arrival is not finite are left out. Users of one score
    may come in any order among themselves. Returned are the number of users and the share, 0 to 1, at each of `POINTS`,
    None where no user is left. Of N users in an order drawn by chance, p50 is 0.29 and p95 0.78.
    """
    known = np.isfinite(score) & np.isfinite(arrived)
    score, arrived = score[known], arrived[known]
    by_arrival = np.empty(len(score), np.int64)
    # Equal scores take the ranks that serve them best: those in which they arrived.
    by_arrival[np.lexsort((score, arrived))] = np.arange(len(score))
    by_score = np.empty(len(score), np.int64)
    by_score[np.lexsort((arrived, score))] = np.arange(len(score))
    strayed = np.abs(by_score - by_arrival) / max(1, len(score))
    return Displacement(users=len(score), **{name: finite(percentile(strayed, at), 4) for name, at in POINTS.items()})


POINTS = {"p50": 0.5, "p95": 0.95, "max": 1.0}
"""percentiles that are given"""

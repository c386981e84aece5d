"""How far the order of arrival strayed from the order that was meant, over the whole service."""

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ewarn.verdict.document import Between, Displacement
from ewarn.verdict.percentiles import finite, percentile

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def displacement(score: Floats, arrived: Floats) -> Displacement:
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
    return _at_points(strayed)


def least_and_most(score: Floats, earliest: Floats, latest: Floats, on: ArrayLike | None = None) -> Between:
    """What `displacement` can be at the least and at the most where each arrival lies between two instants.

    Arrays have shape (users,), and the users of a finite score and arrival are those of `displacement`. `on` numbers
    the host on which each arrived: users of one host came in the order of `latest`, which is that of their own clock,
    and those of one instant in either order. None: each is on a host of their own.

    A user's distance is the number of users of other scores who came before them, less the number of lower scores. The
    least of these is all who came before them for certain, the most all who did not come after them for certain; each
    is reached, by letting this user come as early or late as they can, and the others as late or early. A percentile
    grows with every distance, so that of the least distances is never above the true one, nor that of the most below.
    """
    known = np.flatnonzero(np.isfinite(score) & np.isfinite(latest))
    # In the order of their arrival, near enough, as processors like to have it. It is no matter to percentiles.
    known = known[np.argsort(latest[known], kind="stable")]
    users = len(known)
    host = np.arange(users) if on is None else np.asarray(np.broadcast_to(on, score.shape)[known], np.int64)
    _, group, sizes = np.unique(score[known], return_inverse=True, return_counts=True)
    least, most = _before(group if len(sizes) < users else None, host, earliest[known], latest[known])
    lower = (np.cumsum(sizes) - sizes)[group]
    near = np.maximum(np.maximum(least - lower, lower - most), 0)
    far = np.maximum(lower - least, most - lower)
    return Between(least=_at_points(near / max(1, users)), most=_at_points(far / max(1, users)))


POINTS = {"p50": 0.5, "p95": 0.95, "max": 1.0}
"""percentiles that are given"""


def _at_points(strayed: Floats) -> Displacement:
    return Displacement(users=len(strayed), **{name: finite(percentile(strayed, at), 4) for name, at in POINTS.items()})


def _before(group: Ints | None, host: Ints, earliest: Floats, latest: Floats) -> tuple[Ints, Ints]:
    """How many users of other groups came before each, at the least and at the most.

    Each is in a group of their own where `group` is None. A user of another host came before for certain where their
    latest is before one's earliest, and maybe where their earliest is not after one's latest.
    """
    counts = [_Alike(host)]
    if group is not None:
        counts += [_Alike(group), _Alike(group * (int(host.max(initial=0)) + 1) + host)]
    surely = _below(latest, earliest, "left", counts)
    perhaps = _below(earliest, latest, "right", counts)
    sooner, not_later = (_below(latest, latest, side, counts) for side in ("left", "right"))
    if group is None:
        (everyone, here), (anyone, near) = surely, perhaps
        return everyone - here + sooner[1], anyone - near + not_later[1] - 1
    (everyone, here, alike, both), (anyone, near, same, twins) = surely, perhaps
    least = everyone - here - alike + both + sooner[1] - sooner[3]
    return least, anyone - near - same + twins + not_later[1] - not_later[3]


def _below(at: Floats, limits: Floats, side: Literal["left", "right"], counts: "list[_Alike]") -> list[Ints]:
    """For each user's limit, how many users' instants are below it (on the right: or at it): of all, of those alike.

    All arrays have shape (users,); the second result is of the first of `counts`, and so on.
    """
    count = np.searchsorted(np.sort(at), limits, side)
    rank = np.empty(len(at), np.int64)
    rank[np.argsort(at, kind="stable")] = np.arange(len(at))
    return [count, *(one.below(rank, count) for one in counts)]


class _Alike:
    """Users by a label that several share, shape (users,), to count among those of one label."""

    def __init__(self, label: Ints) -> None:
        # By label, so that what is asked one after the other stands side by side.
        self._order = np.argsort(label, kind="stable")
        label = label[self._order]
        self._start, self._base = np.searchsorted(label, label), label * (len(label) + 1)

    def below(self, rank: Ints, limit: Ints) -> Ints:
        """How many users of each one's label have a rank, 0 to users - 1 and each once, below each one's limit."""
        keys, counts = np.sort(self._base + rank[self._order]), np.empty_like(rank)
        counts[self._order] = np.searchsorted(keys, self._base + limit[self._order]) - self._start
        return counts

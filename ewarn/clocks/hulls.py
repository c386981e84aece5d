"""Hulls of points: the least concave function above them, and the greatest convex one below. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Hull:
    """A function that is linear between its vertices; asked from the first to the last of them alone."""

    x: NDArray[np.int64]
    """rising"""
    y: NDArray[np.int64]

    def at(self, x: NDArray[np.int64] | NDArray[np.float64]) -> NDArray[np.float64]:
        """Its values. They are wrong by less than `slack`, as long as all x are below 2^53."""
        return np.interp(x, self.x, self.y)

    @property
    def slack(self) -> float:
        """What rounding can make of a value, at most.

        A value is y0 + (y1 - y0) / (x1 - x0) * (x - x0): four roundings, each of half a unit in the last place of what
        is no larger than twice the largest y.
        """
        return 4 * float(np.spacing(2.0 * np.abs(self.y).max(initial=1)))


def above(x: NDArray[np.int64], y: NDArray[np.int64]) -> Hull:
    """The least concave function that no point is above; x and y have one shape, (n,), n >= 1."""
    return _hull(x, y)


def below(x: NDArray[np.int64], y: NDArray[np.int64]) -> Hull:
    """The greatest convex function that no point is below."""
    found = _hull(x, -y)
    return Hull(found.x, -found.y)


def largest_gap(upper: Hull, lower: Hull) -> float:
    """By how much `upper` is above `lower` where that is most; negative where it is below everywhere.

    Only where both are: one that has no x in common with the other is -inf above it.
    """
    first, last = max(upper.x[0], lower.x[0]), min(upper.x[-1], lower.x[-1])
    # What is linear between knots is largest at one.
    knots = np.concatenate((upper.x, lower.x, [first, last]))
    knots = knots[(knots >= first) & (knots <= last)]
    return float((upper.at(knots) - lower.at(knots)).max(initial=-np.inf))


def _hull(x: NDArray[np.int64], y: NDArray[np.int64]) -> Hull:
    """The upper half of Andrew's monotone chain (1979), in whole numbers of any length: nothing is rounded."""
    order = np.lexsort((y, x))
    kept: list[tuple[int, int]] = []
    for point in _pairs(x[order], y[order]):
        if kept and kept[-1][0] == point[0]:
            kept.pop()
        while len(kept) > 1 and _is_under(kept[-2], kept[-1], point):
            kept.pop()
        kept.append(point)
    vertices = np.array(kept, np.int64).reshape(-1, 2)
    return Hull(vertices[:, 0], vertices[:, 1])


def _pairs(x: NDArray[np.int64], y: NDArray[np.int64]) -> Iterable[tuple[int, int]]:
    return zip(x.tolist(), y.tolist(), strict=True)


def _is_under(left: tuple[int, int], middle: tuple[int, int], right: tuple[int, int]) -> bool:
    """Whether the middle one is no higher than the line from left to right."""
    return (middle[1] - left[1]) * (right[0] - left[0]) <= (right[1] - left[1]) * (middle[0] - left[0])

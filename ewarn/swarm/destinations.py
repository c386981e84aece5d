"""Where each device of a process connects to. Here: ever to the same gateway; `finding` has those who may move."""

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from ewarn.swarm.fleet import Host
from ewarn.swarm.opening import Way

NEVER = float("inf")


class Destinations:
    """By row; times are in s on any one clock."""

    lap = 1
    """tries after which a row has been everywhere"""

    def __init__(self, ways: Sequence[Way], way_of: NDArray[np.int64]) -> None:
        """`way_of`: by row, which of the ways it goes."""
        self.ways, self.way_of = ways, way_of
        self._there = np.zeros(len(way_of), np.bool_)
        """by row: it is connected"""

    def way(self, row: int) -> Way:
        """To where it is, or is about to be."""
        way: Way = self.ways[self.way_of[row]]
        return way

    def failed(self, row: int, now: float) -> None:
        """It could not be connected."""

    def ended(self, row: int, now: float, *, let_go: bool) -> None:  # noqa: ARG002
        """Its connection is over; `let_go`: it did not hang up itself."""
        self._there[row] = False

    def steps(self, rows: Iterable[int]) -> list[tuple[int, int]]:  # noqa: ARG002
        """Choose for rows that are about to connect once more: (row, which way), of all that may go another."""
        return []

    def arrived(self, row: int, now: float) -> bool:  # noqa: ARG002
        """It is connected; whether it was somewhere else before."""
        self._there[row] = True
        return False

    def next_s(self, now: float) -> float:  # noqa: ARG002
        """Seconds until `movers` is to be asked, 0 or less where it is due; infinite where nobody is to move."""
        return NEVER

    def movers(self, now: float, told_at: float) -> list[int]:  # noqa: ARG002
        """Rows that are to hang up and go elsewhere; the newest report was read at `told_at`."""
        return []

    def standing(self) -> dict[str, tuple[int, int]]:
        """By gateway, its name where it has one, else its address: how many are connected whose home it is, and others.

        In the order of the ways.
        """
        counts = np.bincount(self.way_of[self._there], minlength=len(self.ways)).tolist()
        names = [way.name if isinstance(way, Host) else way.target.authority for way in self.ways]
        return {name: (count, 0) for name, count in zip(names, counts, strict=True)}

"""What falls due later: numbers, each with an instant. Pure.

Only what falls due soon is kept in order. The rest is looked at once in `SOON_NS`, so that adding costs little however
much is waiting.
"""

import numpy as np
from numpy.typing import NDArray

from ewarn.packets.state import NEVER

SOON_NS = 8_000_000
"""with 20,000 and with 200,000 waiting, anything from 4 to 32 ms cost alike: 0.2 to 0.4 us a segment to put"""

Numbers = NDArray[np.int64]


class Waiting:
    """Numbers by the instant at which they fall due; those of one instant in the order in which they came."""

    def __init__(self) -> None:
        self._due, self._number = np.empty(0, np.int64), np.empty(0, np.int64)
        """all that falls due before `_soon`, in order"""
        self._later: list[tuple[Numbers, Numbers]] = []
        """(due, number), as they came"""
        self._soon = 0
        self._first_later = NEVER

    @property
    def next_ns(self) -> int:
        """When the first falls due; `NEVER` where there is none."""
        return int(self._due[0]) if len(self._due) else self._first_later

    def add(self, due: Numbers, number: Numbers) -> None:
        """Some more, (n,) each."""
        soon = due < self._soon
        if soon.any():
            self._sort([(self._due, self._number), (due[soon], number[soon])])
            due, number = due[~soon], number[~soon]
        if len(due):
            self._later.append((due, number))
            self._first_later = min(self._first_later, int(due.min()))

    def take(self, now: int) -> tuple[Numbers, Numbers]:
        """Those that are due by now, the earliest first: their instants and numbers."""
        if self._later and self._first_later <= now:
            self._move(now + SOON_NS)
        count = int(self._due.searchsorted(now, "right"))
        taken = self._due[:count], self._number[:count]
        self._due, self._number = self._due[count:], self._number[count:]
        return taken

    def _move(self, soon: int) -> None:
        """Keep in order what falls due before that."""
        due, number = (np.concatenate(parts) for parts in zip(*self._later, strict=True))
        near = due < soon
        self._sort([(self._due, self._number), (due[near], number[near])])
        due, number = due[~near], number[~near]
        self._later = [(due, number)] if len(due) else []
        self._first_later = int(due.min(initial=NEVER))
        self._soon = soon

    def _sort(self, parts: list[tuple[Numbers, Numbers]]) -> None:
        due, number = (np.concatenate(arrays) for arrays in zip(*parts, strict=True))
        order = np.argsort(due, kind="stable")
        self._due, self._number = due[order], number[order]

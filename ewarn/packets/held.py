"""Segments that are kept for a while, by number. Pure.

Payloads lie in rows of the next power of two, so that one long segment does not widen all others, and what is held
takes at most about twice its bytes (64 at least).
"""

from typing import Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from ewarn.packets.segments import Segments

WIDTHS = np.array([0, *(1 << power for power in range(6, 17))])
"""bytes of payload that a row of each pool has; an IPv4 packet has fewer than the last"""

Numbers = NDArray[np.int64]
Kind = TypeVar("Kind", np.int64, np.uint8)


class Pool(Generic[Kind]):
    """Rows of one width, which are used again: as many as were ever held at once, up to the next power of two."""

    def __init__(self, width: int, kind: type[Kind]) -> None:
        self._rows: NDArray[Kind] = np.empty((0, width), kind)
        self._free = np.empty(0, np.int64)
        """the first `_left` are numbers of free rows"""
        self._left = 0

    def put(self, rows: NDArray[Kind]) -> Numbers:
        """Keep rows (n, as wide or less): their numbers."""
        if len(rows) > self._left:
            self._grow(len(rows))
        self._left -= len(rows)
        numbers = self._free[self._left : self._left + len(rows)].copy()
        if rows.shape[1] == self._rows.shape[1]:
            self._rows[numbers] = rows
        else:
            self._rows[numbers, : rows.shape[1]] = rows
        return numbers

    def take(self, numbers: Numbers) -> NDArray[Kind]:
        """Copies of these, which are free afterwards."""
        self._free[self._left : self._left + len(numbers)] = numbers
        self._left += len(numbers)
        return np.asarray(self._rows.take(numbers, axis=0))

    def _grow(self, count: int) -> None:
        old = len(self._rows)
        new = 1 << (old - self._left + count - 1).bit_length()
        self._rows = np.concatenate([self._rows, np.empty((new - old, self._rows.shape[1]), self._rows.dtype)])
        free = np.empty(new, np.int64)
        free[: self._left] = self._free[: self._left]
        free[self._left : self._left + new - old] = np.arange(old, new)
        self._free, self._left = free, self._left + new - old


class Held:
    """Segments by the number that `put` gives them."""

    def __init__(self) -> None:
        self._heads = Pool(9, np.int64)
        self._payloads = [Pool(int(width), np.uint8) for width in WIDTHS]

    def put(self, segments: Segments, which: Numbers, lives: NDArray[np.uint8]) -> Numbers:
        """Keep those at indices (n,), with the lives (n,) of their rows: their numbers, by which each is taken once."""
        length = segments.length[which]
        heads = np.empty((len(which), 9), np.int64)
        heads[:, 0], heads[:, 1] = segments.row[which], segments.sequence[which]
        heads[:, 2], heads[:, 3] = segments.acknowledged[which], segments.flags[which]
        heads[:, 4], heads[:, 5], heads[:, 6] = segments.window[which], length, segments.arrived[which]
        heads[:, 7] = lives
        for kind, mine in _by_width(length):
            heads[mine, 8] = self._payloads[kind].put(segments.payload[which[mine], : WIDTHS[kind]])
        return self._heads.put(heads)

    def take(self, numbers: Numbers) -> tuple[Segments, Numbers]:
        """These, in this order, no wider than the longest of them; and the lives."""
        heads = self._heads.take(numbers)
        row, sequence, acknowledged, flags, window, length, arrived, lives, place = heads.T.copy()
        payload = np.empty((len(numbers), int(length.max(initial=0))), np.uint8)
        for kind, mine in _by_width(length):
            rows = self._payloads[kind].take(place[mine])
            width = min(rows.shape[1], payload.shape[1])
            payload[mine, :width] = rows[:, :width]
        segments = Segments(
            row,
            sequence.astype(np.uint32),
            acknowledged.astype(np.uint32),
            flags.astype(np.uint8),
            window.astype(np.uint16),
            length,
            payload,
            arrived,
        )
        return segments, lives


def _by_width(length: Numbers) -> list[tuple[int, Numbers | slice]]:
    """Of each pool that some of them need: its index, and which; those without a payload need none."""
    kinds = WIDTHS.searchsorted(length)
    present = np.bincount(kinds).nonzero()[0].tolist()
    if len(present) == 1:
        return [(present[0], slice(None))] if present[0] else []
    return [(kind, (kinds == kind).nonzero()[0]) for kind in present if kind]

"""What came of a look at what the gateway sent."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.int64]


@dataclass(frozen=True)
class Taken:
    """The first four are arrays (pieces,), in the order of arrival for each row; the others are rows, each once."""

    row: Rows
    index: Rows
    """of the segment that holds it"""
    first: Rows
    """of the segment's payload, the first byte that is new"""
    last: Rows
    """one past the last byte that is"""
    opened: Rows
    refused: Rows
    ended: Rows
    """by the gateway, after all that it said"""


@dataclass
class Found:
    """A `Taken` in the making."""

    pieces: list[tuple[Rows, Rows, Rows, Rows]] = field(default_factory=list)
    opened: list[Rows] = field(default_factory=list)
    refused: list[int] = field(default_factory=list)
    ended: list[int] = field(default_factory=list)

    def add(self, row: Rows, index: Rows, first: Rows, last: Rows) -> None:
        """Pieces of segments, at most one a row."""
        self.pieces.append((row, index, first, last))

    def taken(self) -> Taken:
        """All of it."""
        row, index, first, last = (_joined([piece[at] for piece in self.pieces]) for at in range(4))
        opened, refused, ended = _joined(self.opened), np.array(self.refused, np.int64), np.array(self.ended, np.int64)
        return Taken(row, index, first, last, opened, refused, ended)


def _joined(parts: list[Rows]) -> Rows:
    if len(parts) == 1:
        return parts[0]
    return np.concatenate(parts) if parts else np.zeros(0, np.int64)

"""What was read at once and is kept until there is time to parse it: arrays, of which nothing is taken apart before."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ewarn.swarm.recorder import Heard


@dataclass(frozen=True)
class Batch:
    """Arrays (pieces,), but for `data`."""

    rows: NDArray[np.int64]
    read_at: NDArray[np.int64]
    arrived: NDArray[np.int64]
    """by the kernel's stamp, on the monotonic clock; 0 where there is none"""
    data: NDArray[np.uint8]
    """(pieces, bytes of the longest)"""
    lengths: NDArray[np.int64]

    def pieces(self) -> Iterator[Heard]:
        """One after the other."""
        numbers = (column.tolist() for column in (self.rows, self.read_at, self.lengths, self.arrived))
        for data, row, read_at, length, arrived in zip(self.data, *numbers, strict=True):
            yield row, read_at, data[:length].tobytes(), arrived

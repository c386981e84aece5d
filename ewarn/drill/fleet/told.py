"""What hosts tell of a play, on the clock of the conductor: of each instant the earliest and the latest it can be."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ewarn.clocks.bound import Bound
from ewarn.verdict.fleet import EARLIEST
from ewarn.verdict.receipts import NEVER
from ewarn.wire.pieces import Micros

Times = NDArray[np.int64]


@dataclass(frozen=True)
class Between:
    """Instants on the conductor's clock, monotonic ns, `NEVER` for never; by report and user."""

    earliest: Times
    latest: Times

    @classmethod
    def of(cls, times: Micros, bound: Bound) -> "Between":
        """Of a host's own times. Raises MeasurementError where one is outside the exchanges of clocks."""
        return cls(bound.near(times.earliest())[0], bound.near(times.latest())[1])


def earliest(reports: int, users: int) -> NDArray[np.void]:
    """Rows of dtype `EARLIEST`, all never, shape (reports, users)."""
    rows = np.empty((reports, users), EARLIEST)
    for name in EARLIEST.names or ():
        rows[name] = NEVER
    return rows

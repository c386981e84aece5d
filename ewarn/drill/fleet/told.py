"""What hosts tell of a play, on the clock of the conductor: of each instant the earliest and the latest it can be."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ewarn.clocks.bound import Bound
from ewarn.verdict.fleet import EARLIEST
from ewarn.verdict.receipts import NEVER
from ewarn.wire.pieces import Micros

Times = NDArray[np.int64]
SINCE_RELEASE = 0
"""in place of an instant: no earlier than its report's release"""


@dataclass(frozen=True)
class Between:
    """Instants on the conductor's clock, monotonic ns, `NEVER` for never; by report and user."""

    earliest: Times
    latest: Times

    @classmethod
    def of(cls, times: Micros, bound: Bound) -> "Between":
        """Of a host's own times. Raises MeasurementError where one is outside the exchanges of clocks."""
        return cls(bound.near(times.earliest())[0], bound.near(times.latest())[1])

    @classmethod
    def by(cls, times: Micros, told_ns: Times) -> "Between":
        """Of a host whose clock cannot be told: it was read before the host told so, and after the report's release.

        `told_ns` is by report. The earliest is `SINCE_RELEASE`, until releases are known (`since_release`).
        """
        read = times.latest() != NEVER
        return cls(np.where(read, SINCE_RELEASE, NEVER), np.where(read, told_ns[:, None], NEVER))

    @classmethod
    def never(cls, reports: int, users: int) -> "Between":
        """Of what nobody knows."""
        none = np.full((reports, users), NEVER, np.int64)
        return cls(none, none)


def since_release(earliest: NDArray[np.void], receipts: NDArray[np.void]) -> None:
    """Fill in, in place, what is known of a host whose clock cannot be told: nobody reads what is not yet released.

    Rows of dtype `EARLIEST` and `RECEIPT`, by report and then user.
    """
    unknown = earliest["read"] == SINCE_RELEASE
    earliest["read"][unknown] = receipts["released"][unknown]


def earliest(reports: int, users: int) -> NDArray[np.void]:
    """Rows of dtype `EARLIEST`, all never, shape (reports, users)."""
    rows = np.empty((reports, users), EARLIEST)
    for name in EARLIEST.names or ():
        rows[name] = NEVER
    return rows

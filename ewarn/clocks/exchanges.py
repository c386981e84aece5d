"""What is left of clock exchanges with a host. Pure.

*near* is the clock of whoever asks, *far* that of the host that answers.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

EXCHANGE = np.dtype(
    [
        ("sent", "<i8"),  # near monotonic ns, read before the question was handed to the kernel
        ("arrived", "<i8"),  # far monotonic ns, read after the kernel gave it
        ("left", "<i8"),  # far monotonic ns, read before the answer was handed to the kernel
        ("back", "<i8"),  # near monotonic ns, read after the kernel gave it
        ("raw", "<i8"),  # far CLOCK_MONOTONIC_RAW at `left`, ns; it can be read too late, never too early
        ("raw_back", "<i8"),  # near CLOCK_MONOTONIC_RAW at `back`, likewise
    ]
)


@dataclass(frozen=True, eq=False)
class Exchanges:
    """With one host."""

    rows: NDArray[np.void]
    """EXCHANGE, one that was answered a row, in the order in which they were sent"""
    asked: int
    """all of them"""

    @property
    def lost(self) -> int:
        """How many were never answered."""
        return self.asked - len(self.rows)

    @property
    def can_be_of_one_clock(self) -> bool:
        """Whether both clocks can be one and the same, by what they said: nothing arrived before it was sent.

        What copies of one virtual machine say of themselves is the same, and their clocks are not.
        """
        rows = self.rows
        in_order = (rows["sent"] <= rows["arrived"]) & (rows["left"] <= rows["back"])
        return bool(in_order.all())

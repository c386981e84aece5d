"""What the gateway asks of an engine, the code that turns a slice of a plan into system calls."""

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

BROKEN = -1
"""Stands in `written` for a connection that is no more."""


class Engine(Protocol):
    """Writes one frame to each of many descriptors."""

    name: str

    def prepare(self, descriptors: NDArray[np.int64]) -> None:
        """Do ahead of an alert what sending to these descriptors needs done once; repeating it is cheap."""

    def forget(self, descriptor: int) -> None:
        """A descriptor is about to be closed."""

    def send(
        self,
        descriptors: NDArray[np.int64],
        frames: NDArray[np.uint8],
        starts: NDArray[np.int64],
        lengths: NDArray[np.int64],
    ) -> NDArray[np.int64]:
        """Write `frames[start : start + length]` to each descriptor, in the order given, never waiting.

        `frames` is flat. Returns the bytes that each connection took: fewer than its length where its buffer is
        full, `BROKEN` where it is gone.
        """

    def close(self) -> None:
        """Let go of what it holds; the connections stay open."""

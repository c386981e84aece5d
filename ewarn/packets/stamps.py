"""Stamps of the kernel, which are of the wall clock, on the monotonic one."""

import time
from collections.abc import Callable

TELLS_NS = 50_000
"""two clocks that were read within so long of one another are read together"""
TRIES = 5
SET_NS = 1_000_000
"""Both clocks are slewed alike (clock_gettime(2)), so that more than this between them is a wall clock that was set."""


class Shift:
    """From the wall clock to the monotonic one."""

    def __init__(
        self, monotonic_ns: Callable[[], int] = time.monotonic_ns, wall_ns: Callable[[], int] = time.time_ns
    ) -> None:
        self._monotonic_ns, self._wall_ns = monotonic_ns, wall_ns
        self._last, _ = self._read()

    def since_last(self) -> int | None:
        """To be added to stamps since this was asked last, ns; None where the clock was set meanwhile."""
        shift, within = self._read()
        was_set = abs(shift - self._last) > SET_NS + within
        self._last = shift
        return None if was_set else shift

    def _read(self) -> tuple[int, int]:
        """The shift, and by how much it may be wrong: whoever reads may be held up between the two."""
        found = []
        for _ in range(TRIES):
            before, wall, after = self._monotonic_ns(), self._wall_ns(), self._monotonic_ns()
            found.append((after - before, (before + after) // 2 - wall))
            if after - before <= TELLS_NS:
                break
        within, shift = min(found)
        return shift, within

"""The clocks that are passed in: the machine's own, and one that only moves when told to."""

import time
from typing import Protocol


class Clock(Protocol):
    """What code that waits or stamps asks of a clock."""

    def monotonic_ns(self) -> int:
        """Nanoseconds that never go back, the same in every process of a machine."""

    def time(self) -> float:
        """Seconds since 1970-01-01 UTC."""

    def sleep(self, seconds: float) -> None:
        """Let `seconds` pass; none or fewer return at once."""


class WallClock:
    """The machine's clock."""

    def monotonic_ns(self) -> int:
        """See `Clock`."""
        return time.monotonic_ns()

    def time(self) -> float:
        """See `Clock`."""
        return time.time()

    def sleep(self, seconds: float) -> None:
        """See `Clock`."""
        if seconds > 0:
            time.sleep(seconds)


class VirtualClock:
    """A clock whose sleeps cost nothing; it starts at `start` seconds since 1970."""

    def __init__(self, start: float = 0.0) -> None:
        self._start = start
        self._elapsed_ns = 0

    def monotonic_ns(self) -> int:
        """See `Clock`."""
        return self._elapsed_ns

    def time(self) -> float:
        """See `Clock`."""
        return self._start + self._elapsed_ns / 1e9

    def sleep(self, seconds: float) -> None:
        """See `Clock`."""
        self._elapsed_ns += max(0, round(seconds * 1e9))

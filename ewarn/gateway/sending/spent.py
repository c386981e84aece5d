"""CPU time of a shard while it sends reports, by what it is for."""

import time
from collections.abc import Callable
from typing import Literal

from ewarn.gateway.counters import Counters

Part = Literal["plan", "frames", "send", "notes"]


class Spent:
    """One part at a time; a switch costs some 0.3 us, so that it is for slices, not for users."""

    def __init__(self, counters: Counters, cpu_ns: Callable[[], int] = time.thread_time_ns) -> None:
        """`cpu_ns`: what this thread has had of its processor."""
        self._counters, self._cpu_ns = counters, cpu_ns
        self._part: Part | None = None
        self._since = 0

    def on(self, part: Part) -> None:
        """What follows is for this; what went before was for the part before."""
        now = self._cpu_ns()
        if self._part:
            self._counters.add_time(f"fan_out_seconds_{self._part}", (now - self._since) / 1e9)
        self._part, self._since = part, now

    def over(self) -> None:
        """What follows is for none of them."""
        if self._part:
            self.on(self._part)
        self._part = None

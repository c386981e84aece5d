"""The two clocks of a process that are read in exchanges: the one that times are told by, and its oscillator."""

import time
from collections.abc import Callable
from functools import partial

ReadClock = Callable[[], int]
"""the clock's time, ns"""
monotonic_ns: ReadClock = time.monotonic_ns
raw_ns: ReadClock = partial(time.clock_gettime_ns, time.CLOCK_MONOTONIC_RAW)

TRIES = 3
"""The first reading after a while is slow: what it runs through has to come into the caches again."""


def raw_ahead_ns(monotonic: ReadClock, raw: ReadClock) -> int:
    """By how much the oscillator is ahead of the clock now, ns; too much where this process is put off in between.

    Read one after the other, it can only come out too large. The least of a few is closest.
    """
    return min(-monotonic() + raw() for _ in range(TRIES))

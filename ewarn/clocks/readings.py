"""The two clocks of a process that are read in exchanges: the one that times are told by, and its oscillator."""

import time
from collections.abc import Callable
from functools import partial

ReadClock = Callable[[], int]
"""the clock's time, ns"""
monotonic_ns: ReadClock = time.monotonic_ns
raw_ns: ReadClock = partial(time.clock_gettime_ns, time.CLOCK_MONOTONIC_RAW)

"""Memory that is there before it is needed.

A process that never held as much as a fan-out brings finds no page of it when the first report comes: clearing pages
was a sixth of what the clients of a first report to 500,000 users cost. And malloc gives back what a shard has needed
for a plan, for it to be cleared anew for the next one.
"""

import ctypes

import numpy as np

_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3  # glibc's malloc.h
_MOST = 32 << 20
"""the highest threshold that glibc takes for blocks of their own"""


def keep(size: int, most: int = 2**31 - 1) -> None:
    """Touch `size` bytes now, and have malloc keep what it is given back, up to `most`; without glibc, only touch them.

    What is kept is the end of its heap, so that what stays in use behind it counts as well.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt:
        mallopt(_MMAP_THRESHOLD, _MOST)
        mallopt(_TRIM_THRESHOLD, most)
    # All of them before any is given back, or the second would be the first again.
    touched = [np.ones(min(_MOST // 2, size - start), np.uint8) for start in range(0, size, _MOST // 2)]
    del touched

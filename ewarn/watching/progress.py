"""First receipts, on the clock of the quake. Pure; seconds after the true origin, infinite for never."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def first_receipts(read: NDArray[np.int64], released_ns: NDArray[np.int64], release_s: Floats) -> Floats:
    """When each user read their first report of any number; infinite for who read none.

    `read` has shape (reports, users), monotonic ns, 0 or less for not yet, as in a `ReceiptBook` or a table
    of receipts. It may be written to meanwhile: who reads just now has read, or has yet to.
    `released_ns` and `release_s` have the releases of these reports on either clock.
    """
    told_s = np.full(read.shape[1], np.inf)
    for row, handed_over_ns, after_s in zip(read, released_ns, release_s, strict=True):
        has_read = row > 0  # before the times are looked at, or a zero could pass for one
        np.minimum(told_s, after_s + (row - handed_over_ns) / 1e9, out=told_s, where=has_read)
    return told_s

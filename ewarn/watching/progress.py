"""First receipts, on the clock of the quake. Pure; seconds after the true origin, infinite for never."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def first_receipts(read: NDArray[np.int64], released_ns: NDArray[np.int64], release_s: Floats) -> Floats:
    """When each user read their first report of any number; infinite for who read none.

    `read` has shape (reports, users), monotonic ns, 0 or less for not yet, as in a `ReceiptBook` or a table
    of receipts.
    `released_ns` and `release_s` have the releases of these reports on either clock.
    """
    told_s = np.full(read.shape[1], np.inf)
    for row, handed_over_ns, after_s in zip(read, released_ns, release_s, strict=True):
        took_s = (row - handed_over_ns) / 1e9
        np.minimum(told_s, after_s + took_s, out=told_s, where=row > 0)
    return told_s

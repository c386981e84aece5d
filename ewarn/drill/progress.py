"""How a play stands at an instant: who has been warned in time, who too late, who is still waiting. Pure.

Times are seconds after the true origin, infinite for never.
"""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
STATES = ("waiting", "in_time", "late", "blind_zone")


def first_receipts(read: NDArray[np.int64], released_ns: NDArray[np.int64], release_s: Floats) -> Floats:
    """When each user read his first report of any number; infinite for who read none.

    `read` has shape (reports, users), monotonic ns, 0 or less for not yet, as in a `ReceiptBook` or a table
    of receipts.
    `released_ns` and `release_s` have the releases of these reports on either clock.
    """
    told_s = np.full(read.shape[1], np.inf)
    for row, handed_over_ns, after_s in zip(read, released_ns, release_s, strict=True):
        took_s = (row - handed_over_ns) / 1e9
        np.minimum(told_s, after_s + took_s, out=told_s, where=row > 0)
    return told_s


def states(t: float, told_s: Floats, s_s: Floats, first_release_s: float, due: NDArray[np.bool_]) -> dict[str, int]:
    """How many of the users that `due` names are in each of `STATES` at `t`.

    `told_s` has their first receipts and `s_s` the S arrivals at their homes. In the blind zone S comes before the
    first report is released, `first_release_s`, so no gateway could have helped; late is whom one could have.
    """
    arrived = s_s <= t
    in_time = (told_s <= t) & (told_s < s_s)
    blind = arrived & (s_s <= first_release_s)  # whom a report finds there is told after his S: never in time
    waiting = ~arrived & ~in_time
    counted = [int(np.count_nonzero(one & due)) for one in (waiting, in_time, blind)]
    late = int(np.count_nonzero(due)) - sum(counted)
    return dict(zip(STATES, (counted[0], counted[1], late, counted[2]), strict=True))

"""The effective blind zone: how far from the epicentre warnings came too late in fact."""

import numpy as np
from numpy.typing import NDArray

SHARE = 0.95
"""of users that must be warned in time beyond the radius"""
RING_KM = 10.0
"""width of the ring beyond the radius in which the share must be met, too"""
FEWEST = 20
"""users that the ring reaches to at the least"""


def effective_km(distance_km: NDArray[np.float64], in_time: NDArray[np.bool_]) -> float:
    """Smallest radius, km, beyond which 95 % of users are warned in time; infinite where there is none, 0 for no users.

    Both arrays have shape (users,); distances are epicentral. "Beyond" means over everyone farther away, and also in
    the ring of the next 10 km, or as far as the next 20 users live. Everyone alone would say nothing: most users of a
    province live so far away that the share would be met at radius 0 even when nobody near the epicentre was warned.
    """
    order = np.argsort(distance_km, kind="stable")
    distance, late = distance_km[order], ~in_time[order]
    count = len(distance)
    late_before = np.concatenate([[0], np.cumsum(late)])
    # The radius can only be 0 or that of a user who was late: anywhere else a smaller one does as well.
    first = np.concatenate([[0], np.flatnonzero(late) + 1])
    radius = np.concatenate([[0.0], distance[late]])
    ring_end = np.searchsorted(distance, radius + RING_KM, side="right")
    last = np.minimum(np.maximum(ring_end, first + FEWEST), count)
    members = last - first
    late_in_ring = late_before[last] - late_before[first]
    late_beyond = late_before[count] - late_before[first]
    good = (late_in_ring <= (1 - SHARE) * members) & (late_beyond <= (1 - SHARE) * (count - first))
    # Beyond the farthest user there is nobody of whom it could be true.
    good &= (members > 0) | (count == 0)
    return float(radius[good.argmax()]) if good.any() else float("inf")

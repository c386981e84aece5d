"""How many a shard may hold, parked and at its door."""

from ewarn.gateway.counters import Counters

FILES_BESIDE = 160
"""open files of a shard beside callers and those parked: its own, those leaving, and one batch handed over"""
EXTRA = 32
"""connections that a shard may hold beyond its part while another has room: silent callers hide from the supervisor
which shard has seats left"""


class Seats:
    """One shard's: `capacity` is its part of the gateway's, `files` how many it may open, `door` what is wished for."""

    def __init__(self, counters: Counters, index: int, capacity: int, door: int, files: int) -> None:
        self._counters, self._index, self._capacity = counters, index, capacity
        self._door, self._files = door, files
        self._most_lent = EXTRA * (len(counters.by_shard("up")) - 1)
        """of this shard's seats, what others can hold; so much is known without looking"""

    def free(self, parked: int) -> bool:
        """Whether one more can be parked, here and in the whole gateway: other shards may hold more than their part."""
        left = self._capacity - parked
        if left > self._most_lent:
            return True
        return left + EXTRA > 0 and left + self._elsewhere() > 0

    def at_the_door(self, parked: int) -> int:
        """Callers that there may be, with so many parked: they have what open files these leave."""
        return max(1, min(self._door, self._files - FILES_BESIDE - parked))

    def _elsewhere(self) -> int:
        """Seats left in the other shards, negative where they hold more; none unless this takes connections too."""
        up = self._counters.by_shard("up") > 0
        if not up[self._index]:
            return 0
        up[self._index] = False
        return int((self._counters.by_shard("capacity") - self._counters.by_shard("parked"))[up].sum())

"""How full the shards are, by index: what decides to whom connections are given, and whether there is room."""

import numpy as np
from numpy.typing import NDArray

from ewarn.gateway.counters import Counters

NO_ROOM = np.iinfo(np.int64).min


class Occupancy:
    """Arrays of shape (most,), an element a shard, over the counters that the shards keep themselves."""

    def __init__(self, counters: Counters, most: int) -> None:
        self._counters = counters
        self.handed = np.zeros(most, np.int64)
        """connections handed over"""
        self.open = np.zeros(most, np.bool_)
        """takes connections"""
        self.capacity = np.zeros(most, np.int64)
        """of an open shard"""

    def put(self, index: int, capacity: int, *, is_open: bool) -> None:
        """A shard takes connections, so many in all, or takes none."""
        self.open[index], self.capacity[index] = is_open, capacity

    def bury(self, index: int) -> None:
        """A shard has ended, and its counters say so: what was on the way to it is on no way."""
        self.put(index, 0, is_open=False)
        self.handed[index] = self._counters.by_shard("accepted")[index]

    def on_the_way(self) -> NDArray[np.int64]:
        """Connections handed over to a shard that it has yet to take."""
        return self.handed - self._counters.by_shard("accepted")

    def held(self) -> NDArray[np.int64]:
        """Connections that a shard has, those at its door and on the way to it included."""
        return self.handed - self._counters.ended_connections()

    def room(self) -> NDArray[np.int64]:
        """How many more connections a shard can hold; `NO_ROOM` where it takes none."""
        room = self.capacity - self.held()
        if not (room[self.open] > 0).any():
            # Some of those still at the door may only want a page: go by those who stay.
            room = self.capacity - self._counters.by_shard("parked")
        room[~self.open] = NO_ROOM
        return room

"""The parked connections of a shard: a row of arrays each, the row being the descriptor itself."""

import numpy as np
from numpy.typing import NDArray

from ewarn.dispatch.plan import Followers
from ewarn.wire.subscriptions import MOST_PLACES, Place


class Roster:
    """Some 180 bytes a connection, and no object."""

    def __init__(self, rows: int) -> None:
        self.parked = np.zeros(rows, np.bool_)
        self.since = np.zeros(rows, np.uint64)
        """rank of beginning to follow; also tells a descriptor's present connection from an earlier one"""
        self.count = np.zeros(rows, np.int64)
        """places followed"""
        self.connections = 0
        self.following = 0
        """of the connections, those that follow a place"""
        self._places = np.zeros((rows, MOST_PLACES, 2))
        self._arrivals = 0

    def park(self, descriptor: int, places: tuple[Place, ...]) -> None:
        """Take a connection in."""
        self.connections += 1
        self.parked[descriptor] = True
        self.follow(descriptor, places)

    def follow(self, descriptor: int, places: tuple[Place, ...]) -> None:
        """Replace the places that a connection follows."""
        self.following += bool(places) - bool(self.count[descriptor])
        if places and not self.count[descriptor]:
            self._arrivals += 1
            self.since[descriptor] = self._arrivals
        self.count[descriptor] = len(places)
        self._places[descriptor, : len(places)] = np.reshape(places, (-1, 2))

    def leave(self, descriptor: int) -> None:
        """Let a connection go."""
        self.follow(descriptor, ())
        self.parked[descriptor] = False
        self.connections -= 1

    def followers(self) -> NDArray[np.int64]:
        """Descriptors of those who follow a place."""
        return np.flatnonzero(self.parked & (self.count > 0))

    def situation(self, descriptors: NDArray[np.int64]) -> Followers:
        """What a plan needs to know of them, copied."""
        count = self.count[descriptors]
        places = self._places[descriptors, : count.max(initial=1)]
        return Followers(places[:, :, 0], places[:, :, 1], count, self.since[descriptors])

"""The parked connections of a shard: a row of arrays each, the row being the descriptor itself."""

import numpy as np
from numpy.typing import NDArray

from ewarn.audience.followed import MOST_PLACES, Followed, spread
from ewarn.wire.subscriptions import Place


class Roster:
    """Some 190 bytes a connection, and no object."""

    def __init__(self, rows: int) -> None:
        self.parked = np.zeros(rows, np.bool_)
        self.since = np.zeros(rows, np.uint64)
        """rank of beginning to follow; also tells a descriptor's present connection from an earlier one"""
        self.count = np.zeros(rows, np.int64)
        """places followed"""
        self.threshold = np.zeros(rows)
        """least intensity that the user asks to be told of"""
        self.user = np.full(rows, -1)
        """column of the user in the journal of a drill; -1: they are not in one"""
        self.connections = 0
        self.following = 0
        """of the connections, those that follow a place"""
        self.places_followed = 0
        self.changes = 0
        """of who follows what: as long as there is none, everybody is as they were"""
        self._places = np.zeros((rows, MOST_PLACES, 2))
        self._arrivals = 0

    def park(self, descriptor: int, places: tuple[Place, ...], threshold: float = 0.0, user: int = -1) -> None:
        """Take a connection in."""
        self.connections += 1
        self.parked[descriptor] = True
        self.threshold[descriptor], self.user[descriptor] = threshold, user
        self.follow(descriptor, places)

    def follow(self, descriptor: int, places: tuple[Place, ...]) -> None:
        """Replace the places that a connection follows; it ranks anew, or frames under way would tell of the old."""
        before = int(self.count[descriptor])
        self.changes += 1
        self.following += bool(places) - bool(before)
        self.places_followed += len(places) - before
        self.count[descriptor] = len(places)
        if places:
            self._arrivals += 1
            self.since[descriptor] = self._arrivals
            self._places[descriptor, : len(places)] = places

    def leave(self, descriptor: int) -> None:
        """Let a connection go."""
        self.follow(descriptor, ())
        self.parked[descriptor] = False
        self.connections -= 1

    def still(self, descriptors: NDArray[np.int64], since: NDArray[np.uint64]) -> NDArray[np.bool_]:
        """Whether each still follows what it did when its rank was `since`.

        Who left does not, nor does whoever has their descriptor now, nor who follows nothing any more.
        """
        here: NDArray[np.bool_] = (self.count[descriptors] > 0) & (self.since[descriptors] == since)
        return here

    def followers(self) -> NDArray[np.int64]:
        """Descriptors of those who follow a place."""
        return np.flatnonzero(self.parked & (self.count > 0))

    def followed(self, descriptors: NDArray[np.int64]) -> Followed:
        """The places that they follow, copied."""
        count = self.count[descriptors]
        at = spread(descriptors * MOST_PLACES, count)
        latitude, longitude = self._places.reshape(-1, 2).T
        return Followed(count, latitude[at], longitude[at])

    def places(self, descriptor: int) -> list[Place]:
        """The places that one follows."""
        return [
            (latitude, longitude) for latitude, longitude in self._places[descriptor, : self.count[descriptor]].tolist()
        ]

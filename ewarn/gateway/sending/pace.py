"""Keeping pace: shards that send the same report stay abreast in the order of the whole service.

Each shard has users of all urgencies. Left alone, one that the scheduler favours tells its least urgent users before
another has told its most urgent. So each shows, in shared memory, the score of whom it tells next, and none runs
ahead of the slowest by more than some of its own users. That needs no common clock and no bands agreed upon: a shard
finds the slowest one's score among its own.
"""

import numpy as np
from numpy.typing import NDArray

from ewarn.system import shared_array

MOST, SHARE = 2048, 10
"""of `lead`: users, and one in so many of a shard's own; a small part of all either way"""
LEAST, OF_TOLD = 128, 2
"""of `lead`: users, and one in so many of those told"""
PATIENCE_S = 0.25
"""Nobody waits for a shard whose front stood still for longer: it is frozen. A shard that merely waits for its core
among fifty processes moves again within a tenth of a second."""
UNPACED = -1
"""number of no round: of a report that nobody is in a hurry for, and that takes the round from no warning"""
_FRONT = np.dtype([("round", "<i8"), ("score", "<f8")])


def lead(told: int, users: int) -> int:
    """How many users a shard may be ahead that has told so many of its own.

    At first hardly any, or it would keep the processor from those that are still to plan, whose first users are as
    urgent as its own were.
    """
    return min(MOST, users // SHARE + 1, max(LEAST, told // OF_TOLD))


def create(shards: int) -> int:
    """Shared memory for so many shards."""
    return shared_array.create(shards * _FRONT.itemsize)


class Pace:
    """The fronts of all shards, seen from one of them, or from the supervisor."""

    def __init__(self, descriptor: int, shards: int, shard: int = 0) -> None:
        self._fronts: NDArray[np.void] = shared_array.attach(descriptor, _FRONT, (shards,))
        self._own = shard
        self._seen = np.full(shards, np.nan)
        self._moved = np.zeros(shards)
        """when each front was last seen to have moved, by the caller's clock"""

    def start(self, alive: NDArray[np.bool_]) -> int:
        """A report goes out to the shards alive: nobody has told anyone yet. Returns the number of the round."""
        number = int(self._fronts["round"].max()) + 1
        self._fronts["score"] = np.where(alive, -np.inf, np.inf)
        self._fronts["round"] = number
        return number

    def show(self, number: int, score: float) -> None:
        """Tell the others whom this shard tells next; of a round that a newer one has taken over it says nothing."""
        if self._fronts["round"][self._own] == number:
            self._fronts["score"][self._own] = score

    def finish(self, number: int) -> None:
        """Be done with a round, one way or the other."""
        self.show(number, np.inf)

    def bury(self, shard: int) -> None:
        """A shard died; nobody waits for it."""
        self._fronts["score"][shard] = np.inf

    def ahead(self, number: int, scores: NDArray[np.float64], told: int, now: float, stretch: int = 0) -> bool:
        """Whether this shard, having told so many of its users (`scores`, ascending), must let others catch up.

        It may be ahead by so many more as are told out of their order with whoever comes next, in a stretch of it.
        """
        if self._fronts["round"][self._own] != number:
            return False
        fronts = self._fronts["score"].copy()
        self._moved[fronts != self._seen] = now
        self._seen = fronts
        slowest = float(fronts[now - self._moved <= PATIENCE_S].min(initial=np.inf))
        # On the right, or a shard in the middle of users of one score would wait for itself.
        return told - int(np.searchsorted(scores, slowest, side="right")) > lead(told, len(scores)) + stretch

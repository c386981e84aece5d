"""Which shards stand still, by the heartbeats that they show in shared memory. Pure; the clock is passed in.

A shard's loop counts its own turns; one whose count does not change stands still. How long is reckoned in turns of
whoever looks: a supervisor that was itself stopped, or a machine that slept, finds every count unchanged, and a gap
between two looks that says nothing of the shards.
"""

from enum import Enum

import numpy as np
from numpy.typing import NDArray

from ewarn.gateway.settings import Upkeep

LOOKS = 8
"""at the heartbeats before a shard is called stalled; as often it shows one"""
LONGEST_S = 0.5
"""between two of either"""


class Pulsation(Enum):
    """How a shard stands."""

    SOUND = "sound"
    STALLED = "stalled"
    """it has stood still, and may go on"""
    LOST = "lost"
    """it has stood still for so long that it is to be ended"""


def every_s(upkeep: Upkeep) -> float:
    """Seconds from a heartbeat to the next, and from a look to the next."""
    return min(LONGEST_S, upkeep.stalled_s / LOOKS)


class Heartbeats:
    """By shard: how long it has stood still."""

    def __init__(self, most: int, upkeep: Upkeep, now: float) -> None:
        self._upkeep = upkeep
        self._seen: NDArray[np.int64] = np.full(most, -1, np.int64)
        self._still_s = np.zeros(most)
        self._last = now

    def look(self, beats: NDArray[np.int64], now: float) -> None:
        """Take the counts of all shards, shape (most,), at `now` (monotonic s): a look too late counts as two."""
        passed_s = min(now - self._last, 2 * every_s(self._upkeep))
        self._last = now
        self._still_s = np.where(beats == self._seen, self._still_s + passed_s, 0.0)
        self._seen = beats.copy()

    def begin(self, shard: int) -> None:
        """Another process has begun in this place."""
        self._still_s[shard] = 0.0

    def still_s(self, shard: int) -> float:
        """Seconds for which it has stood still."""
        return float(self._still_s[shard])

    def of(self, shard: int, *, starting: bool) -> Pulsation:
        """How it stands; one that is `starting` has no heartbeat yet, and another time limit."""
        still_s, upkeep = self._still_s[shard], self._upkeep
        if still_s >= (upkeep.starting_s if starting else upkeep.buried_s):
            return Pulsation.LOST
        return Pulsation.STALLED if still_s >= upkeep.stalled_s and not starting else Pulsation.SOUND

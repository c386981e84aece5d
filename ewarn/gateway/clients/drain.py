"""The drain of a shard that goes away: whose turn it is to be told to connect anew. Pure.

Turns are drawn by chance and spread over a stated time, so that the other shards are not stormed. While an alert is
going out the drain stands still: those who have yet to be told of the quake are told first, and not sent away.
"""

import numpy as np
from numpy.typing import NDArray


class Drain:
    """By descriptor: when it is to be told, in seconds of draining."""

    def __init__(self, rows: int, over_s: float, patience_s: float, rng: np.random.Generator, now: float) -> None:
        """`patience_s` after its end nobody is waited for any more, neither slow consumers nor alerts."""
        self._turn = rng.uniform(0, over_s, rows)
        self._spent_s = 0.0
        self._last = now
        self._end = now + over_s + patience_s

    def over(self, now: float) -> bool:
        """Whether whoever is still here must go now."""
        return now >= self._end

    def due(self, parked: NDArray[np.bool_], now: float, *, hold: bool) -> NDArray[np.int64]:
        """Descriptors to tell now, of those parked; none while it is to `hold`, and that time does not count."""
        if not hold:
            self._spent_s += now - self._last
        self._last = now
        if self.over(now):
            return np.flatnonzero(parked)
        return np.flatnonzero(parked & (self._turn <= self._spent_s)) if not hold else np.empty(0, np.int64)

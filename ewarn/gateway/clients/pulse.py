"""The pulse of idle connections: whose turn it is to be pinged, and who has been silent since the last time. Pure.

Turns are spread by chance, so that connections which came in one rush are not pinged in one. All is arrays: an idle
connection costs nine bytes, and a round over all of them some microseconds.
"""

import numpy as np
from numpy.typing import NDArray

from ewarn.wire.framing import PING, header

KEEP_ALIVE = header(0, PING)


class Pulse:
    """By descriptor: when the next ping is due, and whether the last was heard of."""

    def __init__(self, rows: int, every_s: float, rng: np.random.Generator) -> None:
        self._next = np.zeros(rows)
        self._waiting = np.zeros(rows, np.bool_)
        """pinged, and not heard from since"""
        self._every_s = every_s
        self._held_s = 0.0
        """in all, as far as it has been told"""
        self._rng = rng

    def begin(self, descriptor: int, now: float) -> None:
        """A connection is new."""
        self._waiting[descriptor] = False
        self._next[descriptor] = now + self._every_s * (0.5 + 0.5 * self._rng.random())

    def heard(self, descriptor: int) -> None:
        """It said something, whatever it was."""
        self._waiting[descriptor] = False

    def held(self, seconds: float) -> None:
        """For so long nobody could be heard, all in all: who owes an answer gets so much more time as it has grown by.

        To forgive the answer instead would be to find nobody: reports that go out every few seconds hold each time.
        """
        self._next[self._waiting] += seconds - self._held_s
        self._held_s = seconds

    def due(self, parked: NDArray[np.bool_], now: float) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Of those parked: descriptors to ping now, which is noted, and those that never answered the last ping.

        Silent is who has not been heard for half of `every_s` at least, the whole of it at most, and the time held.
        """
        turn = np.flatnonzero(parked & (self._next <= now))
        silent = self._waiting[turn]
        due = turn[~silent]
        self._waiting[due] = True
        self._next[due] = now + self._turn(len(due))
        return due, turn[silent]

    def _turn(self, count: int) -> NDArray[np.float64]:
        return np.asarray(self._every_s * self._rng.uniform(0.5, 1.0, count))

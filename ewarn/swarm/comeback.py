"""Clients on their way back: whose turn it is to try again. Pure.

A phone that lost its gateway tries again within a second, and after each failure waits twice as long at most, up to a
cap; the wait itself is drawn from nothing to that, so that those who were lost together do not come back together.
Where there are several gateways, a failure is that each of them was tried: a lap.
"""

from heapq import heappop, heappush
from random import Random

FIRST_S = 1.0
"""over so long first tries are spread"""
MOST_S = 30.0


class Comeback:
    """By row, from the loss of a connection until there is a new one."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._tries: dict[int, int] = {}
        """by row on its way back: how often it waited so far"""
        self._due: list[tuple[float, int]] = []
        """a heap of (when, row); a row that has yet to hang up, or is connecting, is not in it"""

    def __contains__(self, row: int) -> bool:
        """Whether a row is on its way back."""
        return row in self._tries

    def expect(self, row: int) -> None:
        """It is about to hang up, to come back."""
        self._tries.setdefault(row, 0)

    def at_once(self, row: int, now: float) -> None:
        """It may try as soon as the ramp lets it."""
        self.expect(row)
        heappush(self._due, (now, row))

    def later(self, row: int, now: float, lap: int = 1) -> int:
        """It was lost, or could not be connected, by one of `lap` gateways; how often it has waited by then."""
        tries = self._tries.get(row, 0)
        self._tries[row] = tries + 1
        # Past the cap the power is of no use, and in time too large for a float.
        most_s = min(MOST_S, FIRST_S * 2 ** min(tries // lap, 16))
        heappush(self._due, (now + self._random.uniform(0, most_s), row))
        return tries + 1

    def arrived(self, row: int) -> bool:
        """It is connected; whether it had been on its way back."""
        return self._tries.pop(row, None) is not None

    def due(self, now: float) -> list[int]:
        """Rows whose turn it is, which are waited for no more."""
        found = []
        while self._due and self._due[0][0] <= now:
            found.append(heappop(self._due)[1])
        return found

    def next_s(self, now: float) -> float:
        """Seconds until the next is due; infinite if nobody is."""
        return self._due[0][0] - now if self._due else float("inf")

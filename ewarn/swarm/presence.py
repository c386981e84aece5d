"""Who of one process's devices is connected, who leaves, and who comes back when. Pure but for its generator."""

from random import Random

import numpy as np

from ewarn.swarm.comeback import Comeback

ABSENT = -1


class Presence:
    """By row, which is a device. What it decides comes back as the tally to count it under, one of `TALLIES`."""

    def __init__(self, devices: int, random: Random, *, reconnect: bool, seeks: bool = False) -> None:
        """With `reconnect`, those who are sent away or lost come back.

        So do those who seek a gateway among several (`seeks`), also where their first one cannot be connected.
        """
        self.handle_of = np.full(devices, ABSENT)
        """by row, once the handshake is done; `ABSENT` before and after"""
        self._random, self._reconnect, self._seeks = random, reconnect or seeks, seeks
        self._comeback = Comeback(random)
        self._been = np.zeros(devices if seeks else 0, np.bool_)
        """by row, of those who seek: whether it was ever connected"""
        self._owed = 0.0
        """clients yet to hang up, less than one"""

    def opened(self, row: int, handle: int) -> str:
        """It is connected."""
        self.handle_of[row] = handle
        returned = self._comeback.arrived(row)
        if self._seeks:
            returned, self._been[row] = bool(self._been[row]), True
        return "returned" if returned else "connected"

    def failed(self, row: int, now: float, lap: int = 1) -> bool:
        """It could not be connected: whether that counts. Who is on the way back tries again.

        So does who seeks among `lap` gateways; it counts once each of them has failed one that was never connected.
        """
        if row not in self._comeback and not self._seeks:
            return True
        tries = self._comeback.later(row, now, lap)
        return self._seeks and tries == lap and not self._been[row]

    def expects(self, row: int) -> bool:
        """Whether it is connected, and about to hang up, or on its way back."""
        return row in self._comeback

    def expect(self, row: int) -> None:
        """It is about to hang up, and comes back as soon as may be."""
        self._comeback.expect(row)

    def ended(self, row: int, now: float) -> str:
        """Its connection is over: who hung up comes back as soon as may be, who was lost after a while, or never."""
        self.handle_of[row] = ABSENT
        if row in self._comeback:
            self._comeback.at_once(row, now)
        elif self._reconnect:
            self._comeback.later(row, now)
        else:
            return "closed"
        return "left"

    def leavers(self, share: float) -> list[int]:
        """Rows that are to hang up and come back: a share of those connected, drawn anew.

        What rounding leaves over is owed to the next time, or a small share of few clients would be none for ever.
        """
        open_rows = np.flatnonzero(self.handle_of != ABSENT).tolist()
        due = share * len(open_rows) + self._owed
        count = min(max(round(due), 0), len(open_rows))
        self._owed = due - count
        leaving = [row for row in self._random.sample(open_rows, count) if not self.expects(row)]
        for row in leaving:
            self.expect(row)
        return leaving

    def handles(self) -> list[int]:
        """Of those who are connected."""
        found: list[int] = self.handle_of[self.handle_of != ABSENT].tolist()
        return found

    def returning(self, now: float) -> list[int]:
        """Rows whose turn it is to connect again."""
        return self._comeback.due(now)

    def next_s(self, now: float) -> float:
        """Seconds until the next of them is due; infinite if nobody is."""
        return self._comeback.next_s(now)

"""The newest report of each quake, how long it is given to those who connect late, and who was told. No I/O."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from math import inf
from typing import Self

import numpy as np
from numpy.typing import NDArray

from ewarn.seismic.origin import Report

REMEMBERED = 20
"""quakes in the history"""


@dataclass
class Newest:
    """The newest report of a quake."""

    report: Report
    until: float
    """how long it is given to those who connect late, monotonic s"""
    told: NDArray[np.uint64]
    """by descriptor: the rank of the connection that was told of the quake, 0 for none"""
    level: NDArray[np.int8]
    """by descriptor: what it was told last, see `Followers`"""
    promised: NDArray[np.uint64]
    """by descriptor: the rank of the connection that a plan counted in, 0 for none; it may be yet to be told"""

    @classmethod
    def untold(cls, report: Report, rows: int) -> Self:
        """A quake of which nobody has heard."""
        return cls(report, 0.0, np.zeros(rows, np.uint64), np.zeros(rows, np.int8), np.zeros(rows, np.uint64))

    def level_told(self, descriptors: NDArray[np.int64], since: NDArray[np.uint64]) -> NDArray[np.int8]:
        """What these connections were told last, `since` being their ranks; -1 where it was nothing."""
        return np.where(self.told[descriptors] == since, self.level[descriptors], np.int8(-1))

    def note(self, descriptors: NDArray[np.int64], since: NDArray[np.uint64], level: NDArray[np.intp]) -> None:
        """They have been told."""
        self.told[descriptors], self.level[descriptors] = since, level


class NewestReports:
    """By quake, the one last heard of last."""

    def __init__(self, rows: int, in_force_s: float) -> None:
        """Descriptors are below `rows`; a report is in force for `in_force_s` after its release."""
        self._rows, self._in_force_s = rows, in_force_s
        self._by_quake: dict[str, Newest] = {}

    def of(self, quake: str) -> Newest | None:
        """How a quake stands."""
        return self._by_quake.get(quake)

    def take(self, report: Report, now: float, age_s: float, lasts_s: float = inf) -> Newest:
        """Take a report, released `age_s` ago, as the newest; another play begins its quake anew.

        It expires in `lasts_s`, if nothing ends its force before.
        """
        old = self._by_quake.pop(report.quake, None)
        if not old or report.play != old.report.play:
            old = Newest.untold(report, self._rows)
        newest = replace(old, report=report, until=now + min(self._in_force_s - age_s, lasts_s))
        self._by_quake[report.quake] = newest
        while len(self._by_quake) > REMEMBERED:
            del self._by_quake[next(iter(self._by_quake))]
        return newest

    def recognise(self, descriptor: int, rank: np.uint64, told: Iterable[str]) -> None:
        """A client that comes back had been told of these quakes; of what level it does not say."""
        for quake in told:
            if newest := self.of(quake):
                newest.told[descriptor], newest.level[descriptor], newest.promised[descriptor] = rank, 0, rank

    def in_force(self, now: float) -> list[Newest]:
        """Those that are given to who connects now."""
        return [newest for newest in self._by_quake.values() if newest.until >= now]

    def reports(self) -> list[Report]:
        """The report of each quake that is remembered, the one last heard of first."""
        return [newest.report for newest in reversed(self._by_quake.values())]

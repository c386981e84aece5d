"""How each quake stands: its newest report, what is given to those who connect late, and who was told. No I/O."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from math import inf
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from ewarn.seismic.origin import Report

REMEMBERED = 20
"""quakes in the history"""


class Standing(NamedTuple):
    """A report that no newer one has replaced."""

    report: Report
    until: float
    """how long it is given to those who connect late, monotonic s"""


@dataclass
class Newest:
    """How a quake stands by its newest report."""

    standing: tuple[Standing, ...]
    """the newest report, last; before it, where that is a quick report, the newest warning: it alone sounds a siren"""
    told: NDArray[np.uint64]
    """by descriptor: the rank of the connection that was told of the quake, 0 for none"""
    level: NDArray[np.int8]
    """by descriptor: what it was told last, see `Followers`"""
    promised: NDArray[np.uint64]
    """by descriptor: the rank of the connection that a plan counted in, 0 for none; it may be yet to be told"""

    @classmethod
    def untold(cls, rows: int) -> Self:
        """A quake of which nobody has heard."""
        return cls((), np.zeros(rows, np.uint64), np.zeros(rows, np.int8), np.zeros(rows, np.uint64))

    @property
    def report(self) -> Report:
        """The newest."""
        return self.standing[-1].report

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
            old = Newest.untold(self._rows)
        until = now + min(self._in_force_s - age_s, lasts_s)
        kept = [one for one in old.standing if not report.replaces(one.report)]
        newest = replace(old, standing=(*kept, Standing(report, until)))
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
        """Quakes under way: those whose newest report is in force."""
        return [newest for newest in self._by_quake.values() if newest.standing[-1].until >= now]

    def greeting(self, now: float) -> list[tuple[Newest, Report]]:
        """What is given to who connects now, in this order: warnings of all quakes, then quick reports."""
        given = [
            (newest, one.report) for newest in self._by_quake.values() for one in newest.standing if one.until >= now
        ]
        return sorted(given, key=lambda one: not one[1].counts_as_warning)

    def reports(self) -> list[Report]:
        """The report of each quake that is remembered, the one last heard of first."""
        return [newest.report for newest in reversed(self._by_quake.values())]

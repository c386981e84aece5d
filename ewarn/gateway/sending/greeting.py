"""Greeting those who come late, or follow other places: a few at a time, one report after the other.

Who came is noted with the reports that were in force then, since whatever is released later counts them in. So it does
not matter how much later they are greeted, and nobody is told the same twice.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from ewarn.gateway.sending.roster import Roster
from ewarn.seismic.origin import Report
from ewarn.system.clock import Clock

TOGETHER = 128
"""newcomers who are greeted at once: some 1.5 ms, of which a third is the same for one"""


@dataclass
class _Newcomers:
    since: dict[int, int]
    """by descriptor, their rank, which tells whether they are still who came, and follow what they followed"""
    reports: list[Report]
    """that they are yet to be given"""
    begun: bool = False
    spent_ns: int = 0
    """greeting them"""


@dataclass
class Greeting:
    """Newcomers by the reports that they are to be given, first come, first greeted."""

    roster: Roster
    in_force: Callable[[], Sequence[Report]]
    greet: Callable[[list[int], Report], None]
    """gives a report to newcomers, if it is still given to those who come"""
    done: Callable[[float], None]
    """told how long greeting some newcomers took, seconds"""
    clock: Clock
    _waiting: list[_Newcomers] = field(default_factory=list)

    def __len__(self) -> int:
        """How many groups of newcomers are yet to be greeted."""
        return len(self._waiting)

    def welcome(self, newcomers: Iterable[int]) -> None:
        """They came in this round; it is to be called before a report can be planned that counts them in."""
        reports = list(self.in_force())
        since = {one: int(self.roster.since[one]) for one in newcomers if self.roster.count[one]}
        if not reports or not since:
            return
        last = self._waiting[-1] if self._waiting else None
        if last and not last.begun and len(last.since) < TOGETHER and _same(last.reports, reports):
            last.since.update(since)
        else:
            self._waiting.append(_Newcomers(since, reports))

    def step(self) -> None:
        """Give one report to those who have waited longest."""
        if not self._waiting:
            return
        group = self._waiting[0]
        group.begun = True
        began_ns = self.clock.monotonic_ns()
        here = [one for one, since in group.since.items() if self.roster.count[one] and self.roster.since[one] == since]
        self.greet(here, group.reports.pop(0))
        group.spent_ns += self.clock.monotonic_ns() - began_ns
        if not group.reports:
            del self._waiting[0]
            self.done(group.spent_ns / 1e9)


def _same(some: Sequence[Report], others: Sequence[Report]) -> bool:
    return len(some) == len(others) and all(one is other for one, other in zip(some, others, strict=True))

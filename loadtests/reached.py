"""What became of every report for the clients of one swarm process, by the master's clock. Pure; no I/O."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, Self

import numpy as np
from numpy.typing import NDArray

from ewarn.verdict.receipts import NEVER
from loadtests.histograms import Histogram


class Clock(Protocol):
    """The worker's clock as the master has it: `ewarn.clocks.bound.Bound`."""

    @property
    def is_same(self) -> bool:
        """Whether it is the master's own."""

    @property
    def first_ns(self) -> int:
        """The first instant of the worker's that can be told on the master's clock."""

    @property
    def last_ns(self) -> int:
        """The last one."""

    def near(self, far_ns: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """The earliest and the latest that instants of the worker's can be, ns."""


@dataclass
class Reached:
    """What became of one report for a number of clients: `targets`, whether they could connect or not."""

    targets: int = 0
    delivered: int = 0
    superseded: int = 0
    """read a newer one instead"""
    missing: int = 0
    """read neither it nor a newer one, so far"""
    times: Histogram = field(default_factory=Histogram)
    """from the release to the latest instant at which it can have been read"""
    earliest: Histogram = field(default_factory=Histogram)
    """to the earliest one; the same where both are on one clock"""
    width_ns: int = 0
    """the most that both are apart"""

    def merge(self, other: "Reached") -> None:
        """Add another's clients."""
        self.targets += other.targets
        self.delivered += other.delivered
        self.superseded += other.superseded
        self.missing += other.missing
        self.times.merge(other.times)
        self.earliest.merge(other.earliest)
        self.width_ns = max(self.width_ns, other.width_ns)

    def plain(self) -> dict[str, Any]:
        """As it travels."""
        earliest = self.earliest.plain() if self.width_ns else None
        return vars(self) | {"times": self.times.plain(), "earliest": earliest}

    @classmethod
    def from_plain(cls, said: Mapping[str, Any]) -> Self:
        """Back from `plain`."""
        times, earliest = (Histogram.from_plain(said[name] or said["times"]) for name in ("times", "earliest"))
        return cls(**{**said, "times": times, "earliest": earliest})


def deliveries(
    read: NDArray[np.int64], releases: Mapping[int, int], clock: Clock, *, over: bool = True
) -> dict[int, Reached]:
    """By report, what became of it for the clients.

    `read` (reports, clients) has when each was read, ns of the worker's clock, NEVER where it was not; `releases` when
    each was released, ns of the master's. Unless it is `over`, receipts that the clock cannot tell yet are left out.
    Raises MeasurementError where it cannot in the end.
    """
    clients = read.shape[1]
    found, newer = {}, np.zeros(clients, np.bool_)
    for number in sorted(releases, reverse=True):
        at = read[number - 1]
        got = at != NEVER
        if not over:
            got &= (clock.first_ns <= at) & (at <= clock.last_ns)
        low, high = clock.near(at[got])
        one = Reached(clients, int(got.sum()), int((newer & ~got).sum()), int((~newer & ~got).sum()))
        one.times.add(high - releases[number])
        one.earliest.add(low - releases[number])
        one.width_ns = int((high - low).max(initial=0))
        found[number] = one
        newer |= got
    return found


def nobody(clients: int, releases: Mapping[int, int]) -> dict[int, Reached]:
    """Of clients whose receipts cannot be told on the master's clock: they were never reached."""
    return {number: Reached(clients, missing=clients) for number in releases}

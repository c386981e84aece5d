"""What became of every report for every client, over all swarm processes; and whether the counts are complete.

Pure; no I/O.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import isinf
from typing import Any, Self, TypedDict

import numpy as np
from numpy.typing import NDArray

from ewarn.verdict.receipts import NEVER
from loadtests.histograms import Histogram

TALLIES = ("connected", "failed", "closed", "returned", "receipts", "duplicates", "garbled")
"""what is kept of a swarm process's own counts"""
POINTS = {"p50": 0.5, "p90": 0.9, "p99": 0.99, "p999": 0.999}


class Word(TypedDict):
    """What one swarm process had to say, as it travels."""

    play: int
    """the test's number"""
    bytes: int
    tallies: dict[str, int]
    deliveries: list[tuple[int, dict[str, Any]]]
    """by report; see `Reached.plain`"""
    problem: str | None
    code: int
    """exit code that the problem stands for; 0 where there is none"""


@dataclass
class Reached:
    """What became of one report for a number of clients: `targets`, whether they could connect or not."""

    targets: int = 0
    delivered: int = 0
    superseded: int = 0
    """read a newer one instead"""
    missing: int = 0
    times: Histogram = field(default_factory=Histogram)

    def merge(self, other: "Reached") -> None:
        """Add another's clients."""
        self.targets += other.targets
        self.delivered += other.delivered
        self.superseded += other.superseded
        self.missing += other.missing
        self.times.merge(other.times)

    def plain(self) -> dict[str, Any]:
        """As it travels."""
        return vars(self) | {"times": self.times.plain()}

    @classmethod
    def from_plain(cls, said: Mapping[str, Any]) -> Self:
        """Back from `plain`."""
        return cls(**{**said, "times": Histogram.from_plain(said["times"])})


def deliveries(receipts: NDArray[Any], releases: Mapping[int, int], clients: int) -> dict[int, Reached]:
    """By report, what became of it for one swarm process's clients.

    `receipts` holds what was read (dtype `RECEIPT`), `releases` when each report was released (monotonic ns), on the
    same machine.
    """
    found, newer = {}, np.zeros(clients, np.bool_)
    for number in sorted(releases, reverse=True):
        read = np.full(clients, NEVER, np.int64)
        rows = receipts[receipts["report"] == number]
        read[rows["user"]] = rows["read"]
        got = read != NEVER
        delivery = Reached(clients, int(got.sum()), int((newer & ~got).sum()), int((~newer & ~got).sum()))
        delivery.times.add((read[got] - releases[number]).tolist())
        found[number] = delivery
        newer |= got
    return found


@dataclass
class Account:
    """The sum over the swarm processes that have reported; `processes` of `clients` each are to."""

    processes: int
    clients: int
    reported: int = 0
    tallies: dict[str, int] = field(default_factory=lambda: dict.fromkeys(TALLIES, 0))
    deliveries: dict[int, Reached] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    codes: set[int] = field(default_factory=set)
    """exit codes that these stand for"""

    @property
    def wanted(self) -> int:
        """Clients in all."""
        return self.processes * self.clients

    def add(self, said: Word) -> None:
        """Add one swarm process's word: its tallies, its deliveries, its problem if any."""
        self.reported += 1
        for name in TALLIES:
            self.tallies[name] += said["tallies"].get(name, 0)
        for number, delivery in said["deliveries"]:
            self.deliveries.setdefault(number, Reached()).merge(Reached.from_plain(delivery))
        if said["problem"]:
            self.problems.append(said["problem"])
            self.codes.add(said["code"])

    def disagreements(self, reports: Sequence[int], storms: int) -> list[str]:
        """Every two numbers that must agree and do not, as a line each; none if the counts are complete."""
        tallies, wanted = self.tallies, self.wanted
        lines = [
            _unless(
                self.reported == self.processes, f"{self.reported:,} of {self.processes:,} swarm processes reported"
            ),
            _unless(tallies["connected"] == wanted, f"{tallies['connected']:,} of {wanted:,} clients connected"),
            _unless(not tallies["closed"], f"the gateway closed {tallies['closed']:,} of {wanted:,} connections"),
            _unless(
                tallies["receipts"] == (merged := sum(delivery.times.count for delivery in self.deliveries.values())),
                f"the swarms counted {tallies['receipts']:,} receipts, and {merged:,} delivery times came here",
            ),
            _unless(bool(reports), "no report was released"),
        ]
        lines += [
            _unless(not tallies[name], f"{tallies[name]:,} frames are {name}, 0 should be") for name in TALLIES[-2:]
        ]
        if storms:
            back = tallies["returned"]
            lines.append(_unless(back == storms * wanted, f"{back:,} of {storms * wanted:,} clients returned"))
        for number in reports:
            lines += self._disagreements_of(number, newest=number == max(reports))
        return [line for line in lines if line]

    def _disagreements_of(self, number: int, *, newest: bool) -> list[str]:
        delivery, what = self.deliveries.get(number, Reached()), f"report {number}: "
        told = delivery.delivered + delivery.superseded + delivery.missing
        return [
            _unless(
                delivery.targets == self.wanted,
                f"{what}{delivery.targets:,} of {self.wanted:,} clients are accounted for",
            ),
            _unless(told == delivery.targets, f"{what}{told:,} deliveries of {delivery.targets:,} clients"),
            _unless(
                not delivery.missing,
                f"{what}{delivery.missing:,} of {delivery.targets:,} got neither it nor a newer one",
            ),
            _unless(
                not newest or delivery.delivered == delivery.targets,
                f"{what}{delivery.delivered:,} of {delivery.targets:,} clients ended on it, the newest",
            ),
        ]

    def table(self, reports: Sequence[int]) -> str:
        """A line a report; times in milliseconds over all targets, `never` where so many were not reached."""
        heads = (
            "report",
            "targets",
            "delivered",
            "superseded",
            "missing",
            *(f"{name} ms" for name in POINTS),
            "max ms",
        )
        rows = [heads]
        for number in reports:
            delivery = self.deliveries.get(number, Reached())
            times = [delivery.times.percentile_ns(share, delivery.targets) for share in POINTS.values()]
            times.append(delivery.times.maximum_ns(delivery.targets))
            counts = (delivery.targets, delivery.delivered, delivery.superseded, delivery.missing)
            rows.append((str(number), *(f"{count:,}" for count in counts), *map(_milliseconds, times)))
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        return "\n".join("  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)) for row in rows)


def _unless(agreed: bool, line: str) -> str:
    return "" if agreed else line


def _milliseconds(time_ns: float) -> str:
    return "never" if isinf(time_ns) else f"{time_ns / 1e6:,.1f}"

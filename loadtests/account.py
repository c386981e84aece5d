"""What became of every report for every client, over all swarm processes; and whether the counts are complete.

Pure; no I/O.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import isinf
from typing import Any, TypedDict

from loadtests.reached import Reached

TALLIES = ("connected", "failed", "closed", "returned", "receipts", "duplicates", "garbled")
"""what is kept of a swarm process's own counts"""
POINTS = {"p50": 0.5, "p90": 0.9, "p99": 0.99, "p999": 0.999}


class Word(TypedDict):
    """What one swarm process has to say, as it travels; a later word stands in place of the earlier ones."""

    play: int
    """the test's number"""
    process: int
    """its number among those of its worker"""
    there: int
    """clients connected now"""
    bytes: int
    tallies: dict[str, int]
    deliveries: list[tuple[int, dict[str, Any]]]
    """by report; see `Reached.plain`"""
    ended: bool
    """this is its last word"""
    problem: str | None
    code: int
    """exit code that the problem stands for; 0 where there is none"""


Key = tuple[str, int]
"""a worker's id, and a process of it"""


def word(play: int, process: int, **said: Any) -> Word:
    """One with nothing in it but what is said."""
    nothing = Word(
        play=play, process=process, there=0, bytes=0, tallies={}, deliveries=[], ended=False, problem=None, code=0
    )
    return nothing | said  # type: ignore[return-value]  # a TypedDict with other values


@dataclass
class Account:
    """The sum over the swarm processes; `processes` of `clients` each are to report."""

    processes: int
    clients: int
    problems: list[str] = field(default_factory=list)
    codes: set[int] = field(default_factory=set)
    """exit codes that these stand for"""
    _words: dict[Key, Word] = field(default_factory=dict)
    _deliveries: dict[int, Reached] | None = None
    """the sum of all words; None: to be made anew"""

    @property
    def wanted(self) -> int:
        """Clients in all."""
        return self.processes * self.clients

    def add(self, said: Word, worker: str = "") -> None:
        """Take one swarm process's word, in place of the one before; its problem, if any, is kept."""
        key = worker, said["process"]
        if key in self._words and self._words[key]["ended"]:
            return
        self._words[key] = said
        self._deliveries = None
        if said["problem"]:
            self.problems.append(said["problem"])
            self.codes.add(said["code"])

    def lose(self, worker: str) -> None:
        """A worker is gone: its clients count as reached by nothing."""
        self._words = {key: said for key, said in self._words.items() if key[0] != worker}
        self._deliveries = None

    @property
    def reported(self) -> int:
        """Swarm processes that have said their last word."""
        return sum(said["ended"] for said in self._words.values())

    @property
    def there(self) -> int:
        """Clients connected now."""
        return sum(said["there"] for said in self._words.values() if not said["ended"])

    @property
    def bytes(self) -> int:
        """Of the frames that were read."""
        return sum(said["bytes"] for said in self._words.values())

    @property
    def awaited(self) -> bool:
        """Whether a process that has been heard of has yet to say its last word."""
        return any(not said["ended"] for said in self._words.values())

    @property
    def tallies(self) -> dict[str, int]:
        """By name, over all processes."""
        return {name: sum(said["tallies"].get(name, 0) for said in self._words.values()) for name in TALLIES}

    @property
    def deliveries(self) -> dict[int, Reached]:
        """By report, over all processes that have spoken."""
        if self._deliveries is None:
            self._deliveries = {}
            for said in self._words.values():
                for number, one in said["deliveries"]:
                    self._deliveries.setdefault(number, Reached()).merge(Reached.from_plain(one))
        return self._deliveries

    def widths_ns(self) -> dict[str, int]:
        """By worker, the most that the earliest and the latest time of a delivery are apart."""
        found: dict[str, int] = {}
        for (worker, _), said in self._words.items():
            widths = [one["width_ns"] for _, one in said["deliveries"]]
            found[worker] = max([found.get(worker, 0), *widths])
        return found

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
            rows.append((str(number), *(f"{count:,}" for count in counts), *map(milliseconds, times)))
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        return "\n".join("  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)) for row in rows)


def _unless(agreed: bool, line: str) -> str:
    return "" if agreed else line


def milliseconds(time_ns: float) -> str:
    """As people read it."""
    return "never" if isinf(time_ns) else f"{time_ns / 1e6:,.1f}"

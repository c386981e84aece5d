"""What a play over many hosts came to, of stamps and receipts on one monotonic clock. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ewarn.verdict.percentiles import percentile
from tests.campaign.figures import said_ms

SENT_AWAY_S = 0.05
"""A client that is sent away within so long after others read a report had its farewell before the report."""


@dataclass(frozen=True)
class Reached:
    """Who has which report, and how long after its release; a pair is a client and a report."""

    clients: int
    newest: int
    """clients that have the newest report"""
    some: int
    """clients that have any"""
    superseded: int
    """pairs without a receipt, where the client has a newer report"""
    latency_s: NDArray[np.float64]
    """of all pairs with a receipt"""
    newest_s: float
    """until the last client had the newest; infinite where one has it not"""
    first_s: float
    """from the first release until the last client had any report; infinite where one has none"""

    @property
    def whole(self) -> bool:
        """Nobody missed anything."""
        return self.newest == self.clients

    def at(self, share: float) -> float:
        """Percentile of the latencies, s."""
        return percentile(self.latency_s, share)


def reached(receipts: NDArray[Any], released: Mapping[int, int], clients: int) -> Reached:
    """Of receipts (dtype `RECEIPT`, those with a time of reading); `released`: monotonic ns by the report's number."""
    numbers = sorted(released)
    read = np.full((len(numbers), clients), np.inf)
    for row, number in enumerate(numbers):
        of = receipts[receipts["report"] == number]
        read[row, of["user"]] = (of["read"] - released[number]) / 1e9
    has = np.isfinite(read)
    newer = np.flip(np.logical_or.accumulate(np.flip(has, 0), axis=0), 0)
    since_first = read + np.array([(released[one] - released[numbers[0]]) / 1e9 for one in numbers])[:, None]
    return Reached(
        clients,
        int(has[-1].sum()),
        int(has.any(axis=0).sum()),
        int((newer & ~has).sum()),
        read[has],
        float(read[-1].max()),
        float(since_first.min(axis=0).max()),
    )


@dataclass(frozen=True)
class Played:
    """One play of a quake."""

    reached: Reached
    answer_s: tuple[float, ...]
    """from each release to each gateway's answer, as the centre heard it"""
    answers_due: int
    counted: Mapping[str, int]
    """what the phones counted, see `TALLIES`; `lost`: 1 where they say that something was"""

    @property
    def figures(self) -> dict[str, float]:
        """By name, s."""
        answers = np.array(self.answer_s)
        return {
            "answers p50": percentile(answers, 0.5),
            "answers p99": percentile(answers, 0.99),
            "phones p50": self.reached.at(0.5),
            "phones p99": self.reached.at(0.99),
            "phones last": self.reached.at(1.0),
        }


def medians(played: Sequence[Played]) -> dict[str, float]:
    """Of each figure, over plays."""
    return {name: float(np.median([one.figures[name] for one in played])) for name in played[0].figures}


def said(figures: Mapping[str, float], what: str) -> str:
    """`p50 4.4 ms, p99 9.0 ms` of those figures whose names begin so."""
    return ", ".join(f"{name.removeprefix(what).strip()} {said_ms(s)}" for name, s in figures.items() if what in name)


@dataclass(frozen=True)
class SentAway:
    """Who was sent away from a host that drains, beside what those knew who stayed."""

    count: int
    untold: int
    """that had not been told of a report which others on that host had read before"""


def sent_away(receipts: Sequence[Sequence[Any]], endings: Sequence[tuple[int, int]]) -> SentAway:
    """`receipts`: (client, number, kernel's stamp ns, read ns, quake); `endings`: (client, ns) of its end of file.

    All are of clients of one host, and of one quake.
    """
    first: dict[int, int] = {}
    """when any of them had a report"""
    had: dict[int, int] = {}
    """by client: the newest number that it was given"""
    for client, number, arrived_ns, *_ in receipts:
        first[number] = min(arrived_ns, first.get(number, arrived_ns))
        had[client] = max(number, had.get(client, 0))
    untold = 0
    for client, ended_ns in endings:
        due = [number for number, at_ns in first.items() if ended_ns > at_ns + SENT_AWAY_S * 1e9]
        untold += had.get(client, 0) < max(due, default=0)
    return SentAway(len(endings), untold)

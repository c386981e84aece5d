"""How much a play has to do at an instant: deliveries a second, times so far, by shard, and what is used for it.

Receipts are read where the clients write them, a row only when something has been added to it; a whole look at half a
million users takes some 27 ms. What was read is counted by its own instant, so that nothing is wrong with a number once
it is there. Swarms parse once frames no longer pour in, so that receipts may come late; how many readings there are is
known at once.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ewarn.drill.meter import Memory, Meter
from ewarn.drill.scenario import Scenario
from ewarn.gateway.sending.journal import Journal
from ewarn.verdict.load import SECOND, TENTH_NS, Usage, by_tenth, peak_per_s, said, summed
from ewarn.verdict.receipts import ReceiptBook
from ewarn.wire.releases import Release
from ewarn.words import Said, say

REST_NS = 3_000
"""By user, between two looks through receipts. Each takes some 55 ns a user: 1 in 50 of a core at most."""
TRACE_S = 120
"""seconds of a trace"""
Tenths = NDArray[np.int64]


@dataclass(frozen=True)
class Times:
    """From release to reading, ms, over all to whom a report is due; None: so many have not yet read it."""

    p50: float | None
    p99: float | None
    last: float | None
    """of those who have"""

    @classmethod
    def of(cls, took_ns: NDArray[np.int64], due: int) -> "Times":
        """Of so many to whom it is due; `took_ns`, shape (n,), is of those who have read it."""
        ranks = {share: max(1, int(np.ceil(share * due - 1e-9))) - 1 for share in (0.5, 0.99)}
        if not len(took_ns):
            return cls(None, None, None)
        there = sorted({rank for rank in ranks.values() if rank < len(took_ns)})
        parted = np.partition(took_ns, there) if there else took_ns
        p50, p99 = (_ms(parted[rank]) if rank in there else None for rank in ranks.values())
        return cls(p50, p99, _ms(took_ns.max()))


def _ms(took_ns: np.integer[Any]) -> float:
    """Rounded as a verdict has it."""
    return round(int(took_ns) / 1e9 * 1e3, 3)


@dataclass(frozen=True)
class Rate:
    """Deliveries."""

    now_per_s: int
    """read within the last second, to a tenth; readings, while receipts are yet to come"""
    peak_per_s: int
    delivered: int


@dataclass(frozen=True)
class Part:
    """Those users of the newest report whom one shard told, or one platform told first."""

    name: Said
    due: int | None
    """None: not known"""
    rate: Rate
    """of this report"""
    times: Times


@dataclass(frozen=True)
class LoadNow:
    """How much a play has to do."""

    rate: Rate
    trace: tuple[int, ...]
    """deliveries in each whole second since the origin, of the last `TRACE_S`"""
    report: int | None
    """number of the newest report that is due to anyone; all until `usage` is of it. None: there is none yet"""
    times: Times
    parts: tuple[Part, ...]
    """by shard, or by platform where there are two; none where neither is known"""
    parted: str
    """`shards` or `platforms`"""
    bottleneck: Said
    usage: Usage | None
    """while it was read, or has been so far; None: nothing of it has been"""
    now: Usage | None
    """in the last half second; None: nobody has looked"""
    memory: Memory
    host: str | None
    """of the gateway; None: this machine"""
    phones: str | None = None
    """hosts of the clients; None: this machine"""
    timed: bool = True
    """whether it is known already when anything was read, and not only how much"""


@dataclass
class _Row:
    """What was last seen of one report."""

    release: Release
    received: int = 0
    tenths: Tenths = field(default_factory=lambda: np.zeros(0, np.int64))


@dataclass
class _Newest:
    """What was last seen of the newest report."""

    times: Times = field(default_factory=lambda: Times(None, None, None))
    parts: list[tuple[Said, int | None, Tenths, Times]] = field(default_factory=list)


class LoadOnlooker:
    """Looks at one play. Releases are told by the drill's thread, `look` is for another one."""

    def __init__(
        self, scenario: Scenario, meter: Meter, journal: Journal | None, origin_ns: int, book: ReceiptBook
    ) -> None:
        self._scenario, self._meter, self._journal = scenario, meter, journal
        self._origin_ns, self._book = origin_ns, book
        self._rows: list[_Row] = []
        self._newest = _Newest()
        self._seen = (-1, -1)
        """receipts and reports at the last look"""
        self._taken_ns = 0
        """when receipts were last looked through"""

    def released(self, release: Release) -> None:
        """A report is out."""
        if self._scenario.due[release.report.number - 1].any():
            self._rows.append(_Row(release))

    def look(self, now_ns: int, *, last: bool = False) -> LoadNow:
        """How it is now, monotonic ns; `last`: all there is, however short ago somebody looked."""
        rows = self._rows[:]
        if last or now_ns - self._taken_ns >= REST_NS * len(self._scenario.audience):
            self._take_down(rows, now_ns)
        tenths, now = summed(row.tenths for row in rows), self._tenth(now_ns)
        number = rows[-1].release.report.number if rows else None
        what, used = self._meter.of_report(number) if number else ("idle", None)
        terms = self._meter.terms
        return LoadNow(
            rate=self._now(_rate(tenths, now)),
            trace=_trace(tenths, now),
            report=number,
            times=self._newest.times,
            parted="platforms" if terms.platforms else "shards",
            parts=tuple(Part(name, due, _rate(mine, now), times) for name, due, mine, times in self._newest.parts),
            bottleneck=said(what, used, terms.rate_per_s, terms.host),
            usage=used,
            now=self._meter.now(),
            memory=self._meter.memory,
            host=terms.host,
            phones=terms.phones,
            timed=self._book.is_here,
        )

    def _now(self, counted: Rate) -> Rate:
        """What was read within the last second, though there may be no receipts of it yet."""
        now_per_s = max(counted.now_per_s, self._meter.reads_per_s())
        return replace(counted, now_per_s=now_per_s, peak_per_s=max(counted.peak_per_s, now_per_s))

    def _tenth(self, at_ns: int) -> int:
        return (at_ns - self._origin_ns) // TENTH_NS

    def _take_down(self, rows: list[_Row], now_ns: int) -> None:
        if (seen := (self._book.total("receipts"), len(rows))) == self._seen:
            return
        self._seen, self._taken_ns = seen, now_ns
        for row in rows:
            number = row.release.report.number
            if (received := self._book.received(number)) != row.received:
                row.received = received
                row.tenths = by_tenth(self._book.read[number - 1], self._origin_ns)
        if rows:
            self._scan(rows[-1].release)

    def _scan(self, release: Release) -> None:
        row = release.report.number - 1
        due, read = self._scenario.due[row], self._book.read[row].copy()
        users = np.flatnonzero((read > 0) & due)
        took_ns = read[users] - release.monotonic_ns
        parts = []
        for name, of, mine in self._parts(row, users):
            here = mine[users]
            told = int((mine & due).sum()) if of else None
            times = Times.of(took_ns[here], told or int(here.sum()))
            parts.append((name, told, by_tenth(read[users[here]], self._origin_ns), times))
        self._newest = _Newest(Times.of(took_ns, int(due.sum())), parts)

    def _parts(self, row: int, users: NDArray[np.intp]) -> Iterator[tuple[Said, bool, NDArray[np.bool_]]]:
        """Each part: whether all are known to whom it is due, and which users are of it, shape (users,).

        `users` are those who have read the report.
        """
        if self._journal is not None:
            shard = self._journal.shard[row]
            for index in np.flatnonzero(np.bincount(shard)).tolist():
                if index:
                    yield say("load.shard-name", str(index - 1)), True, shard == index
            if not shard[users].all():
                yield say("load.late-group"), False, shard == 0
        for index, name in enumerate(self._meter.terms.platforms):
            yield say("load.platform-name", name), False, self._book.via[row] == index + 1


def _rate(tenths: Tenths, now: int) -> Rate:
    return Rate(int(tenths[max(0, now - SECOND + 1) : now + 1].sum()), peak_per_s(tenths), int(tenths.sum()))


def _trace(tenths: Tenths, now: int) -> tuple[int, ...]:
    seconds = max(now, len(tenths) - 1) // SECOND + 1
    padded = np.zeros(seconds * SECOND, np.int64)
    padded[: len(tenths)] = tenths
    sums: list[int] = padded.reshape(-1, SECOND).sum(axis=1).tolist()
    return tuple(sums[-TRACE_S:])

"""The meter of a play: what gateway and swarm use of this machine, twice a second, and while each report is read.

It looks at a few processes, never at users. Memory is asked for only while no report is under way, since the kernel
walks through all pages of a process for it.
"""

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from threading import Event, Lock, Thread
from types import TracebackType
from typing import Self

from ewarn.drill.under_way import Cores, Look, Player, UnderWay, spent_s
from ewarn.system import usage
from ewarn.system.clock import Clock
from ewarn.system.machine import this_machine
from ewarn.verdict.load import Load, Usage, bottleneck, by_tenth, peak_per_s, summed
from ewarn.verdict.receipts import ReceiptBook
from ewarn.wire.releases import Release

EVERY_S = 0.5
"""between two looks at processes"""
CLOSELY_S, IDLE_S = 0.01, 0.1
"""between two looks at how much was read: while a report is under way, and else"""
MEMORY_S = 5.0
"""between two looks at memory, and at which processes there are"""
MIB = 2**20


@dataclass(frozen=True)
class Memory:
    """Proportional set size, bytes; None: not known."""

    gateway: int | None = None
    phones: int | None = None

    def most(self, other: "Memory") -> "Memory":
        """Of each, the more."""
        pairs = (self.gateway, other.gateway), (self.phones, other.phones)
        return Memory(*(max((one for one in pair if one is not None), default=None) for pair in pairs))


@dataclass(frozen=True)
class Terms:
    """What a meter goes by, besides processes and receipts."""

    rate_per_s: float | None = None
    """that gateways may send together; None: no limit"""
    host: str | None = None
    """where the gateway is; None: on this machine"""
    platforms: tuple[str, ...] = ()
    """where there are several"""
    phones: str | None = None
    """hosts of the clients; None: this machine"""
    cores: Cores = field(default_factory=lambda: Cores(usage.cores(), this_machine().cpus))


class Meter:
    """A context, in which a thread of its own looks. It may be asked from any thread, also when it is over."""

    def __init__(
        self, find: Callable[[], list[Player]], book: ReceiptBook, due: Sequence[int], clock: Clock, terms: Terms
    ) -> None:
        """`find` finds the processes that there are now; `due` is by report."""
        self._find, self._book, self._due, self._clock, self.terms = find, book, due, clock, terms
        self._players: list[Player] = []
        """all that there ever were"""
        self._there: list[Player] = []
        self._cpu_s: dict[int, float] = {}
        """by process number, since the start"""
        self.memory = self._most = Memory()
        self._looked_ns = 0
        """at memory"""
        self._remember()
        self._looks: deque[Look] = deque([self._look()], maxlen=3)
        """of the last second"""
        self._reports: dict[int, UnderWay] = {}
        self._newest: int | None = None
        self._turn, self._over = Lock(), Event()
        self._thread = Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Self:
        """Start to look."""
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Look once more, and no longer."""
        self._over.set()
        self._thread.join()
        with self._turn:
            self._close(self._keep())
            self._remember()

    def released(self, release: Release) -> None:
        """A report is out."""
        number = release.report.number
        with self._turn:
            told = self._look()
            before = told if self._is_under_way() else self._looks[-1]
            self._close(told)
            self._reports[number] = UnderWay.of(number, self._due[number - 1], release.monotonic_ns, before, told)
            self._newest = number

    def now(self) -> Usage | None:
        """Between the last two looks; None: there was but one."""
        with self._turn:
            looks = list(self._looks)
        return self.terms.cores.between(self._players, *looks[-2:]) if len(looks) > 1 else None

    def reads_per_s(self) -> int:
        """Readings in the last second, while a report is under way; 0 while none is.

        They are counted at once. What was read is parsed later; until then there are no receipts to count.
        """
        with self._turn:
            first, last = self._looks[0], self._looks[-1]
            way = self._reports.get(self._newest or 0)
        if way is None or (way.after and way.after.at_ns < last.at_ns):
            return 0
        return round((last.reads - first.reads) / max(1.0, (last.at_ns - first.at_ns) / 1e9))

    def of_report(self, number: int) -> tuple[str, Usage | None]:
        """What was at its limit while a report was read, or has been so far: see `bottleneck`, or `idle`."""
        with self._turn:
            way, now = self._reports.get(number), self._looks[-1]
        used = way.usage(self._players, self.terms.cores, now) if way else None
        if way is None or used is None:
            return "idle", None
        if not self._players:  # all are on other hosts, and this one has only looked on
            return bottleneck(None, way.reads(now) / used.seconds, self.terms.rate_per_s), None
        return bottleneck(
            used, way.reads(now) / used.seconds, self.terms.rate_per_s, apart=self.terms.host is not None
        ), used

    def load(self, releases: Sequence[Release], origin_ns: int) -> Load:
        """Of the whole play, when it is over."""
        rows = [self._book.read[one.report.number - 1] for one in releases]
        took_ns = {
            one.report.number: int(row.max(initial=0)) - one.monotonic_ns
            for one, row in zip(releases, rows, strict=True)
        }
        number = max((one for one in took_ns if took_ns[one] > 0), key=took_ns.__getitem__, default=None)
        what, used = ("idle", None) if number is None else self.of_report(number)
        return Load(
            peak_per_s=peak_per_s(summed(by_tenth(row, origin_ns) for row in rows)),
            gateway_cpu_s=self._spent_s(phones=False),
            phones_cpu_s=self._spent_s(phones=True),
            gateway_mib=_mib(self._most.gateway),
            phones_mib=_mib(self._most.phones),
            report=number,
            usage=used,
            bottleneck=None if number is None else what,
        )

    def _watch(self) -> None:
        wait_s = IDLE_S
        while not self._over.wait(wait_s):
            with self._turn:
                wait_s = CLOSELY_S if self._is_under_way() else IDLE_S
                now_ns = self._clock.monotonic_ns()
                if now_ns - self._looks[-1].at_ns >= EVERY_S * 1e9:
                    self._keep()
                if wait_s == IDLE_S and now_ns - self._looked_ns >= MEMORY_S * 1e9:
                    self._remember()

    def _is_under_way(self) -> bool:
        """Whether a report is; takes down that it no longer is."""
        way = self._reports.get(self._newest or 0)
        if way is None or way.after:
            return False
        now_ns = self._clock.monotonic_ns()
        way = self._reports[way.number] = way.grown(now_ns, self._book.total("reads"))
        if way.is_over(now_ns):
            self._close(self._look())
            return False
        return True

    def _close(self, now: Look) -> None:
        if (way := self._reports.get(self._newest or 0)) and not way.after:
            self._reports[way.number] = replace(way, after=now)

    def _look(self) -> Look:
        cpu_s = {one.pid: had for one in self._there if (had := usage.cpu_s_of(one.pid)) is not None}
        return Look(self._clock.monotonic_ns(), self._book.total("reads"), usage.busy_s(), cpu_s)

    def _keep(self) -> Look:
        """Look, and count what was spent since the last such look."""
        now = self._look()
        for pid, spent in spent_s(self._looks[-1], now).items():
            self._cpu_s[pid] = self._cpu_s.get(pid, 0.0) + spent
        self._looks.append(now)
        return now

    def _remember(self) -> None:
        """Which processes there are, and what memory they have."""
        self._looked_ns = self._clock.monotonic_ns()
        self._there = self._find()
        self._players += [one for one in self._there if one not in self._players]
        sides = [[one.pid for one in self._there if (one.kind == "phones") == phones] for phones in (False, True)]
        self.memory = Memory(*(usage.memory_bytes_of(side) or None for side in sides))
        self._most = self._most.most(self.memory)

    def _spent_s(self, *, phones: bool) -> float | None:
        mine = [self._cpu_s.get(one.pid, 0.0) for one in self._players if (one.kind == "phones") == phones]
        return round(sum(mine), 3) if mine else None


def _mib(size: int | None) -> float | None:
    return None if size is None else round(size / MIB, 1)

"""The swarms of a fleet as a drill has them: one audience, sliced over hosts, whose receipts come back as one book."""

import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from types import TracebackType
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from ewarn.audience.users import Audience
from ewarn.bus.leading import Leading
from ewarn.clocks.bound import Bound
from ewarn.clocks.exchanges import Exchanges
from ewarn.drill.fleet.book import LedBook
from ewarn.drill.fleet.clocks import Clocks, bounded
from ewarn.drill.fleet.gathering import Holding, collect, gather, with_name
from ewarn.drill.fleet.journals import Journals, OfJournals
from ewarn.drill.fleet.roll import Roll
from ewarn.drill.fleet.told import Between, earliest, since_release
from ewarn.drill.sides import Hosts
from ewarn.errors import MeasurementError
from ewarn.system.clock import Clock
from ewarn.verdict.bounds import with_widths
from ewarn.verdict.fleet import Clocks as OfClocks
from ewarn.verdict.fleet import OfFleet
from ewarn.verdict.receipts import NEVER
from ewarn.wire.pieces import takes
from ewarn.wire.swarms import Begin, Connect, Disturb, Do, Prepare, Standing

TAKE_S, PREPARE_S, ASK_S = 60.0, 120.0, 15.0
"""for which an answer is waited for"""
CLEAR_S = 3.0
"""in which hosts have said that a play has begun: each says twice a second how it stands"""
TICK_S = 0.1
CONNECTED, FAILED, THERE = "connected", "failed", "there"


@dataclass(frozen=True)
class Slice:
    """A host's share of the users."""

    name: str
    """of the host"""
    first: int
    users: int


@dataclass
class Seen:
    """What was found out of hosts in a play, by name."""

    exchanges: dict[str, Exchanges] = field(default_factory=dict)
    bounds: dict[str, Bound] = field(default_factory=dict)
    """none of those whose clock cannot be told"""
    connected: dict[str, int] = field(default_factory=dict)
    """by swarm, as the play began"""
    cpu_s: dict[str, float] = field(default_factory=dict)
    """by swarm, that its clients used in the play"""
    placed: dict[str, tuple[int, int]] = field(default_factory=dict)
    """by gateway: users connected in the end whose home it is, and others"""
    noted: OfJournals = field(default_factory=OfJournals)
    """of gateways"""


class LedSwarms:
    """See `Readers`. A context: memory of receipts ends with it."""

    mss: int | None = None

    @property
    def cpu_s(self) -> float | None:
        """See `Readers`."""
        return sum(self.seen.cpu_s.values()) if len(self.seen.cpu_s) == len(self._slices) else None

    def __init__(
        self,
        leading: Leading,
        roll: Roll,
        clocks: Clocks,
        slices: Sequence[Slice],
        gateways: Sequence[str],
        reports: int,
        clock: Clock,
        table: Callable[[Seen], OfFleet],
        journals: Journals | None = None,
    ) -> None:
        """`gateways`: names; a receipt says by which of them it came, from 1. `table`: of what was found out."""
        self._table, self._journals = table, journals
        self._leading, self._roll, self._clocks, self._clock = leading, roll, clocks, clock
        self.elsewhere: str | None = ", ".join(one.name for one in slices)
        self._slices, self._gateways, self._reports = list(slices), list(gateways), reports
        self.users = self.devices = sum(one.users for one in slices)
        self._memory = LedBook.create(reports, self.users, len(slices))
        self.book = LedBook(self._memory, reports, self.users, len(slices), self._look, clock.monotonic_ns)
        self.earliest = earliest(reports, self.users)
        """that each receipt of the last play can be, dtype `EARLIEST`, shape (reports, users)"""
        self.seen = Seen()
        self._collected_ns = 0
        self._errands = ThreadPoolExecutor(1, "errands")
        self._asked: list[Future[object]] = []
        """what was asked in passing: no report waits until all hosts have answered"""

    def __enter__(self) -> Self:
        """Nobody has been told anything yet."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._errands.shutdown(cancel_futures=True)
        os.close(self._memory)

    def prepare(
        self,
        audience: Audience,
        sampled: NDArray[np.bool_],
        order: Callable[[Slice], Prepare],
        on_progress: Callable[[int, int], None],
    ) -> None:
        """Give each host its share of the audience. Raises what a host says why it cannot."""
        waiting: dict[str, list[Do]] = {one.name: _share(one, audience, sampled) for one in self._slices}
        total = done = sum(map(len, waiting.values()))
        while any(waiting.values()):
            on_progress(total - done, total)
            self._leading.ask({name: them.pop(0) for name, them in waiting.items() if them}, TAKE_S)
            done = sum(map(len, waiting.values()))
        on_progress(total, total)
        self._leading.ask({one.name: order(one) for one in self._slices}, PREPARE_S)

    def connect(self, on_progress: Callable[[int], None], still_there: Callable[[], None]) -> list[str]:
        """See `Readers`. Raises HostLostError where a host is lost meanwhile: nothing has been measured yet."""
        self._leading.ask(self._to_all(Connect()), ASK_S)
        while not all(self._is_there(one) for one in self._slices):
            on_progress(self.book.total(CONNECTED) + self.book.total(FAILED))
            still_there()
            self._roll.check_all()
            self._clock.sleep(TICK_S)
        on_progress(self.devices)
        return [f"{name}: {text}" for name, one in self._standings().items() for text in one.complaints]

    def begin(self, quake: str) -> None:
        """See `Readers`; clocks are asked from now on. Raises MeasurementError where one does not answer."""
        self._roll.check_all()
        self._roll.begin()
        self._clocks.begin(self._roll.there)
        self.book.begin()
        self.seen = Seen(connected={name: one.there for name, one in self._standings().items()})
        self.earliest = earliest(self._reports, self.users)
        if self._journals:
            self._journals.begin(quake)
        self._leading.ask(self._to_all(Begin(quake)), ASK_S)
        until_ns = self._clock.monotonic_ns() + round(CLEAR_S * 1e9)
        while not self.book.is_clear() and self._clock.monotonic_ns() < until_ns:
            self._clock.sleep(TICK_S)

    def collect(self) -> list[tuple[int, bytes]]:
        """See `Readers`. Of a host that is lost, nobody has read anything.

        Where a host's clock cannot be told, receipts lie between the report's release and the host's own word of them.
        """
        while self._asked:
            self._asked.pop().result()
        users = {one.name: one.users for one in self._slices if one.name in self._roll.there}
        holdings = collect(self._leading, users, self._reports)
        self._collected_ns, seen = self._clock.monotonic_ns(), self.seen
        if self._journals:
            seen.noted = self._journals.collect()
        seen.exchanges = self._clocks.finish()
        whole = gather(self._leading, holdings)
        self._roll.look()
        seen.bounds, problems = bounded(self._clocks, {name: seen.exchanges[name] for name in whole})
        kept: list[tuple[int, bytes]] = []
        for index, one in enumerate(self._slices):
            if of := whole.get(one.name):
                kept += with_name(one.name, partial(self._taken, index, one, of))
        self.book.doubts += [str(error) for error in problems.values()]
        self.book.close(index for index, one in enumerate(self._slices) if one.name not in whole)
        return kept

    def hosts(self, receipts: NDArray[Any]) -> Hosts:
        """See `Readers`."""
        rows = self.earliest.reshape(-1)
        since_release(rows, receipts)
        on = np.repeat(np.arange(len(self._slices), dtype=np.uint8), [one.users for one in self._slices])
        them = self.seen.bounds | self.seen.noted.bounds
        bounds = {name: one.plain() for name, one in them.items() if not one.is_same}
        return Hosts(with_widths(self._table(self.seen), receipts, rows, on), OfClocks(rows, on, bounds))

    def bounce(self, share: float) -> None:
        """See `Readers`."""
        orders = self._to_all(Disturb(bounce=share))
        self._asked.append(self._errands.submit(self._leading.ask, orders, ASK_S, lost_ok=True))

    def away(self) -> int:
        """See `Readers`."""
        return self.book.away()

    def newest_of_the_slow(self) -> list[int]:
        """See `Readers`: there are none."""
        return []

    def pids(self) -> list[int]:
        """See `Readers`: none is on this machine, as far as is known."""
        return []

    def check(self) -> None:
        """See `Readers`."""
        self._roll.check()
        self._clocks.check()

    def _taken(self, index: int, one: Slice, of: Holding) -> list[tuple[int, bytes]]:
        """Take down what a host holds; its frames. Raises InputError where it is not what it said."""
        mine = slice(one.first, one.first + one.users)
        self.book.take(index, one.first, of, self._via(of))
        read, kernel = self._times(index, one, of)
        self.book.take_times(one.first, read, kernel)
        self.earliest["read"][:, mine], self.earliest["kernel"][:, mine] = read.earliest, kernel.earliest
        for name, (home, others) in of.collected.placed.items():
            before = self.seen.placed.get(name, (0, 0))
            self.seen.placed[name] = before[0] + home, before[1] + others
        self.seen.cpu_s[one.name] = of.collected.cpu_s
        self.mss = min(filter(None, (self.mss, of.collected.mss)), default=None)
        return [(one.first + user, payload) for user, payload in of.frames()]

    def _times(self, index: int, one: Slice, of: Holding) -> tuple[Between, Between]:
        """When it was read, and when it arrived."""
        if bound := self.seen.bounds.get(one.name):
            try:
                return Between.of(of.times("read"), bound), Between.of(of.times("kernel"), bound)
            except MeasurementError as error:  # of an instant at which nobody asked
                self.book.doubts.append(str(error))
        read = of.times("read")
        counts = np.count_nonzero(read.latest() != NEVER, axis=1)
        told_ns = self.book.told_by(index, counts, self._collected_ns)
        return Between.by(read, told_ns), Between.never(self._reports, one.users)

    def _via(self, of: Holding) -> NDArray[np.uint8]:
        """By report and user, by which gateway it came, as a place among this drill's, from 1; 0 for none of them."""
        places = np.zeros(256, np.uint8)
        for index, name in enumerate(of.collected.gateways, 1):
            places[index] = self._gateways.index(name) + 1 if name in self._gateways else 0
        return np.asarray(places[of.array("via").astype(np.intp)])

    def _to_all(self, do: Do) -> dict[str, Do]:
        return dict.fromkeys(self._roll.there, do)

    def _standings(self) -> dict[str, Standing]:
        found = ((name, self._leading.standing(name)) for name in self._roll.there)
        return {name: one for name, one in found if one}

    def _look(self) -> Mapping[int, Standing]:
        standings = self._standings()
        return {index: standings[one.name] for index, one in enumerate(self._slices) if one.name in standings}

    def _is_there(self, one: Slice) -> bool:
        standing = self._leading.standing(one.name)
        return standing is not None and standing.state == THERE


def sliced(names: Sequence[str], shares: Sequence[int]) -> list[Slice]:
    """Users in a row, each host's after the one before it."""
    firsts = np.cumsum([0, *shares]).tolist()
    return [Slice(name, first, share) for name, first, share in zip(names, firsts, shares, strict=False)]


def _share(one: Slice, audience: Audience, sampled: NDArray[np.bool_]) -> list[Do]:
    mine = slice(one.first, one.first + one.users)
    followed = audience.followed.between(one.first, one.first + one.users)
    return [
        *takes(
            {
                "count": followed.count,
                "latitude": followed.latitude,
                "longitude": followed.longitude,
                "threshold": audience.threshold[mine],
                "sampled": sampled[mine],
            }
        )
    ]

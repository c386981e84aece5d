"""The journals of a fleet's gateways: kept there while a play goes on, fetched once it is over, as one journal here.

Nothing is judged by them: a gateway without one, or whose clock cannot be told, is left out, in a line.
"""

import math
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from ewarn.bus.leading import Leading
from ewarn.clocks.bound import Bound
from ewarn.clocks.exchanges import Exchanges
from ewarn.drill.fleet.clocks import Clocks, bounded
from ewarn.drill.fleet.gathering import COLLECT_S, Holding, gather, with_name
from ewarn.drill.fleet.told import Between
from ewarn.errors import BusError, EwarnError, HostLostError, InputError, MeasurementError
from ewarn.gateway.sending.journal import Journal
from ewarn.verdict.bounds import width_of
from ewarn.verdict.fleet import Width
from ewarn.verdict.receipts import NEVER
from ewarn.wire.noted import NOTED_BYTES, SHAPES, Noted
from ewarn.wire.swarms import MOST_REPORTS, Begin, Collect, Collected
from ewarn.words import Said, say

BEGIN_S = 10.0
CLOCK_S = 3.0
"""for which a play waits for the clocks of gateways"""
Tell = Callable[[Said], None]
Given = TypeVar("Given")
Found = TypeVar("Found")


@dataclass
class OfJournals:
    """What was found out of gateways in a play, by name."""

    exchanges: dict[str, Exchanges] = field(default_factory=dict)
    bounds: dict[str, Bound] = field(default_factory=dict)
    widths: dict[str, Width] = field(default_factory=dict)
    """of the instants at which it had written"""


class Journals:
    """Of those gateways that keep one."""

    def __init__(self, leading: Leading, clocks: Clocks, names: Iterable[str], journal: Journal, tell: Tell) -> None:
        """`journal`: where all of them come together. `tell`: what is left out, and why, goes there."""
        self._leading, self._clocks, self._names = leading, clocks, list(names)
        self._journal, self._tell = journal, tell
        self._asked: list[str] = []
        """those that note this play"""

    def begin(self, quake: str) -> None:
        """A play begins: clocks are asked from now on, and journals cleared."""
        self._asked = []
        if self._names:
            with suppress(MeasurementError):  # what has no bound in the end is left out then
                self._clocks.begin(self._names, CLOCK_S)
        for name in self._names[:]:
            try:
                self._leading.ask({name: Begin(quake)}, BEGIN_S)
                self._asked.append(name)
            except (InputError, HostLostError, BusError) as error:
                self._names.remove(name)
                self._leave_out(name, error)

    def collect(self) -> OfJournals:
        """Fetch them, and put them together; what was seen of clocks. What does not come is told of, and left out."""
        seen = OfJournals()
        problems: dict[str, EwarnError] = {}
        try:
            self._fetch(seen, problems)
        except (InputError, MeasurementError, BusError) as error:
            problems = dict.fromkeys(self._asked, error) | problems
        for name in self._asked:
            if name not in seen.widths:
                self._leave_out(name, problems.get(name) or self._leading.lost(name) or "it did not hand it over")
        return seen

    def _fetch(self, seen: OfJournals, problems: dict[str, EwarnError]) -> None:
        if not self._asked:
            return
        said = self._leading.ask(dict.fromkeys(self._asked, Collect()), COLLECT_S, lost_ok=True)
        seen.exchanges = self._clocks.finish()
        users = self._journal.planned.shape[1]
        held = self._each(said, lambda _, one: holding(one, users), problems)
        seen.bounds, unbounded = bounded(self._clocks, {name: seen.exchanges[name] for name in held})
        problems |= unbounded
        whole = gather(self._leading, {name: one for name, one in held.items() if name in seen.bounds})
        seen.widths = self._each(whole, lambda name, of: self._take(of, seen.bounds[name]), problems)

    def _each(
        self, them: Mapping[str, Given], act: Callable[[str, Given], Found], problems: dict[str, EwarnError]
    ) -> dict[str, Found]:
        """What comes of each; of those of which nothing does, why."""
        found: dict[str, Found] = {}
        for name, one in them.items():
            try:
                found[name] = with_name(name, partial(act, name, one))
            except MeasurementError as error:
                problems[name] = error
        return found

    def _take(self, of: Holding, bound: Bound) -> Width:
        """Enter what a gateway noted; how wide its bounds are. Raises InputError, or MeasurementError."""
        users = self._journal.planned.shape[1]
        noted = Noted.from_arrays({what: of.array(what) for what in SHAPES}, users)
        planned, written = Between.of(noted.planned, bound), Between.of(noted.written, bound)
        enter(self._journal, noted.users, planned.latest, written.latest, noted.shard)
        widths = np.where(written.latest == NEVER, NEVER, written.latest - written.earliest)
        return width_of(widths)

    def _leave_out(self, name: str, why: object) -> None:
        self._tell(left_out(name, why))


def left_out(name: str, why: object) -> Said:
    """Why a gateway's journal is, in a line."""
    return say("log.journal-left-out", name, str(why).removeprefix(f"{name}: "))


def holding(said: object, users: int) -> Holding:
    """What a gateway says that it holds. Raises InputError where that is no journal of so many users, or too much."""
    shape = said.arrays["planned"].shape if isinstance(said, Collected) and "planned" in said.arrays else ()
    if not isinstance(said, Collected) or len(shape) != len(SHAPES["planned"][1]):
        raise InputError("its answer to collect is of another kind")
    if shape[0] > MOST_REPORTS or shape[1] > users:
        raise InputError(
            f"planned: of {shape[0]:,} reports and {shape[1]:,} users; at most {MOST_REPORTS:,} and {users:,}"
        )
    found = Holding(shape[0], shape[1], said, shapes=SHAPES)
    found.check()
    for what in SHAPES:
        one = said.arrays[what]
        if one.pieces > -(-np.dtype(one.dtype).itemsize * math.prod(one.shape) // NOTED_BYTES):
            raise InputError(f"{what}: {one.pieces:,} pieces, of the shape {one.shape}")
    return found


def enter(
    journal: Journal,
    users: NDArray[np.uint32],
    planned: NDArray[np.int64],
    written: NDArray[np.int64],
    shard: NDArray[np.uint16],
) -> None:
    """Enter the notes of one gateway; of a user who was on several the earliest note stands.

    All but `users` have shape (reports, users): times are monotonic ns, `NEVER` for never. Reports that the journal has
    no room for are of another quake, and left out.
    """
    them = users.astype(np.int64)
    for row in range(min(len(planned), len(journal.planned))):
        first = _is_first(planned[row], journal.planned[row, them])
        journal.shard[row, them[first]] = shard[row, first]
        journal.planned[row, them[first]] = planned[row, first]
        first = _is_first(written[row], journal.written[row, them])
        journal.written[row, them[first]] = written[row, first]


def _is_first(times: NDArray[np.int64], before: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Where a note was made, and is the earliest; in a journal 0 is never."""
    return np.asarray((times > 0) & ((before == 0) | (times < before)))

"""The clocks of a fleet's hosts, asked while a play goes on, and the bound of each once it is over."""

from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from types import TracebackType
from typing import Self

from ewarn.clocks.asker import Asker
from ewarn.clocks.bound import Bound
from ewarn.clocks.exchanges import Exchanges
from ewarn.clocks.identity import ClockId, this_clock
from ewarn.errors import MeasurementError
from ewarn.verdict.fleet import OfClock

BEGIN_S, FINISH_S = 10.0, 5.0
"""within which all have answered a first burst, and a last one"""


class Clocks:
    """A context: whoever asks ends with it."""

    def __init__(self, ears: Mapping[str, tuple[str, int]], key: bytes, ids: Mapping[str, ClockId]) -> None:
        """`ears`: address and UDP port of each, by host; `ids`: what each host says of its clock."""
        self._ears, self._key, self._ids = dict(ears), key, dict(ids)
        self._stack = ExitStack()
        self._asker: Asker | None = None

    def __enter__(self) -> Self:
        """Nobody is asked yet."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._stack.close()

    def begin(self, hosts: Iterable[str], patience_s: float = BEGIN_S) -> None:
        """Ask these from now on. Raises MeasurementError naming those that do not answer in time."""
        self._stack.close()
        ears = {name: self._ears[name] for name in hosts}
        self._asker = self._stack.enter_context(Asker(ears, self._key, allow_network=True))
        self._asker.begun(patience_s)

    def check(self) -> None:
        """Raise MeasurementError where whoever asks has died."""
        if self._asker:
            self._asker.check()

    def finish(self) -> dict[str, Exchanges]:
        """Ask no more: what was exchanged with each host. Raises MeasurementError where whoever asked has died."""
        assert self._asker  # noqa: S101  a play has begun
        try:
            return self._asker.finish(FINISH_S)
        finally:
            self._asker = None
            self._stack.close()

    def bound(self, name: str, exchanges: Exchanges) -> Bound:
        """Of a host. Raises MeasurementError where its clock was stepped, or hardly answered.

        One that says that its clock is this one's has to bear it out: copies of a machine say so too.
        """
        same = this_clock().is_one_with(self._ids[name]) and exchanges.can_be_of_one_clock
        return Bound.same() if same and len(exchanges.rows) else Bound.of(exchanges.rows, host=name)


def told(exchanges: Exchanges, bound: Bound | None) -> OfClock | None:
    """Of a clock, for the verdict: None where it is the conductor's own. Without a bound, what was exchanged."""
    if bound is None:
        return OfClock(exchanges=len(exchanges.rows), lost=exchanges.lost)
    if bound.is_same:
        return None
    return OfClock(
        exchanges=len(exchanges.rows),
        lost=exchanges.lost,
        wander_us=round(bound.wander_ns / 1e3, 3),
        drift_ppm=round(-bound.drift_ppm, 3),
        offset_s=round(-bound.offset_s, 6),
    )


def bounded(clocks: Clocks, exchanges: Mapping[str, Exchanges]) -> tuple[dict[str, Bound], dict[str, MeasurementError]]:
    """The bound of each host; of those that have none, why."""
    bounds: dict[str, Bound] = {}
    problems: dict[str, MeasurementError] = {}
    for name, one in exchanges.items():
        try:
            bounds[name] = clocks.bound(name, one)
        except MeasurementError as error:
            problems[name] = error
    return bounds, problems

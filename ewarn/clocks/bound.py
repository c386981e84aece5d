"""Between which instants of the conductor's clock an instant of another host's lies. Pure.

An exchange says two things, by causality alone. Let g be the map from the far clock to the near one. What arrived at
`arrived` had been sent at `sent`: g(arrived) >= sent. What left at `left` was back at `back`: g(left) <= back. Nothing
is assumed of delays: not that they are short, nor that they are equal both ways.

Both clocks are taken to run evenly but for their wander, see `wander`. So g(x) - x is a straight line but for that: it
is above the least concave function through (arrived, sent - arrived), and below the greatest convex one through
(left, back - left). Such a line is there exactly where these do not cross (the sandwich theorem of convex analysis).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Self, TypedDict

import msgspec
import numpy as np
from msgspec import Meta
from numpy.typing import NDArray

from ewarn.clocks.exchanges import EXCHANGE
from ewarn.clocks.hulls import Hull, above, below, largest_gap
from ewarn.clocks.wander import wander_ns
from ewarn.errors import InputError, MeasurementError

END_NS = 1_000_000_000
"""The first second, and the last one, are the ends of a run."""
LEAST_AT_ENDS = 10
"""exchanges at each of them: half of a burst"""
READING_NS = 1
"""An instant is told in whole ns, rounded down."""
LATEST = int(np.iinfo(np.int64).max)


Vertex = tuple[Annotated[int, Meta(ge=-LATEST, le=LATEST)], Annotated[int, Meta(ge=-LATEST, le=LATEST)]]
"""x and y, see `hulls.Hull`"""


class PlainBound(TypedDict):
    """A bound as JSON and MessagePack have it; all are whole ns but the count."""

    host: str
    far_ns: int
    near_ns: int
    """instants of both clocks that vertices count from"""
    low: list[Vertex]
    high: list[Vertex]
    """vertices: far after `far_ns`, and near less far after both; none where both are one clock"""
    wander_ns: int
    exchanges: int


@dataclass(frozen=True, eq=False)
class Bound:
    """Of one host's clock. The widest that a step can be without being seen stands in `of`."""

    host: str
    far_ns: int
    near_ns: int
    """instants of both clocks that the hulls count from"""
    low: Hull
    high: Hull
    wander_ns: int
    """of both clocks together: the largest deviations from straight lines"""
    exchanges: int

    @classmethod
    def of(cls, rows: NDArray[np.void], *, host: str) -> Self:
        """The bound that exchanges give; rows of EXCHANGE in any order.

        Raises MeasurementError in one line that names the host: fewer than LEAST_AT_ENDS at an end, or a clock that did
        not run evenly, so that the hulls cross. Then the deviation is at least what they cross by.

        A step is seen for sure where it is larger than R (1 + t / L). R: the time on the way, there and back, of good
        exchanges, such as the tenth of them that was quickest. t: the time from the last good one before the step to
        the first one after it. L: the time from the step to the farther end of the run. With R = 30 us, t = 100 ms
        and L = 10 s that is 30.3 us. (A line below what came back before the step, and above what arrived after it,
        rises by the step less R within t. At the farther end it may have risen by R at most.)
        """
        _check_ends(rows, host)
        rows = rows[np.argsort(rows["sent"], kind="stable")]
        far_ns, near_ns = int(rows["arrived"][0]), int(rows["sent"][0])
        sent, back = rows["sent"] - near_ns, rows["back"] - near_ns
        arrived, left = rows["arrived"] - far_ns, rows["left"] - far_ns
        low, high = above(arrived, sent - arrived), below(left, back - left)
        wanders = wander_ns(rows["left"], rows["raw"]), wander_ns(rows["back"], rows["raw_back"])
        crossing = largest_gap(low, high)
        if crossing > 2 * READING_NS:
            raise MeasurementError(_crossed(host, crossing, *wanders))
        return cls(host, far_ns, near_ns, low, high, sum(wanders), len(rows))

    @classmethod
    def same(cls) -> Self:
        """Of one and the same clock: the width is zero, and it can be asked of any instant."""
        nothing = Hull(np.empty(0, np.int64), np.empty(0, np.int64))
        return cls("", 0, 0, nothing, nothing, 0, 0)

    @property
    def is_same(self) -> bool:
        """Whether it is of one and the same clock."""
        return not len(self.low.x)

    @property
    def first_ns(self) -> int:
        """The first far instant that it can be asked of."""
        return 0 if self.is_same else self.far_ns + int(max(self.low.x[0], self.high.x[0]))

    @property
    def last_ns(self) -> int:
        """The last one."""
        return LATEST if self.is_same else self.far_ns + int(min(self.low.x[-1], self.high.x[-1]))

    @property
    def offset_s(self) -> float:
        """By how much the near clock is ahead of the far one in the middle of the run, for people."""
        if self.is_same:
            return 0.0
        return (self.near_ns - self.far_ns + float(self._middle().mean())) / 1e9

    @property
    def drift_ppm(self) -> float:
        """By how much the near clock runs faster than the far one, millionths, for people."""
        if self.is_same:
            return 0.0
        early, late = self._middle()
        return float((late - early) / max(1.0, 0.8 * (self.last_ns - self.first_ns))) * 1e6

    def _middle(self) -> NDArray[np.float64]:
        """Between both hulls, ns, after a tenth of the run, and a tenth before its end.

        At the very ends stands a single exchange, however long it took.
        """
        at = self.first_ns - self.far_ns + np.array([0.1, 0.9]) * (self.last_ns - self.first_ns)
        return (self.low.at(at) + self.high.at(at)) / 2

    def near(self, far_ns: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """The earliest and the latest that each far instant can be on the near clock, ns; shapes as given.

        Both are rounded outward. What is negative, never, stays as it is. The clock of `same` gives its own array
        twice. Raises MeasurementError for an instant that is not within first_ns and last_ns.
        """
        if self.is_same:
            return far_ns, far_ns
        ever = far_ns >= 0
        self._check_within(far_ns, ever)
        # Only what is left after the first exchange fits into a float to the ns.
        x = far_ns - self.far_ns
        margin = 2 * self.wander_ns + READING_NS
        x_on_near = x + self.near_ns
        low = np.floor(self.low.at(x) - self.low.slack).astype(np.int64) + (x_on_near - margin)
        high = np.ceil(self.high.at(x) + self.high.slack).astype(np.int64) + (x_on_near + margin)
        if ever.all():
            return low, high
        return np.where(ever, low, far_ns), np.where(ever, high, far_ns)

    def _check_within(self, far_ns: NDArray[np.int64], ever: NDArray[np.bool_]) -> None:
        if not ever.any():
            return
        early_ns = self.first_ns - int(far_ns.min(where=ever, initial=LATEST))
        late_ns = int(far_ns.max(where=ever, initial=0)) - self.last_ns
        if early_ns > 0:
            raise MeasurementError(f"{self.host}: a time is {early_ns / 1e9:,.6f} s before the first clock exchange")
        if late_ns > 0:
            raise MeasurementError(f"{self.host}: a time is {late_ns / 1e9:,.6f} s after the last clock exchange")

    def plain(self) -> PlainBound:
        """As files and messages have it."""
        return PlainBound(
            host=self.host,
            far_ns=self.far_ns,
            near_ns=self.near_ns,
            low=_vertices(self.low),
            high=_vertices(self.high),
            wander_ns=self.wander_ns,
            exchanges=self.exchanges,
        )

    @classmethod
    def from_plain(cls, said: Mapping[str, object]) -> Self:
        """What `plain` said. Raises InputError naming what is wrong."""
        try:
            plain = msgspec.convert(said, PlainBound)
            low, high = _hull("low", plain["low"]), _hull("high", plain["high"])
        except (msgspec.ValidationError, ValueError) as error:
            raise InputError(f"the bound of a clock: {error}") from None
        if bool(len(low.x)) != bool(len(high.x)) or plain["wander_ns"] < 0:
            raise InputError("the bound of a clock: low, high: expected vertices of both, or of none; wander_ns >= 0")
        return cls(plain["host"], plain["far_ns"], plain["near_ns"], low, high, plain["wander_ns"], plain["exchanges"])


def _check_ends(rows: NDArray[np.void], host: str) -> None:
    """Raise MeasurementError where a run has too few exchanges at an end."""
    if rows.dtype != EXCHANGE:
        raise TypeError(f"expected rows of EXCHANGE, got {rows.dtype}")
    sent = rows["sent"]
    ends = (
        ("first", np.count_nonzero(sent - sent.min(initial=LATEST) <= END_NS)),
        ("last", np.count_nonzero(sent.max(initial=0) - sent <= END_NS)),
    )
    for name, count in ends:
        if count < LEAST_AT_ENDS:
            raise MeasurementError(
                f"{host}: {count} clock exchanges in the {name} second, of {LEAST_AT_ENDS} at least:"
                " its times cannot be told on this clock"
            )


def _crossed(host: str, crossing_ns: float, far_wander_ns: int, near_wander_ns: int) -> str:
    """Clocks did not run evenly; how far each was moved by a time service, if any did, is twice its wander at most."""
    return (
        f"{host}'s clock was stepped or slewed, by {crossing_ns / 1e3:,.1f} us at least against this one, so its times"
        f" cannot be told (against its own oscillator it moved by {2 * far_wander_ns / 1e3:,.1f} us,"
        f" and this one by {2 * near_wander_ns / 1e3:,.1f} us)"
    )


def _vertices(hull: Hull) -> list[Vertex]:
    return list(zip(hull.x.tolist(), hull.y.tolist(), strict=True))


def _hull(key: str, vertices: list[Vertex]) -> Hull:
    """Raises ValueError naming the key."""
    points = np.array(vertices, np.int64).reshape(-1, 2)
    if (np.diff(points[:, 0]) <= 0).any():
        raise ValueError(f"{key}: expected vertices one after the other")
    return Hull(points[:, 0], points[:, 1])

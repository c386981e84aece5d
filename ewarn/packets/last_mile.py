"""The last mile, modelled: what lies between the gateway's end of a cable and a user's phone. Pure.

Each user has a round-trip time, of which half is the delay each way. A segment is held for that delay, up to the jitter
longer, or is lost; all that TCP does about it is left to the two ends. docs/explanation/last-mile.md says what is not
modelled.
"""

from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from ewarn.packets.held import Held
from ewarn.packets.segments import Segments
from ewarn.packets.waiting import Waiting

Numbers = NDArray[np.int64]

TO_95TH = NormalDist().inv_cdf(0.95)
"""standard deviations of a normal distribution from its median to its 95th percentile"""
MS = 1_000_000
"""in nanoseconds"""


@dataclass(frozen=True)
class LastMile:
    """How far users are away, and what is lost on the way."""

    rtt_ms: tuple[float, float]
    """5th and 95th percentile of the users' round-trip times, which are log-normal"""
    jitter_ms: float = 0.0
    """most that a segment takes longer, each way; how much is drawn for each, uniformly"""
    loss: float = 0.0
    """probability that a segment is lost, each way, 0 to 1"""

    def median_and_spread(self) -> tuple[float, float]:
        """Median of the round-trip times in ms, and the standard deviation of their logarithms."""
        low, high = np.log(self.rtt_ms)
        return float(np.exp((low + high) / 2)), float((high - low) / (2 * TO_95TH))

    def draw(self, count: int, rng: np.random.Generator) -> Numbers:
        """One-way delays of users (count,), ns: half of a round-trip time each."""
        median, spread = self.median_and_spread()
        return np.rint(median * np.exp(spread * rng.standard_normal(count)) * MS / 2).astype(np.int64)


class Link:
    """One direction, of all users of a process. Nobody's segments overtake one another, as in a queue on a link."""

    def __init__(
        self,
        mile: LastMile,
        delays: Numbers,
        rng: np.random.Generator,
        lives: NDArray[np.uint8] | None = None,
    ) -> None:
        """`delays`: one-way, by row, ns. `lives`: of the rows, whose owner changes them in place.

        What is under way to a user who begins a next life ends there (`due`); what they said before goes on its way
        (`of_any_life`).
        """
        self._delays, self._rng, self._loss = delays, rng, mile.loss
        self._jitter_ns = round(mile.jitter_ms * MS)
        self._lives = np.zeros(len(delays), np.uint8) if lives is None else lives
        self._last = np.zeros(len(delays), np.int64)
        """by row, when the last of its segments falls due"""
        self._any_of = np.zeros(len(delays), np.int64)
        """scratch: by row, which of the segments at hand is its last"""
        self._waiting, self._held = Waiting(), Held()
        self.lost = 0
        """segments, so far"""
        self.outlived = 0
        """segments of an earlier life, so far"""

    @property
    def next_ns(self) -> int:
        """When a segment falls due, at the earliest; `NEVER` where there is none."""
        return self._waiting.next_ns

    def put(self, segments: Segments, now: int) -> None:
        """Send these on their way: from when the kernel stamped them, or now where it did not."""
        which = np.arange(len(segments))
        if self._loss:
            which = which[self._rng.random(len(segments)) >= self._loss]
            self.lost += len(segments) - len(which)
        if not len(which):
            return
        rows, arrived = segments.row[which], segments.arrived[which]
        due = np.where(arrived > 0, arrived, now) + self._delays[rows]
        if self._jitter_ns:
            due += self._rng.integers(self._jitter_ns, size=len(which), endpoint=True)
        self._waiting.add(self._in_order(rows, due), self._held.put(segments, which, self._lives[rows]))

    def due(self, now: int) -> Segments:
        """What has reached its end by now, the earliest first; what had a stamp has that of its end."""
        segments, lives = self.of_any_life(now)
        current = lives == self._lives[segments.row]
        outlived = len(segments) - int(np.count_nonzero(current))
        if not outlived:
            return segments
        self.outlived += outlived
        return segments.some(current)

    def of_any_life(self, now: int) -> tuple[Segments, Numbers]:
        """The same, of earlier lives too; and the life (n,) that each is of."""
        if now < self._waiting.next_ns:
            return Segments.none(), np.zeros(0, np.int64)
        due, numbers = self._waiting.take(now)
        segments, lives = self._held.take(numbers)
        np.copyto(segments.arrived, due, where=segments.arrived > 0)
        return segments, lives

    def _in_order(self, rows: Numbers, due: Numbers) -> Numbers:
        """When these fall due, none before those of its row that came before it."""
        due = np.maximum(due, self._last[rows])
        at = np.arange(len(rows))
        self._any_of[rows] = at
        if (self._any_of[rows] != at).any():
            order = np.argsort(rows, kind="stable")
            due[order] = _highest_so_far(rows[order], due[order])
        self._last[rows] = due  # of a row that stands there several times, the last, which is the latest
        return due


def _highest_so_far(groups: Numbers, values: Numbers) -> Numbers:
    """Of each value the highest up to it within its group; those of a group (n,) stand side by side."""
    least = values.min()
    apart = values.max() - least + 1
    lift = np.cumsum(np.r_[False, groups[1:] != groups[:-1]]) * apart - least
    return np.asarray(np.maximum.accumulate(values + lift) - lift)

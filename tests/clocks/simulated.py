"""Exchanges of clocks that are known, in whole ns: so the truth is known to the last of them."""

from bisect import bisect
from dataclasses import dataclass

import numpy as np
from hypothesis import strategies as st

from ewarn.clocks.exchanges import EXCHANGE

MS = 1_000_000
S = 1000 * MS


@dataclass(frozen=True)
class Clock:
    """A clock by the time of nobody, t ns: what it shows is wrong by a start, a rate, and what it wanders."""

    start: int = 0
    ppb: int = 0
    wander: tuple[tuple[int, int], ...] = ()
    """(t, ns) in order: linear between, and constant outside"""
    steps: tuple[tuple[int, int], ...] = ()
    """(t, ns): from t on it shows so much more"""
    oscillator_steps: bool = True
    """whether its oscillator jumps with it, as that of a machine which stood still does"""

    def raw(self, t: int) -> int:
        """What its oscillator shows."""
        return self._even(t, with_steps=self.oscillator_steps) // S

    def at(self, t: int) -> int:
        """What it shows."""
        return (self._even(t, with_steps=True) + self._wandered(t)) // S

    def _even(self, t: int, *, with_steps: bool) -> int:
        """In parts of a ns, of which S are one: nothing is rounded before all are added."""
        stepped = sum(by for since, by in self.steps if t >= since)
        return (self.start + t + with_steps * stepped) * S + t * self.ppb

    def _wandered(self, t: int) -> int:
        if not self.wander:
            return 0
        times, ys = zip(*self.wander, strict=True)
        after = bisect(times, t)
        if after in (0, len(times)):
            return ys[max(0, after - 1)] * S
        t0, t1, y0, y1 = times[after - 1], times[after], ys[after - 1], ys[after]
        return y0 * S + (y1 - y0) * S * (t - t0) // (t1 - t0)


def exchanges(near: Clock, far: Clock, ways: list[tuple[int, int, int, int]]) -> np.ndarray:
    """Rows; `ways`: of each exchange, when it is sent, and how long it is out, there, and on its way back, ns."""
    rows = []
    for sent, out, there, back in ways:
        arrived, left, home = sent + out, sent + out + there, sent + out + there + back
        rows.append((near.at(sent), far.at(arrived), far.at(left), near.at(home), far.raw(left), near.raw(home)))
    return np.array(rows, EXCHANGE)


def sent_at(seconds: float, each_ms: float = 50) -> list[int]:
    """When exchanges are sent: a burst at both ends, and a steady pace between."""
    last = round(seconds * S)
    burst = [2 * MS * one for one in range(20)]
    return [*burst, *range(burst[-1], last, round(each_ms * MS)), *(last + one for one in burst)]


rates = st.integers(-400_000, 400_000)
"""ppb: the oscillators of machines are wrong by 100,000 at most"""
starts = st.sampled_from([0, 3600 * S, 10**15, 10**18]) | st.integers(0, 10**18)

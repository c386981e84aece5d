"""When a centre tells what it has found, and when it has told the last: one rule, for many quakes at once."""

from collections import deque
from dataclasses import dataclass
from typing import Annotated

import numpy as np
from annotated_types import Ge, Gt, Le
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

STEP_S, SPACING_S = 0.5, 1.0
"""how often the centre looks at what it has, and how far apart reports are at the least"""
SETTLED, SETTLED_S = 0.1, 4.0
"""A magnitude that moved less than this in so long, while longer records could have shown a larger one, is settled; so
is one whose records have all come to their full length, since they will show no other."""
LEVEL = 1e-9
"""a cap that moved by less stood still: sums of many stations differ in their last digits"""


@dataclass(frozen=True)
class Detection:
    """How the centre turns what it hears into reports."""

    stations: Annotated[int, Ge(1), Le(50)] = 4
    """Stations that must have triggered before a report is computed."""
    window_s: Annotated[float, Ge(0.1), Le(600)] = 1.0
    """Seconds of P that a station must have sent to count."""
    longest_p_s: Annotated[float, Ge(0.1), Le(600)] = 10.0
    """Seconds of P from which a station's magnitude is read at most, so that the largest quakes stay too low; our own
    figure."""
    compute_s: Annotated[float, Gt(0), Le(600)] = 2.1
    """Median time from the data to the release, seconds; the same for all reports of a quake."""
    compute_sigma_ln: Annotated[float, Ge(0), Le(2)] = 0.8
    """Standard deviation of the logarithm of that time over quakes, which is lognormal; no unit."""
    compute_most: Annotated[float, Ge(1), Le(100)] = 2.4
    """Multiple of `compute_s` at which that distribution is cut off."""
    interval_s: Annotated[float, Ge(0.5), Le(600)] = 2.0
    """Seconds between reports."""
    change: Annotated[float, Gt(0), Le(10)] = 0.3
    """Change of magnitude that is released at once."""
    earliest_final_s: Annotated[float, Ge(0), Le(3600)] = 12.0
    """Seconds after origin before which no final report is computed."""
    longest_s: Annotated[float, Ge(0), Le(3600)] = 60.0
    """Seconds after the first report by which the final one is computed; 0 makes the first final."""
    silent_share: Annotated[float, Ge(0), Le(1)] = 0.0
    """Share of the stations shaken with VII or more that fall silent when S comes, 0 to 1."""
    quick_s: Annotated[float, Gt(0), Le(3600)] | None = None
    """Seconds after its last report at which the centre sends the reviewed origin (速报); without it, never. A warning
    that was taken back has none."""


class Bulletins:
    """Follows estimates step by step, and says which become reports. Arrays have shape (quakes,).

    It goes by what a centre sees: magnitudes not yet rounded, and how large a one the records could show. It never
    knows the truth.
    """

    def __init__(self, detection: Detection, first_s: Floats, magnitude: Floats, cap: Floats) -> None:
        self._detection, self._first_s = detection, first_s
        self.step = 0
        """steps since the first report, which is told"""
        self._told_at, self._told = np.zeros(len(first_s)), magnitude
        self._lately = deque([(magnitude, cap)], round(SETTLED_S / STEP_S) + 1)

    @property
    def now_s(self) -> Floats:
        """Seconds after origin. Counted, not added up, so that half an hour of steps ends where it should."""
        return self._first_s + STEP_S * self.step

    def tell(self, magnitude: Floats, cap: Floats) -> tuple[Flags, Flags]:
        """Which quakes' estimates at `now_s` are reports, and which of those are the last, after a `step` more."""
        self._lately.append((magnitude, cap))
        since_s = STEP_S * self.step
        final = self._settled() | (since_s >= self._detection.longest_s)
        waited_s = since_s - self._told_at
        due = waited_s >= self._detection.interval_s
        # Magnitudes are told in tenths.
        moved = np.abs(magnitude - self._told) > self._detection.change - 0.05
        told = final | ((waited_s >= SPACING_S) & (due | moved))
        self._told_at, self._told = np.where(told, since_s, self._told_at), np.where(told, magnitude, self._told)
        return told, final

    def _settled(self) -> Flags:
        if len(self._lately) < (self._lately.maxlen or 0):
            return np.zeros(len(self._first_s), np.bool_)
        lately = np.array([magnitude for magnitude, _ in self._lately])
        caps = np.array([cap for _, cap in self._lately])
        # Falls as a station joins, whose record is short.
        rose_or_stood = (caps[-1] > caps[0]) | (caps.max(axis=0) - caps.min(axis=0) < LEVEL)
        late = self.now_s >= self._detection.earliest_final_s
        return np.asarray(rose_or_stood & late & (lately.max(axis=0) - lately.min(axis=0) < SETTLED))

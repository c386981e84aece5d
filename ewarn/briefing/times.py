"""Deliveries against time, as arrays: by report and time since its release, and by time since origin. Pure."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ewarn.briefing.curves import Floats, instants
from ewarn.briefing.run import Run

COARSE = (1.0, 2.0, 3.0, 5.0)
"""edges of bins within a power of ten"""
BINS = 40
"""of time since origin"""


@dataclass(frozen=True)
class Heat:
    """Deliveries by report and time since its release."""

    rows: NDArray[np.intp]
    """reports that were due to anybody"""
    ends_s: list[float]
    """of each bin; the first one begins at 0"""
    counts: NDArray[np.int64]
    """shape (rows, bins): users who read it then"""
    never: NDArray[np.int64]
    """shape (rows,): users to whom it was due and who never read it"""


def heat(run: Run) -> Heat | None:
    """None where nobody read a report."""
    got = run.due & np.isfinite(run.delay_s)
    if not got.any():
        return None
    rows = np.flatnonzero(run.due.any(axis=1))
    known = run.delay_s[got]
    ends = instants(float(known.min()), float(known.max()), steps=COARSE)
    bins = np.searchsorted(ends, run.delay_s[rows])
    counts = np.stack([np.bincount(of[which], minlength=len(ends)) for of, which in zip(bins, got[rows], strict=True)])
    return Heat(rows, ends, counts[:, : len(ends)], (run.due[rows] & ~got[rows]).sum(axis=1))


@dataclass(frozen=True)
class Course:
    """How a run went; an element a bin of time since origin."""

    ends_s: Floats
    deliveries: NDArray[np.int64]
    """readings of any report"""
    warned: NDArray[np.int64]
    """users who had read their first warning by the end of the bin"""


def course(run: Run) -> Course | None:
    """None where nobody read a report.

    A release is on the clock of the quake and its delivery took what it took, as in `Run.first_s`.
    """
    release_s = np.array([report.released for report in run.reports])[:, None]
    read_s = (release_s + run.delay_s)[run.due & np.isfinite(run.delay_s)]
    if not len(read_s):
        return None
    first = min(float(release_s.min()), float(read_s.min()))
    last = max(float(read_s.max()), run.closed_s if np.isfinite(run.closed_s) else 0.0, first + 1e-3)
    edges = np.linspace(first, last, BINS + 1)
    deliveries, _ = np.histogram(read_s, edges)
    warned = np.searchsorted(np.sort(run.first_s[np.isfinite(run.first_s)]), edges[1:], side="right")
    return Course(edges[1:], deliveries, warned)

"""Who was due which report, as a run's files have it: by plan, and what the play itself made of that.

By plan it follows from the reports, the users' places and thresholds, and the gates. In a play a frame that had yet to
be written when a newer report took over is not due to a user whom the newer one is held back from; and whoever has read
none is not told to the end. So it differs between strategies, and only so.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ewarn.audience.forecast import forecast
from ewarn.dispatch.gates import Gate
from ewarn.errors import InputError
from ewarn.runs.run_files import RunFiles
from ewarn.verdict.balance import by_report
from ewarn.verdict.fate import Fate
from ewarn.verdict.receipts import NEVER


def targets(run: RunFiles) -> NDArray[np.bool_]:
    """Whether each warning was due to each user in the end, shape (reports, users).

    Raises InputError where ledger and reports do not go together.
    """
    table = by_report(run.warnings) if len(run.warnings) else run.warnings.reshape(0, len(run.users))
    count = sum(report.counts_as_warning for report in run.reports)
    if table.shape != (count, len(run.users)):
        rows = f"{table.shape[0]} warnings to {table.shape[1]:,} users"
        raise InputError(f"{run.folder / 'ledger.npy'}: {rows}, by the other files {count} to {len(run.users):,}")
    return np.asarray((table["gate"] == Gate.OPEN) & (table["outcome"] != Fate.FOLLOWS_NONE))


def strays(run: RunFiles, users: NDArray[np.intp]) -> bool:
    """Whether what was due to some of these users strays from the plan in a way that no play has.

    Raises InputError where the velocity model of the run cannot be read.
    """
    due, shut = targets(run)[:, users], _shut(run, users)
    planned = np.logical_or.accumulate(~shut, axis=0) & (run.users["places"][users] > 0)
    read = by_report(run.warnings)["received"][:, users] != NEVER
    before, overtaken = np.zeros_like(shut), np.zeros_like(shut)
    before[1:] = np.logical_or.accumulate(read[:-1], axis=0)
    overtaken[:-1] = np.logical_or.accumulate(shut[:0:-1], axis=0)[::-1]
    lost = planned & ~due & ~overtaken & ~(shut & ~before)
    return bool(((due & ~planned) | lost).any())


def _shut(run: RunFiles, users: NDArray[np.intp]) -> NDArray[np.bool_]:
    """Whether a gate would hold a warning back from a user who was told of none before, shape (reports, users)."""
    gates, earth = run.settings.gates, run.earth
    threshold = run.users["threshold"][users].astype(np.float64)
    places: NDArray[Any] = run.places[np.isin(run.places["user"], users)]
    owner = np.searchsorted(users, places["user"])
    stranger = np.zeros(len(users), np.bool_)
    found = []
    for report in (one for one in run.reports if one.counts_as_warning):
        there = forecast(report.origin, report.zone, places["latitude"], places["longitude"], earth)
        strongest = np.zeros(len(users))
        np.maximum.at(strongest, owner, there.intensity)
        gate = gates.judge(report.origin.magnitude, strongest, threshold, stranger, cancel=report.cancels)
        found.append(gate != Gate.OPEN)
    return np.array(found)

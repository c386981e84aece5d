"""Who was due which report, as a run's files have it, and whether that is what the plan makes of it.

It follows from the reports, the users' places and thresholds, and the gates, so it is the same for every strategy.
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


def targets(run: RunFiles) -> NDArray[np.bool_]:
    """Whether each warning was due to each user, shape (reports, users).

    Raises InputError where ledger and reports do not go together.
    """
    table = by_report(run.warnings) if len(run.warnings) else run.warnings.reshape(0, len(run.users))
    count = sum(report.counts_as_warning for report in run.reports)
    if table.shape != (count, len(run.users)):
        rows = f"{table.shape[0]} warnings to {table.shape[1]:,} users"
        raise InputError(f"{run.folder / 'ledger.npy'}: {rows}, by the other files {count} to {len(run.users):,}")
    return np.asarray((table["gate"] == Gate.OPEN) & (table["outcome"] != Fate.FOLLOWS_NONE))


def strays(run: RunFiles, users: NDArray[np.intp]) -> bool:
    """Whether what was due to some of these users is not what reports, places, thresholds and gates make of it.

    Raises InputError where the velocity model of the run cannot be read.
    """
    planned = np.logical_or.accumulate(~_shut(run, users), axis=0) & (run.users["places"][users] > 0)
    return bool((targets(run)[:, users] != planned).any())


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

"""Whether what stands in a run's files can be: a damaged file is named by its row, its column and the value there."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ewarn.config.tables import DEEPEST_KM
from ewarn.dispatch.gates import Gate
from ewarn.errors import InputError, quoted
from ewarn.seismic.intensity import LEVELS, ZONES
from ewarn.seismic.origin import Report
from ewarn.verdict.fate import FINAL
from ewarn.verdict.receipts import NEVER

Bounds = Mapping[str, tuple[float, float]]
"""by column, the least and the most that may stand there"""

FINITE = float(np.finfo(np.float32).max)
HOMES: Bounds = {"latitude": (-90, 90), "longitude": (-180, 180)}
USERS: Bounds = {
    **HOMES,
    "distance_km": (0, FINITE),
    "s_s": (0, np.inf),
    "intensity": (-FINITE, FINITE),
    "level": (0, len(LEVELS) - 1),
    "threshold": (-FINITE, FINITE),
    "platforms": (0, 3),
}
LEDGER: Bounds = {
    "outcome": (min(FINAL), max(FINAL)),
    "gate": (min(Gate), max(Gate)),
    "via": (0, 2),
    "released": (0, np.inf),
}
EARLIEST: Bounds = {"kernel": (NEVER, np.inf), "read": (NEVER, np.inf)}
ORIGIN: Bounds = {
    "latitude": (-90, 90),
    "longitude": (-360, 360),
    "depth_km": (-10, DEEPEST_KM),
    "magnitude": (-10, 10),
}
"""of what a report says: an estimate may lie a little above the ground, and beyond the date line"""


def rows(path: Path, found: NDArray[Any], bounds: Bounds) -> NDArray[Any]:
    """The rows themselves. Raises InputError for the first value of a column that is out of its bounds, or NaN."""
    for column, (least, most) in bounds.items():
        values = found[column]
        wrong = ~((values >= least) & (values <= most))
        if wrong.any():
            row = int(wrong.argmax())
            raise InputError(f"{path}: row {row}: {column}: {_outside(values[row], least, most)}")
    return found


def as_many(path: Path, found: NDArray[Any], count: int) -> NDArray[Any]:
    """The rows themselves. Raises InputError where there are not so many of them."""
    if len(found) != count:
        raise InputError(f"{path}: {len(found):,} rows, {count:,} in users.npy")
    return found


def earliest(folder: Path, found: NDArray[Any], ledger: NDArray[Any], users: int) -> NDArray[Any]:
    """The rows themselves, of dtype `EARLIEST`, by report and then user.

    Raises InputError where a ledger's report has none, or one is after what the ledger has, or never where that is not.
    """
    path, reports = folder / "earliest.npy", int(ledger["report"].max(initial=0))
    if not users or len(found) % users or len(found) < reports * users:
        raise InputError(
            f"{path}: {len(found):,} rows, expected {users:,} users for each of {reports} reports at least"
        )
    at = (ledger["report"].astype(np.int64) - 1) * users + ledger["user"]
    soonest, latest = found["read"][at], ledger["received"]
    wrong = (soonest > latest) | ((soonest == NEVER) != (latest == NEVER))
    if wrong.any():
        row = int(wrong.argmax())
        told = f"{soonest[row]} cannot be the earliest of {latest[row]} in ledger.npy"
        raise InputError(f"{path}: row {at[row]}: read: {told}")
    return found


def reports(path: Path, found: list[Report]) -> list[Report]:
    """The reports themselves. Raises InputError for an origin or a zone that cannot be, and a number that is twice."""
    for index, report in enumerate(found):
        for name, (least, most) in ORIGIN.items():
            if not least <= (value := getattr(report.origin, name)) <= most:
                raise InputError(f"{path}: {index}.origin.{name}: {_outside(value, least, most)}")
        if report.zone not in ZONES:
            raise InputError(f"{path}: {index}.zone: {quoted(report.zone)} is not one of {', '.join(ZONES)}")
        if report.number in [one.number for one in found[:index]]:
            raise InputError(f"{path}: {index}.number: {report.number} is there twice")
    return found


def same_reports(folder: Path, ledger: NDArray[Any], told: Sequence[Report]) -> None:
    """Raises InputError where a ledger has not the reports of `reports.json` in their order, each for all users."""
    numbers = [report.number for report in told]
    users = len(ledger) // len(numbers) if numbers else 0
    if len(ledger) != users * len(numbers) or not (ledger["report"] == np.repeat(numbers, users)).all():
        there = ", ".join(str(one) for one in dict.fromkeys(ledger["report"].tolist()))
        wanted = ", ".join(map(str, numbers)) or "none"
        raise InputError(f"{folder / 'ledger.npy'}: rows of reports {there}; in reports.json: {wanted}")
    if not (ledger["user"].reshape(-1, users) == np.arange(users)).all():
        raise InputError(f"{folder / 'ledger.npy'}: expected users 0 to {users - 1:,} in turn, of each report")


def _outside(value: float, least: float, most: float) -> str:
    if least <= -FINITE or most >= FINITE:
        return f"{value:g} is {'not a finite number' if not np.isfinite(value) else f'below {least:g}'}"
    return f"{value:g} is not from {least:g} to {most:g}"

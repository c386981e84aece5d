"""Where an audience lives: Sichuan, China, or any file of units with their residents."""

import csv
from pathlib import Path

import numpy as np

from ewarn.audience.places import BY_NAME, Places, of_units
from ewarn.errors import InputError

COLUMNS = ("code", "name", "longitude", "latitude", "area_km2", "population")
BOUNDS = {"longitude": (-180.0, 180.0), "latitude": (-90.0, 90.0), "area_km2": (0.0, 1e7), "population": (0.0, 1e10)}
GROUP = 2
"""first characters of the code that units of one group share: the province, in codes of GB/T 2260"""
MOST_PROBLEMS = 10


def find_places(wanted: str) -> Places:
    """By name, or from a CSV file with `COLUMNS`. Raises InputError naming the file, the row and the column."""
    if make := BY_NAME.get(wanted):
        return make()
    path = Path(wanted)
    if not path.suffix:
        raise InputError(f"audience.places: {wanted!r} is not one of {', '.join(BY_NAME)}, nor a .csv file")
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = csv.DictReader(line for line in file if not line.startswith("#"))
            return _units(path, rows)
    except OSError as error:
        raise InputError(f"{path}: {error.strerror}") from None
    except (UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{path}: not CSV: {error}") from None


def _units(path: Path, rows: "csv.DictReader[str]") -> Places:
    if missing := [name for name in COLUMNS if name not in (rows.fieldnames or ())]:
        raise InputError(f"{path}: no column {', '.join(missing)}; expected {', '.join(COLUMNS)}")
    values: dict[str, list[float]] = {name: [] for name in BOUNDS}
    codes: list[str] = []
    problems: list[str] = []
    for number, row in enumerate(rows, 1):
        codes.append((row["code"] or "")[:GROUP])
        for name, bounds in BOUNDS.items():
            try:
                values[name].append(_number(row[name], *bounds))
            except ValueError as error:
                problems.append(f"{path}: row {number} ({row['name']}): {name}: {error}")
    if problems:
        more = [f"{path}: {len(problems) - MOST_PROBLEMS} more"] if len(problems) > MOST_PROBLEMS else []
        raise InputError(*problems[:MOST_PROBLEMS], *more)
    columns = {name: np.array(column) for name, column in values.items()}
    if not columns["population"].sum():
        raise InputError(f"{path}: population: nobody lives in its {len(codes)} units")
    return of_units(columns["latitude"], columns["longitude"], columns["area_km2"], columns["population"], codes)


def _number(text: str | None, low: float, high: float) -> float:
    try:
        value = float(text or "")
    except ValueError:
        raise ValueError(f"expected a number, got {text!r}") from None
    if not low <= value <= high:
        raise ValueError(f"{value:g} is outside {low:g} to {high:g}")
    return value

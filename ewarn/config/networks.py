"""Station networks: a TOML file that tells of the classes, and a CSV file with a station a line."""

from pathlib import Path
from typing import Annotated, Literal

import numpy as np
from pydantic import ConfigDict, Field

from ewarn.config.rows import read_rows
from ewarn.config.tables import Latitude, Longitude, Table, read, validated
from ewarn.errors import InputError
from ewarn.seismic.stations import KINDS, Delay, Network, StationClass, Stations

Code = Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{1,16}$")]


class _DelayTable(Table):
    median_s: float = Field(gt=0, le=60)
    sigma_ln: float = Field(ge=0, le=2)


class _ClassTable(Table):
    telemetry: _DelayTable
    processing: _DelayTable
    least_pd_cm: float = Field(gt=0, le=1)


class _ClassesTable(Table):
    datum: _ClassTable
    basic: _ClassTable
    ordinary: _ClassTable


class _NetworkFile(Table):
    name: str = Field(min_length=1, max_length=200)
    source: str | None = None
    stations: str | None = None
    """path of the CSV file, from this file's folder; without one the classes are for a regular network"""
    classes: _ClassesTable


class _Row(Table):
    model_config = ConfigDict(strict=False)

    code: Code
    latitude: Latitude
    longitude: Longitude
    kind: Literal[KINDS] = Field(alias="class")  # type: ignore[valid-type]


COLUMNS = ("code", "latitude", "longitude", "class")


def load_network(path: Path, regular: Stations | None = None) -> Network:
    """Read a network; with `regular`, only its classes. Raises InputError naming file, line, key and value."""
    table = validated(_NetworkFile, read(path), path)
    on_a_grid = regular is not None
    if regular is None:
        if table.stations is None:
            raise InputError(f"{path}: stations: missing")
        regular = load_stations(path.parent / table.stations)
    classes = (getattr(table.classes, kind) for kind in KINDS)
    return Network(
        table.name,
        regular,
        tuple(
            StationClass(
                Delay(one.telemetry.median_s, one.telemetry.sigma_ln),
                Delay(one.processing.median_s, one.processing.sigma_ln),
                one.least_pd_cm,
            )
            for one in classes
        ),
        "" if on_a_grid else table.source or "",
    )


def load_stations(path: Path) -> Stations:
    """Read the stations of a network, one a line. Raises InputError naming file, line, column and value."""
    lines, rows = read_rows(_Row, path, COLUMNS)
    if not rows:
        raise InputError(f"{path}: no stations")
    first: dict[str, int] = {}
    for line, row in zip(lines, rows, strict=True):
        if first.setdefault(row.code, line) != line:
            raise InputError(f"{path}:{line}: code: {row.code!r} stands in line {first[row.code]} too")
    return Stations(
        code=np.array([row.code for row in rows]),
        latitude=np.array([row.latitude for row in rows]),
        longitude=np.array([row.longitude for row in rows]),
        kind=np.array([KINDS.index(row.kind) for row in rows], np.uint8),
    )

"""Station networks: a TOML file that tells of the classes, and a CSV file with a station a line."""

from pathlib import Path
from typing import Annotated, Literal

import numpy as np
from pydantic import ConfigDict, Field

from ewarn.config.rows import read_rows
from ewarn.config.tables import FromFile, Latitude, Longitude, Table, read, validated
from ewarn.errors import InputError
from ewarn.seismic.stations import KINDS, Network, StationClass, Stations

Code = Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{1,16}$")]


class _ClassesTable(Table):
    """What stations of each kind have in common; see `KINDS`."""

    datum: FromFile[StationClass]
    """Stations with broadband seismometer and accelerometer."""
    basic: FromFile[StationClass]
    """Stations with an accelerometer."""
    ordinary: FromFile[StationClass]
    """Stations with a MEMS sensor."""


class _NetworkFile(Table):
    name: str = Field(min_length=1, max_length=200)
    """Name of the network, for people."""
    source: str | None = None
    """Where the figures are from, for people; what results say where that is not known of the stations."""
    stations: str | None = None
    """Path of the stations' CSV file, from this file's folder; without it, the classes are for a regular network."""
    classes: _ClassesTable
    """What stations of each class have in common."""


class _Row(Table):
    model_config = ConfigDict(strict=False)

    code: Code
    """Name of the station, different for each."""
    latitude: Latitude
    """Latitude, degrees north."""
    longitude: Longitude
    """Longitude, degrees east."""
    kind: Literal[KINDS] = Field(alias="class")  # type: ignore[valid-type]
    """Class of the station, of those in the network file."""


NETWORK_FILE, STATIONS_FILE = _NetworkFile, _Row
COLUMNS = ("code", "latitude", "longitude", "class")


def load_network(path: Path, regular: Stations | None = None) -> Network:
    """Read a network; with `regular`, only its classes. Raises InputError naming file, line, key and value."""
    table = validated(_NetworkFile, read(path), path)
    on_a_grid = regular is not None
    if regular is None:
        if table.stations is None:
            raise InputError(f"{path}: stations: missing")
        regular = load_stations(path.parent / table.stations)
    classes = tuple(getattr(table.classes, kind) for kind in KINDS)
    return Network(table.name, regular, classes, "" if on_a_grid else table.source or "")


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

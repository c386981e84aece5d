"""Where people live: places that came with the program, or a CSV file with a county or other unit a line."""

from pathlib import Path
from typing import Annotated

import numpy as np
from pydantic import ConfigDict, Field

from ewarn.audience.places import Places, china, sichuan
from ewarn.config.rows import read_rows
from ewarn.config.tables import Longitude, Table
from ewarn.errors import InputError, not_one_of

SHIPPED = {"sichuan": sichuan, "china": china}

# A disc so far from the poles and so small holds none of them.
_Latitude = Annotated[float, Field(ge=-84, le=84)]
_AreaKm2 = Annotated[float, Field(gt=0, le=1_000_000)]


class _Row(Table):
    model_config = ConfigDict(strict=False)

    code: str = Field(min_length=2, max_length=32)
    """Code of the unit, different for each. Units whose codes begin with the same two characters are a group: in
    China's official codes, a province."""
    name: str = Field(max_length=200)
    """Name of the unit, for people; may be empty."""
    longitude: Longitude
    """Longitude of its middle, degrees east."""
    latitude: _Latitude
    """Latitude of its middle, degrees north."""
    area_km2: _AreaKm2
    """Area over which its people are spread, km2."""
    population: float = Field(ge=0, le=1e10)
    """Number of residents."""


PLACES_FILE = _Row
_COLUMNS = tuple(_Row.model_fields)


def find_places(named: str) -> Places:
    """Places by the name of those that came with the program, or by the path of a CSV file. Raises InputError."""
    if named in SHIPPED:
        return SHIPPED[named]()
    if not Path(named).suffix:
        raise not_one_of("places", named, [*SHIPPED, "a CSV file"])
    return load_places(Path(named))


def load_places(path: Path) -> Places:
    """Read units, each's people spread over a disc of its area; those without people are left out.

    Raises InputError naming file, line, column and value.
    """
    lines, rows = read_rows(_Row, path, _COLUMNS, others=True)
    if not rows:
        raise InputError(f"{path}: no places")
    first: dict[str, int] = {}
    for line, row in zip(lines, rows, strict=True):
        if first.setdefault(row.code, line) != line:
            raise InputError(f"{path}:{line}: code: {row.code!r} stands in line {first[row.code]} too")
    lived_in = [row for row in rows if row.population > 0]
    if not lived_in:
        raise InputError(f"{path}: population: 0 in all {len(rows):,} lines")
    names, group = np.unique([row.code[:2] for row in lived_in], return_inverse=True)
    return Places(
        latitude=np.array([row.latitude for row in lived_in]),
        longitude=np.array([row.longitude for row in lived_in]),
        residents=np.array([row.population for row in lived_in]),
        group=group,
        scatter_km=np.sqrt(np.array([row.area_km2 for row in lived_in]) / np.pi),
        group_names=tuple(names.tolist()),
        names=tuple(row.name.strip() or row.code for row in lived_in),
    )

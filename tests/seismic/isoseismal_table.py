"""Isoseismals modelled beside published ones, as a table: `python -m tests.seismic.isoseismal_table`."""

import csv
from pathlib import Path

from ewarn.config.catalogues import find_quake
from ewarn.seismic.earth import Earth, EarthModel
from ewarn.seismic.isoseismals import Field, Isoseismal

FILE = Path(__file__).parent / "published_isoseismals.csv"
SIZES = ("area_km2", "ring_km2", "along_km", "across_km")
Published = dict[str, float | None]


def published(path: Path = FILE) -> list[tuple[str, int, Published]]:
    """Rows of a file: quake, degree, and sizes where they are known."""
    lines = path.read_text(encoding="utf-8").splitlines()
    rows = csv.DictReader(line for line in lines if not line.startswith("#"))
    return [(row["quake"], int(row["degree"]), {name: _number(row[name]) for name in SIZES}) for row in rows]


def _number(cell: str) -> float | None:
    return float(cell) if cell else None


def _cells(told: Published, found: Isoseismal) -> list[str]:
    cells = []
    for name in SIZES:
        said, ours = told[name], getattr(found, name)
        cells.append(f"{ours:,.0f}" if said is None else f"{said:,.0f}: {ours:,.0f} ({ours / said:.2f})")
    return cells


def main() -> None:
    """A row a published line: published, modelled, and their ratio; modelled alone where nothing is published."""
    print("| quake | degree | area, km² | ring, km² | along, km | across, km |\n|---|---|---|---|---|---|")
    earth, fields = Earth(EarthModel()), dict[str, Field]()
    for name, degree, told in published():
        if name not in fields:
            fields[name] = Field(find_quake(name), earth)
        cells = _cells(told, fields[name].isoseismal(degree))
        print(f"| {' | '.join([name, str(degree), *cells])} |")


if __name__ == "__main__":
    main()

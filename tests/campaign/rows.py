"""What every part of the campaign hands back: rows, one a promise that was tried, and how they are printed."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """One promise that was tried: what should be seen, what was, and a figure."""

    part: str
    """of the campaign: conformance, fuzz, packets, attacks, faults, hosts, fleet, soak"""
    name: str
    expected: str
    seen: str
    passed: bool
    figure: float | None = None
    """a measured number, in `unit`"""
    unit: str = ""


def printed(rows: Iterable[Row]) -> str:
    """Rows as a table of plain text, those that failed marked and named again by the last line."""
    rows = list(rows)
    lines = [("", "part", "name", "expected", "seen", "figure")]
    lines += [
        ("ok" if row.passed else "FAILED", row.part, row.name, row.expected, row.seen, _figure(row)) for row in rows
    ]
    widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
    table = ["  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines]
    failed = [row.name for row in rows if not row.passed]
    table.append(f"{len(rows)} rows, {len(failed)} failed{': ' if failed else ''}{', '.join(failed)}")
    return "\n".join(table)


def _figure(row: Row) -> str:
    return "" if row.figure is None else f"{row.figure:,.6g} {row.unit}".rstrip()

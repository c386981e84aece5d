"""What the bench leaves: a table, a file that `ewarn plan` reads, and a plot."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich.console import Group, RenderableType
from rich.styled import Styled
from rich.table import Table

from ewarn.bench import budget_table
from ewarn.bench.growth import clients_of, growths, label, trusted
from ewarn.system import json_files
from ewarn.system.machine import Machine
from ewarn.words import Said, chained, say

COLUMNS = ("per-s", "p50", "p99", "last", "spread", "send", "receive", "busy")
KERNEL = {"sockets": "kernel-both", "packets": "kernel-own"}
NOTES = ("times", "costs", "turns", "frames")
"""keys of the words `contest`"""
DOUBTFUL = "!"


def document(rows: list[dict[str, Any]], machine: Machine, repeats: int, skipped: list[str]) -> dict[str, Any]:
    """The content of `bench.json`."""
    grown = [{**asdict(one), "ratio": round(one.ratio, 3)} for one in growths(rows)]
    return {"machine": asdict(machine), "repeats": repeats, "not_here": skipped, "rows": rows, "growth": grown}


def write(found: dict[str, Any], folder: Path) -> list[str]:
    """`bench.json` and `bench.svg`; returns what could not be drawn, in words. Raises WriteError."""
    json_files.write(folder / "bench.json", found)
    if not trusted(found["rows"]):
        return [say("fit.no-row")]
    try:
        from ewarn.bench.plot import draw
    except ImportError:
        return [say("fit.no-plot", say("fit.add", "bench"))]
    draw(found, folder / "bench.svg")
    return []


def table(found: dict[str, Any], budget: bool = False) -> RenderableType:
    """A table a size, a kind of frames and a kind of clients; with `budget`, below each where its microseconds go."""
    parts: list[RenderableType] = []
    for which in dict.fromkeys(map(_sort, found["rows"])):
        rows = [row for row in found["rows"] if _sort(row) == which]
        users, frames, clients = which
        kind = say(f"contest.frames-{frames}")
        title = say("contest.title", f"{users:,}", clients_said(clients), kind, str(found["repeats"]))
        parts += [_times(rows, title), "", _footprints(rows, KERNEL[clients]), ""]
        parts += budget_table.tables(_by_time(rows)) if budget else ()
    if grown := growths(found["rows"]):
        parts += [*(str(one) for one in grown), ""]
    return Group(*parts, *(Styled(note, "dim") for note in _notes(found, budget)))


def clients_said(kind: str) -> str:
    """What stands behind a number of users; nothing for sockets, which clients are unless something else is said."""
    return say("contest.as-packets") if kind == "packets" else ""


def _sort(row: dict[str, Any]) -> tuple[int, str, str]:
    return row["asked"], row["frames"], clients_of(row)


def _by_time(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(rows, key=lambda row: row["seconds"]["median"] or float("inf"))


def _notes(found: dict[str, Any], budget: bool) -> list[str]:
    rows = found["rows"]
    settings = {row["name"].split("/")[0]: row["settings"] for row in rows}
    packets = ["packets"] if any(clients_of(row) == "packets" for row in rows) else []
    return [
        *(say("contest.doubt", line) for line in doubtful(rows)),
        *(say(f"contest.note-{note}") for note in (*NOTES, *packets)),
        *(budget_table.notes() if budget else ()),
        *(say("contest.about", engine, words) for engine, words in settings.items()),
        *(say("contest.not-here", why) for why in found["not_here"]),
    ]


def doubtful(rows: list[dict[str, Any]]) -> list[Said]:
    """Rows that cannot be trusted, each with a reason, in words."""
    return [say("contest.distrusted", label(row), why) for row in rows for why in row.get("doubts", ())]


def incomplete(rows: list[dict[str, Any]]) -> list[Said]:
    """Rows in which somebody was not reached, in words."""
    return [
        say("contest.missed", label(row), f"{row['users'] - row['delivered']:,}", f"{row['users']:,}")
        for row in rows
        if row["delivered"] < row["users"]
    ]


def exit_code(rows: list[dict[str, Any]]) -> int:
    """3 where somebody was not reached; 4 where the harness was at fault.

    That is so where the swarm alone, to which all was there, did not read everything, or where a row is in doubt.
    """
    missed = {row["kind"] for row in rows if row["delivered"] < row["users"]}
    return 4 if "null" in missed or doubtful(rows) else 3 if missed else 0


def _times(rows: list[dict[str, Any]], title: str) -> Table:
    grid = Table(title=title, box=None, title_justify="left", padding=(0, 1, 0, 0), pad_edge=False)
    grid.add_column("", no_wrap=True)
    for column in COLUMNS:
        grid.add_column(say(f"contest.{column}"), justify="right", no_wrap=True)
    for row in _by_time(rows):
        seconds = row["seconds"]
        grid.add_row(
            f"{row['name']} {DOUBTFUL}" if row.get("doubts") else row["name"],
            _number(row["per_s"]["median"], ",.0f"),
            *(_number(row[name]["median"], ",.0f") for name in ("p50_ms", "p99_ms")),
            _milliseconds(seconds["median"]),
            chained([_milliseconds(seconds["least"]), _milliseconds(seconds["most"])], "contest.to"),
            *(_number(row[name]["median"], ".1f") for name in ("send_us", "receive_us", "busy_us")),
        )
    return grid


def _footprints(rows: list[dict[str, Any]], kernel: str) -> Table:
    grid = Table(title=say("contest.footprints"), box=None, title_justify="left", pad_edge=False)
    grid.add_column("", no_wrap=True)
    for column in ("gateway", "swarm", kernel, "connects"):
        grid.add_column(say(f"contest.{column}"), justify="right")
    for row in rows:
        if row["connects_per_s"]:
            sizes = (row[name] for name in ("gateway_bytes", "swarm_bytes", "kernel_bytes", "connects_per_s"))
            grid.add_row(row["name"], *(_number(size, ",.0f") for size in sizes))
    return grid


def _milliseconds(seconds: float | None) -> str:
    return say("figure.never") if seconds is None else f"{seconds * 1e3:,.0f}"


def _number(value: float | None, form: str) -> str:
    return "-" if value is None else format(value, form)

"""What the bench leaves: a table, a file that `ewarn plan` reads, and a plot."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from ewarn.bench import budget_table
from ewarn.bench.growth import clients_of, growths, label, trusted
from ewarn.errors import how_to_add
from ewarn.system import json_files
from ewarn.system.machine import Machine

COLUMNS = ("per s", "p50", "p99", "last", "least-most", "send", "recv", "busy")
FRAMES = {"own": "frames of their own", "shared": "one frame for all", "apart": "a frame a place"}
CLIENTS = {"sockets": "", "packets": " as packets"}
KERNEL = {"sockets": "kernel, both ends", "packets": "kernel, the gateway's end"}
DOUBTFUL = "!"
AS_PACKETS = (
    "as packets: clients are rows of arrays that speak TCP over a veth pair, so the kernel has the gateway's end of a "
    "connection alone; hold rows of one kind of clients against each other"
)
NOTES = (
    "per s: deliveries; p50, p99, last: ms from release to reading; all are medians over interleaved plays, and beside "
    "the last stand its least and most",
    "send, recv: CPU of the two sides for a delivery, us, all threads; receiving until the last was read, parsing left "
    "out; busy: of all cores together, us",
    "contenders connect in portions, in turn and back and forth: sockets are looked up past those that came later, and "
    "all are to lie equally deep",
    "own frames: each user's own, planned and built within the time; shared: planned alike, then one frame for all; "
    "apart: one a place that a user follows, who is reached with the last",
)


def document(rows: list[dict[str, Any]], machine: Machine, repeats: int, skipped: list[str]) -> dict[str, Any]:
    """The content of `bench.json`."""
    grown = [{**asdict(one), "ratio": round(one.ratio, 3)} for one in growths(rows)]
    return {"machine": asdict(machine), "repeats": repeats, "not_here": skipped, "rows": rows, "growth": grown}


def write(found: dict[str, Any], folder: Path) -> list[str]:
    """`bench.json` and `bench.svg`; returns what could not be drawn, in words. Raises WriteError."""
    json_files.write(folder / "bench.json", found)
    if not trusted(found["rows"]):
        return ["no plot: there is no row that can be trusted"]
    try:
        from ewarn.bench.plot import draw
    except ImportError:
        return [f"no plot: matplotlib is not installed; {how_to_add('bench')}"]
    draw(found, folder / "bench.svg")
    return []


def table(found: dict[str, Any], budget: bool = False) -> RenderableType:
    """A table a size, a kind of frames and a kind of clients; with `budget`, below each where its microseconds go."""
    parts: list[RenderableType] = []
    for which in dict.fromkeys(map(_sort, found["rows"])):
        rows = [row for row in found["rows"] if _sort(row) == which]
        users, frames, clients = which
        title = f"{users:,} users{CLIENTS[clients]}, {FRAMES[frames]}, {found['repeats']} plays each"
        parts += [_times(rows, title), "", _footprints(rows, KERNEL[clients]), ""]
        parts += budget_table.tables(_by_time(rows)) if budget else ()
    if grown := growths(found["rows"]):
        parts += [*(Text(str(one)) for one in grown), ""]
    return Group(*parts, *(Text(note, "dim") for note in _notes(found, budget)))


def _sort(row: dict[str, Any]) -> tuple[int, str, str]:
    return row["asked"], row["frames"], clients_of(row)


def _by_time(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(rows, key=lambda row: row["seconds"]["median"] or float("inf"))


def _notes(found: dict[str, Any], budget: bool) -> list[str]:
    rows = found["rows"]
    settings = {row["name"].split("/")[0]: row["settings"] for row in rows}
    packets = [AS_PACKETS] if any(clients_of(row) == "packets" for row in rows) else []
    return [
        *(f"{DOUBTFUL} {line}" for line in doubtful(rows)),
        *NOTES,
        *packets,
        *(budget_table.NOTES if budget else ()),
        *(f"{engine}: {words}" for engine, words in settings.items()),
        *(f"not here: {why}" for why in found["not_here"]),
    ]


def doubtful(rows: list[dict[str, Any]]) -> list[str]:
    """Rows that cannot be trusted, each with a reason, in words."""
    return [f"{label(row)}: not to be trusted: {why}" for row in rows for why in row.get("doubts", ())]


def incomplete(rows: list[dict[str, Any]]) -> list[str]:
    """Rows in which somebody was not reached, in words."""
    return [
        f"{label(row)}: {row['users'] - row['delivered']:,} of {row['users']:,} users were not reached"
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
        grid.add_column(column, justify="right", no_wrap=True)
    for row in _by_time(rows):
        seconds = row["seconds"]
        grid.add_row(
            f"{row['name']} {DOUBTFUL}" if row.get("doubts") else row["name"],
            _number(row["per_s"]["median"], ",.0f"),
            *(_number(row[name]["median"], ",.0f") for name in ("p50_ms", "p99_ms")),
            _number(seconds["median"], ",.0f", 1e3, "never"),
            f"{_number(seconds['least'], ',.0f', 1e3, 'never')}-{_number(seconds['most'], ',.0f', 1e3, 'never')}",
            *(_number(row[name]["median"], ".1f") for name in ("send_us", "receive_us", "busy_us")),
        )
    return grid


def _footprints(rows: list[dict[str, Any]], kernel: str) -> Table:
    grid = Table(title="Bytes a standing connection", box=None, title_justify="left", pad_edge=False)
    grid.add_column("", no_wrap=True)
    for column in ("gateway", "swarm", kernel, "connects/s"):
        grid.add_column(column, justify="right")
    for row in rows:
        if row["connects_per_s"]:
            sizes = (row[name] for name in ("gateway_bytes", "swarm_bytes", "kernel_bytes", "connects_per_s"))
            grid.add_row(row["name"], *(_number(size, ",.0f") for size in sizes))
    return grid


def _number(value: float | None, form: str, times: float = 1, otherwise: str = "-") -> str:
    return otherwise if value is None else format(value * times, form)

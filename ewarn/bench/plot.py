"""The plot of a bench; imported only where matplotlib is installed."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ewarn.bench.growth import Growth, Row, growths, label, trusted
from ewarn.system import files

COST = "CPU of all cores, us a delivery"
PANELS = {
    "seconds to the last reading": lambda row: row["seconds"]["median"],
    "CPU of sending, us a delivery": lambda row: row["send_us"]["median"],
    COST: lambda row: row["busy_us"]["median"],
    "memory of everything, GiB": lambda row: (
        sum(row[name] or 0 for name in ("gateway_bytes", "swarm_bytes", "kernel_bytes")) * row["users"] / 2**30 or None
    ),
}


def draw(found: Mapping[str, Any], path: Path) -> None:
    """Growth over users where there are several sizes, else bars side by side; a row of panels a kind of frames.

    Rows that cannot be trusted are left out; there is one at least that can be. Raises WriteError.
    """
    known = trusted(found["rows"])
    kinds = list(dict.fromkeys(row["frames"] for row in known))
    figure = Figure(figsize=(4.6 * len(PANELS), 4.2 * len(kinds)), layout="constrained")
    axes = figure.subplots(len(kinds), len(PANELS), squeeze=False)
    grows = len({row["users"] for row in known}) > 2
    for line, frames in enumerate(kinds):
        rows = [row for row in known if row["frames"] == frames]
        for axis, (title, value) in zip(axes[line], PANELS.items(), strict=True):
            if grows:
                _lines(axis, rows, value, growths(rows) if title == COST else [])
            else:
                _bars(axis, rows, value)
            axis.set_title(f"{title} ({frames} frames)")
    files.write(path, lambda file: figure.savefig(file, format="svg"))


def _lines(axis: Axes, rows: list[Row], value: Any, grown: list[Growth]) -> None:
    ratios = {one.name: f": {one.ratio:.2f} x from {one.few:,} to {one.many:,}" for one in grown}
    for name in dict.fromkeys(map(label, rows)):
        points = [(row["users"], value(row)) for row in rows if label(row) == name and value(row) is not None]
        if points:
            axis.plot(*zip(*points, strict=True), marker="o", label=name + ratios.get(name, ""))
    axis.set_xlabel("users")
    axis.set_xlim(left=0)
    axis.set_ylim(bottom=0)
    axis.legend()
    axis.grid(alpha=0.3)


def _bars(axis: Axes, rows: list[Row], value: Any) -> None:
    known = [(f"{label(row)}, {row['users']:,}", value(row)) for row in reversed(rows) if value(row) is not None]
    if known:
        axis.barh(*zip(*known, strict=True))
    axis.grid(axis="x", alpha=0.3)

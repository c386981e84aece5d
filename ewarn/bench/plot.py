"""The plot of a bench; imported only where matplotlib is installed."""

from pathlib import Path
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ewarn.system import files

PANELS = {
    "seconds to the last reading": lambda row: row["seconds"]["median"],
    "CPU of sending, us a delivery": lambda row: row["send_us"]["median"],
    "memory of everything, GiB": lambda row: (
        sum(row[name] or 0 for name in ("gateway_bytes", "swarm_bytes", "kernel_bytes")) * row["users"] / 2**30 or None
    ),
}


def draw(found: dict[str, Any], path: Path) -> None:
    """Growth over users where there are several sizes, else bars side by side; a row of panels a kind of frames.

    Raises WriteError.
    """
    kinds = list(dict.fromkeys(row["frames"] for row in found["rows"]))
    figure = Figure(figsize=(14, 4.2 * len(kinds)), layout="constrained")
    axes = figure.subplots(len(kinds), len(PANELS), squeeze=False)
    grows = len({row["users"] for row in found["rows"]}) > 2
    for line, frames in enumerate(kinds):
        rows = [row for row in found["rows"] if row["frames"] == frames]
        for axis, (title, value) in zip(axes[line], PANELS.items(), strict=True):
            (_lines if grows else _bars)(axis, rows, value)
            axis.set_title(f"{title} ({frames} frames)")
    files.write(path, lambda file: figure.savefig(file, format="svg"))


def _lines(axis: Axes, rows: list[dict[str, Any]], value: Any) -> None:
    for name in dict.fromkeys(row["name"] for row in rows):
        points = [(row["users"], value(row)) for row in rows if row["name"] == name and value(row) is not None]
        if points:
            axis.plot(*zip(*points, strict=True), marker="o", label=name)
    axis.set_xlabel("users")
    axis.set_xlim(left=0)
    axis.set_ylim(bottom=0)
    axis.legend()
    axis.grid(alpha=0.3)


def _bars(axis: Axes, rows: list[dict[str, Any]], value: Any) -> None:
    known = [(f"{row['name']}, {row['users']:,}", value(row)) for row in reversed(rows) if value(row) is not None]
    if known:
        axis.barh(*zip(*known, strict=True))
    axis.grid(axis="x", alpha=0.3)

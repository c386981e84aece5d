"""The promise of a first report 5 to 15 s after origin, surveyed over Sichuan: figures, a map, files."""

import csv
import importlib.util
from dataclasses import dataclass, replace
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich.console import Console

from ewarn import files
from ewarn.centre import Centre
from ewarn.seismic.release import REASONS, Origins, first_reports, grid, reasons
from ewarn.seismic.sichuan import OUTLINE

EARLIEST_S, LATEST_S = 5.0, 15.0
"""the promise, for M >= 5 in Sichuan"""
PERCENTILES = (5, 25, 50, 75, 95)


@dataclass(frozen=True)
class Survey:
    """Arrays of one length, an element an origin."""

    network: str
    origins: Origins
    released_s: NDArray[np.float64]
    reason: NDArray[np.intp]
    """index into `REASONS`"""


def survey(centre: Centre, grid_km: float, depths_km: tuple[float, ...], magnitude: float, seed: int) -> Survey:
    """Compute every origin's first report, and why it is late where it is. Raises InputError for bad files."""
    origins = grid(grid_km, depths_km, magnitude)
    network, alive = centre.whole, centre.alive

    def again(these: Origins, mended: bool, steady: bool) -> NDArray[np.float64]:
        listening = np.ones_like(alive) if mended else alive
        detection = replace(centre.detection, compute_sigma_ln=0.0) if steady else centre.detection
        return first_reports(these, network, listening, centre.earth.times, detection, seed)

    released = again(origins, False, False)
    return Survey(network.name, origins, released, reasons(origins, released, LATEST_S, again))


def figures(found: Survey) -> dict[str, Any]:
    """Distribution and shares, as plain values; never heard is null."""
    released = found.released_s
    spread = {f"p{percent}": _number(np.percentile(released, percent, method="higher")) for percent in PERCENTILES}
    return {
        "network": found.network,
        "magnitude": found.origins.magnitude,
        "origins": len(released),
        "released_s": {**spread, "max": _number(released.max())},
        "within": float(((released >= EARLIEST_S) & (released <= LATEST_S)).mean()),
        "sooner": float((released < EARLIEST_S).mean()),
        "late": float((released > LATEST_S).mean()),
        "late_for": {name: int((found.reason == index).sum()) for index, name in enumerate(REASONS) if index},
    }


def _number(value: Any) -> float | None:
    return round(float(value), 2) if np.isfinite(value) else None


def show(found: Survey, told: dict[str, Any], console: Console) -> None:
    """Figures and a map of characters."""
    spread = ", ".join(f"{name} {'never' if value is None else value}" for name, value in told["released_s"].items())
    console.print(
        f"first report of {told['origins']:,} origins of magnitude {told['magnitude']:g} all over Sichuan, network "
        f"{told['network']}; modelled\nseconds after origin: {spread}\nwithin {EARLIEST_S:g}-{LATEST_S:g} s "
        f"{told['within']:.1%}, sooner {told['sooner']:.1%}, later {told['late']:.1%}",
        highlight=False,
    )
    if told["late"]:
        why = ", ".join(f"{name} {count:,}" for name, count in told["late_for"].items())
        console.print(f"of the late ones, for: {why}", highlight=False)
    console.print(chart(found), highlight=False, markup=False)
    console.print(
        "a cell's median, in whole seconds; + is 10 to 15, S late for the spacing of stations, D for the depth, "
        "P for processing, O for an outage",
        highlight=False,
    )


def chart(found: Survey) -> str:
    """Sichuan in characters, north at the top, a cell a quarter of a degree high and a third wide."""
    origins = found.origins
    row = ((34.5 - origins.latitude) / 0.25).astype(int)
    column = ((origins.longitude - 97.0) / 0.3).astype(int)
    cells = [[" "] * (column.max() + 1) for _ in range(row.max() + 1)]
    for cell in np.unique(np.stack([row, column]), axis=1).T:
        here = (row == cell[0]) & (column == cell[1])
        middle = float(np.median(found.released_s[here]))
        late = int(np.bincount(found.reason[here], minlength=len(REASONS))[1:].argmax()) + 1
        mark = REASONS[late][0].upper() if middle > LATEST_S else "+" if middle >= 10 else f"{int(middle)}"
        cells[cell[0]][cell[1]] = mark
    return "\n".join("".join(line).rstrip() for line in cells)


def write(found: Survey, folder: Path) -> None:
    """release.csv, and release.svg where matplotlib is installed. Raises WriteError."""
    origins, table = found.origins, StringIO()
    writer = csv.writer(table, lineterminator="\n")
    writer.writerow(["latitude", "longitude", "depth_km", "released_s", "reason"])
    columns = (origins.latitude, origins.longitude, origins.depth_km, found.released_s)
    for *numbers, reason in zip(*(column.round(4).tolist() for column in columns), found.reason, strict=True):
        writer.writerow([*numbers, REASONS[reason]])
    files.write_text(folder / "release.csv", table.getvalue())
    if importlib.util.find_spec("matplotlib"):
        from ewarn.report.pictures import plain_text

        with plain_text():
            _draw(found, folder / "release.svg")


def _draw(found: Survey, path: Path) -> None:
    from matplotlib.figure import Figure

    origins, late = found.origins, found.reason > 0
    figure = Figure(figsize=(8, 6.5), layout="constrained")
    axes = figure.subplots()
    axes.plot(*np.vstack([OUTLINE, OUTLINE[:1]]).T[::-1], color="0.4", linewidth=0.8)
    dots = axes.scatter(
        origins.longitude, origins.latitude, c=np.clip(found.released_s, 0, 20), s=14, cmap="viridis_r", vmin=5, vmax=20
    )
    for index, (name, marker) in enumerate(zip(REASONS[1:], "xPv^", strict=True), 1):
        here = found.reason == index
        label = f"late for {name} ({int(here.sum()):,})"
        axes.scatter(origins.longitude[here], origins.latitude[here], marker=marker, color="red", s=18, label=label)
    figure.colorbar(dots, label="first report, s after origin")
    axes.set_aspect(1 / np.cos(np.radians(30.5)))
    axes.set_xlabel("longitude, degrees east")
    axes.set_ylabel("latitude, degrees north")
    axes.set_title(f"M {origins.magnitude:g}, network {found.network}: {late.mean():.1%} later than {LATEST_S:g} s")
    axes.legend(loc="lower left")
    files.write(path, lambda file: figure.savefig(file, format="svg"))
    files.write(path.with_suffix(".png"), lambda file: figure.savefig(file, format="png", dpi=110))

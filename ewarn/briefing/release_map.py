"""The survey of first reports as maps: one of characters, and one of dots where matplotlib is installed."""

import importlib.util
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ewarn.centre.release import LATEST_S, Survey
from ewarn.runs.drawing import plain_text
from ewarn.seismic.geodesy import wrapped
from ewarn.seismic.release import REASONS
from ewarn.system import files

CELL_DEG = (0.25, 0.3)
"""height and width of a character"""
MOST_CELLS = 60
"""characters from south to north, and about twice as many from west to east; of a larger outline each shows more"""
SHOWN_S = (5.0, 20.0)
"""ends of the scale of colours"""


def chart(found: Survey) -> str:
    """An outline in characters, north at the top, a cell a quarter of a degree high and a third wide, or larger."""
    origins = found.origins
    (south, north, west, east), longitude = found.outline.box, _unbroken(found)
    top, left = np.ceil(2 * north) / 2, np.floor(west)
    larger = max(1.0, (top - south) / CELL_DEG[0] / MOST_CELLS, (east - left) / CELL_DEG[1] / (2 * MOST_CELLS))
    row = ((top - origins.latitude) / (CELL_DEG[0] * larger)).astype(int)
    column = ((longitude - left) / (CELL_DEG[1] * larger)).astype(int)
    cells = [[" "] * (column.max() + 1) for _ in range(row.max() + 1)]
    for cell in np.unique(np.stack([row, column]), axis=1).T:
        here = (row == cell[0]) & (column == cell[1])
        cells[cell[0]][cell[1]] = _mark(found.released_s[here], found.reason[here])
    return "\n".join("".join(line).rstrip() for line in cells)


def _mark(released_s: NDArray[np.float64], reason: NDArray[np.intp]) -> str:
    middle = float(np.median(released_s))
    if middle > LATEST_S:
        late = int(np.bincount(reason, minlength=len(REASONS))[1:].argmax()) + 1
        return REASONS[late][0].upper()
    return "+" if middle >= 10 else f"{int(middle)}"


def _unbroken(found: Survey) -> NDArray[np.float64]:
    """Longitudes of the origins, going on beyond 180 as the outline does."""
    _, _, west, east = found.outline.box
    return wrapped(found.origins.longitude, (west + east) / 2)


def draw(found: Survey, path: Path) -> None:
    """Two maps side by side, of any report and of public ones, as SVG and PNG; nothing without matplotlib.

    Raises WriteError.
    """
    if not importlib.util.find_spec("matplotlib"):
        return
    with plain_text():
        figure = _figure(found)
        files.write(path, lambda file: figure.savefig(file, format="svg"))
        files.write(path.with_suffix(".png"), lambda file: figure.savefig(file, format="png", dpi=110))


def _figure(found: Survey) -> Any:
    from matplotlib.figure import Figure

    south, north, west, east = found.outline.box
    wide = (east - west) * np.cos(np.radians((south + north) / 2)) / (north - south)
    figure = Figure(figsize=(2 * np.clip(6 * wide, 4, 8) + 1.5, 6.5), layout="constrained")
    left, right = figure.subplots(1, 2, sharex=True, sharey=True)
    magnitude = found.origins.magnitude
    _dots(left, found, found.released_s, f"A report, M {magnitude:g}")
    for index, (name, marker) in enumerate(zip(REASONS[1:], "xPv^", strict=True), 1):
        here = found.reason == index
        label = f"late for {name} ({int(here.sum()):,})"
        left.scatter(
            _unbroken(found)[here], found.origins.latitude[here], marker=marker, color="red", s=18, label=label
        )
    figure.legend(loc="outside lower center", ncols=len(REASONS) - 1, fontsize="small")
    dots = _dots(right, found, found.public_s, f"A public one, M {found.gate:g} or more")
    figure.colorbar(dots, ax=(left, right), label="s after origin; grey: never")
    figure.suptitle(f"{found.outline.name}, network {found.network}, modelled")
    return figure


def _dots(axes: Any, found: Survey, seconds: NDArray[np.float64], title: str) -> Any:
    """One map; an origin whose depths differ shows its median."""
    latitude, longitude = found.origins.latitude, _unbroken(found)
    places, own = np.unique(np.column_stack([latitude, longitude]), axis=0, return_inverse=True)
    middle = np.array([np.median(seconds[rows]) for rows in np.split(np.argsort(own, kind="stable"), _ends(own))])
    for rings in found.outline.areas:
        for ring in rings:
            axes.plot(*np.vstack([ring, ring[:1]]).T[::-1], color="0.4", linewidth=0.8)
    never = np.isinf(middle)
    axes.scatter(places[never, 1], places[never, 0], color="0.8", s=14)
    shown = np.clip(middle[~never], 0, SHOWN_S[1])
    dots = axes.scatter(
        places[~never, 1], places[~never, 0], c=shown, s=14, cmap="viridis_r", vmin=SHOWN_S[0], vmax=SHOWN_S[1]
    )
    axes.set_aspect(1 / np.cos(np.radians(latitude.mean())))
    axes.set_xlabel("longitude, degrees east")
    axes.set_ylabel("latitude, degrees north")
    axes.set_title(f"{title}: {(seconds <= LATEST_S).mean():.1%} within {LATEST_S:g} s")
    return dots


def _ends(own: NDArray[np.intp]) -> NDArray[np.intp]:
    return np.cumsum(np.bincount(own))[:-1]

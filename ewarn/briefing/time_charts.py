"""Charts of deliveries against time: a map of heat, and the course of a run with what happened in it."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from ewarn.briefing.charts import one_axis, spoken
from ewarn.briefing.happenings import Happening
from ewarn.briefing.palette import Palette
from ewarn.briefing.times import Course, Heat
from ewarn.words import say

FAINTEST = 0.12
"""of a cell with a single delivery: still to be seen on paper"""


def strength(counts: Any, most: float) -> Any:
    """How strong the colour of a count is, 0 to 1: by its root, so that few are seen beside many."""
    share = np.sqrt(np.asarray(counts, np.float64) / max(1.0, most))
    return np.where(np.asarray(counts) > 0, FAINTEST + (1 - FAINTEST) * share, 0.0)


def heat(colours: Palette, found: Heat, names: Sequence[str]) -> Any:
    """A row a report, a column a time since its release; the more deliveries, the stronger the one colour."""
    from matplotlib.patches import Patch

    figure, axis = one_axis(min(4.6, 1.5 + 0.3 * len(found.rows)))
    most, columns = float(found.counts.max()), len(found.ends_s)
    for row, counts in enumerate(found.counts[::-1]):
        for column in np.flatnonzero(counts):
            axis.bar(column, 0.92, 0.96, row - 0.46, align="edge", color=colours["accent"],
                     alpha=float(strength(counts[column], most)))  # fmt: skip
    if found.never.any():
        for row, never in enumerate(found.never[::-1]):
            if never:
                axis.bar(columns, 0.92, 0.96, row - 0.46, align="edge", color="none", edgecolor=colours["failed"],
                         hatch="///", linewidth=0.8)  # fmt: skip
    ends = [spoken(1e3 * end) for end in found.ends_s]
    every = max(1, -(-columns // 9))
    axis.set_xticks(range(1, columns + 1, every), ends[::every])
    axis.set_yticks(range(len(names)), names[::-1])
    axis.set_xlim(0, columns + bool(found.never.any()))
    axis.set_ylim(-0.6, len(names) - 0.4)
    axis.grid(visible=False)
    axis.set_xlabel(say("chart.heat-time"))
    shown = sorted({1, round(most / 10), round(most / 2), round(most)} - {0})
    patches = [
        Patch(color=colours["accent"], alpha=float(strength(one, most)), label=say("chart.heat-users", f"{one:,}"))
        for one in shown
    ]
    if found.never.any():
        patches.append(Patch(facecolor="none", edgecolor=colours["failed"], hatch="///", label=say("chart.heat-never")))
    figure.legend(handles=patches, loc="outside lower center", ncols=5)
    return figure


def course(colours: Palette, found: Course, releases: Sequence[tuple[str, float]], marks: Sequence[Happening]) -> Any:
    """Users warned so far above, deliveries a bin below; upright lines are releases, and what else happened."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7.4, 3.4), layout="constrained")
    above, below = figure.subplots(2, 1, sharex=True, height_ratios=(3, 2))
    width = found.ends_s[1] - found.ends_s[0]
    above.step(found.ends_s, found.warned, where="pre", color=colours["in-time"], linewidth=2.2)
    below.bar(found.ends_s - width, found.deliveries, width, align="edge", color=colours["accent"], linewidth=0)
    for axis in (above, below):
        for _, at_s in releases:
            axis.axvline(at_s, color=colours["muted"], linewidth=0.8, linestyle=":")
        for one in marks:
            axis.axvline(one.at_s, color=colours["late"], linewidth=1.4, linestyle="--")
    for name, at_s in _apart(releases, found.ends_s[-1] - found.ends_s[0]):
        _over(above, name, at_s, 1.02, colours["muted"])
    for one in marks:
        _over(above, one.mark, one.at_s, 1.13, colours["late"])
    above.set_ylim(0, max(1, int(found.warned.max())) * 1.05)
    low = min([found.ends_s[0] - width, *(one.at_s for one in marks)])
    above.set_xlim(low, max([found.ends_s[-1], *(one.at_s for one in marks)]) + width)
    above.set_ylabel(say("chart.warned-so-far"))
    below.set_ylabel(say("chart.readings"))
    below.set_xlabel(say("chart.since-origin"))
    return figure


def _apart(releases: Sequence[tuple[str, float]], range_s: float) -> list[tuple[str, float]]:
    """Those whose names do not lie on one another."""
    kept: list[tuple[str, float]] = []
    for name, at_s in releases:
        if not kept or at_s - kept[-1][1] > 0.03 * range_s:
            kept.append((name, at_s))
    return kept


def _over(axis: Any, words: str, at_s: float, up: float, colour: str) -> None:
    axis.annotate(words, (at_s, up), xycoords=("data", "axes fraction"), fontsize=9, ha="center", color=colour,
                  weight="bold")  # fmt: skip

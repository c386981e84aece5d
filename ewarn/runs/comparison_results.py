"""What `ewarn compare` leaves: a table, a file for tools, and a plot."""

import importlib.util
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Group, RenderableType
from rich.styled import Styled
from rich.table import Table

from ewarn.runs.compared import Comparison, Row
from ewarn.runs.comparison import RING_KM, StrategyPlays, rings
from ewarn.runs.drawing import plain_text
from ewarn.system import files, json_files
from ewarn.words import Said, say

NOTES = ("lost", "zone", "lead", "people", "speed", "in-time")
"""keys of the words that say what is compared"""
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
"""Okabe & Ito's, which the colour-blind tell apart"""
DASHES = ("-", "--", ":")
SETTLED = 0.995
"""the plot by distance ends a little beyond the last ring in which fewer were warned by any strategy"""
TICKS = (0.25, 0.5, 1, 2, 4, 8, 16, 32)
SPEEDS = np.geomspace(TICKS[0], TICKS[-1], 300)


def write(found: Comparison, strategies: Sequence[StrategyPlays], folder: Path) -> list[str]:
    """`compare.json`, `compare.svg` and `compare.png`; returns what could not be drawn, in words.

    Raises WriteError.
    """
    json_files.write(folder / "compare.json", found)
    if importlib.util.find_spec("matplotlib") is None:
        return [say("fit.no-plot", say("fit.add", "bench"))]
    draw(found, strategies, folder)
    return []


def table(found: Comparison) -> RenderableType:
    """A column a strategy; medians over its plays, and their least and most where there are several."""
    grid = Table(title=title(found), box=None, title_justify="left", pad_edge=False)
    grid.add_column("", no_wrap=True)
    for heading in headings(found):
        grid.add_column(heading, justify="right", overflow="fold")
    for label, *cells in lines(found):
        grid.add_row(label, *cells)
    told = [*notes(found), say("compare.best", found.best)]
    doubts = [Styled(line, "bold red") for line in doubted(found)]
    return Group(grid, "", *(Styled(note, "dim") for note in told), *doubts)


def notes(found: Comparison) -> list[Said]:
    """What the lines of the table mean, and what the times in them include."""
    return [*(say(f"compare.note-{name}") for name in NOTES), *found.clients.notes]


def doubted(found: Comparison) -> list[Said]:
    """Why the comparison may not be taken at its word, a line each."""
    return [
        say(f"compare.{doubt}", why) for doubt in ("unlike", "unchecked", "untrusted") for why in getattr(found, doubt)
    ]


def title(found: Comparison) -> Said:
    """Of a table or a plot."""
    return say("compare.title-unlike" if found.unlike else "compare.title", found.quake, f"{found.users:,}")


def headings(found: Comparison) -> list[str]:
    """The strategies, and how often each was played."""
    counted = [(row.name, len(row.plays)) for row in found.strategies]
    return [say("compare.plays", name, str(plays)) if plays > 1 else name for name, plays in counted]


def lines(found: Comparison) -> list[list[str]]:
    """Of the table: what is compared, then a cell a strategy; a measure of several units is named once."""
    rows = found.strategies
    shown = list(_LINES)
    shown += [(f"fate.{one}", _counted(one)) for one in _ONLY_IF_ANY if any(getattr(row, one).most for row in rows)]
    return [[say(name) if name else "", *(cell(row) for row in rows)] for name, cell in shown]


def _value(name: str, form: str, unit: str = "", times: float = 1, otherwise: str = "") -> Callable[[Row], str]:
    """`unit` and `otherwise`, where there is no value, are keys of words."""

    def said(value: float | None) -> str:
        if value is None:
            return say(f"figure.{otherwise}") if otherwise else "-"
        return format(value * times, form)

    def cell(row: Row) -> str:
        spread = getattr(row, name)
        least, middle, most = said(spread.least), said(spread.median), said(spread.most)
        same = least == most
        if unit and spread.median is not None:
            middle = say(f"figure.{unit}", middle)
        return middle if same else say("compare.spread", middle, least, most)

    return cell


def _counted(name: str) -> Callable[[Row], str]:
    return _value(name, ",.0f")


def _speed(row: Row) -> str:
    needed = row.speed_needed.median
    if needed is not None and needed <= 1:
        return say("compare.it-does")
    return _value("speed_needed", ",.3g", "times", 1, "none-can")(row)


_LINES: tuple[tuple[str, Callable[[Row], str]], ...] = (
    ("compare.in-time", _counted("in_time")),
    ("compare.lost", _counted("lost")),
    ("compare.lost-red", _counted("lost_red")),
    ("compare.lost-orange", _counted("lost_orange")),
    ("compare.zone-release", _value("theoretical_km", ".1f", "kilometres", 1, "no-end")),
    ("", _value("theoretical_km2", ",.0f", "square-kilometres", 1, "no-end")),
    ("", _value("theoretical_people", ",.2f", "million-people", 1e-6)),
    ("compare.zone-receipt", _value("effective_km", ".1f", "kilometres", 1, "no-end")),
    ("", _value("effective_km2", ",.0f", "square-kilometres", 1, "no-end")),
    ("", _value("effective_people", ",.2f", "million-people", 1e-6)),
    ("compare.lead-mean", _value("lead_lost_mean_s", ".3g", "seconds")),
    ("compare.lead-most", _value("lead_lost_p90_s", ".3g", "seconds")),
    ("compare.first-last", _value("first_last_ms", ",.3g", "seconds", 1e-3, "never")),
    ("compare.speed", _speed),
)
"""keys of words, and what a strategy has; a line without words goes on with the one above"""
_ONLY_IF_ANY = ("suppressed", "missing")


def draw(found: Comparison, strategies: Sequence[StrategyPlays], folder: Path) -> None:
    """`compare.svg` and `compare.png`. Raises WriteError."""
    with plain_text():
        drawn = figure(found, strategies)
        files.write(folder / "compare.svg", lambda file: drawn.savefig(file, format="svg"))
        files.write(folder / "compare.png", lambda file: drawn.savefig(file, format="png", dpi=130))


def figure(found: Comparison, strategies: Sequence[StrategyPlays], quiet: str = "0.3", shade: str = "0.88") -> Any:
    """Who was warned in time by distance, and how many would be at other speeds; `quiet` and `shade` are colours."""
    from matplotlib.figure import Figure

    drawn = Figure(figsize=(12.5, 5.4), layout="constrained")
    by_distance, by_speed = drawn.subplots(1, 2)
    draw_rings(by_distance, found, strategies, quiet, shade)
    draw_speeds(by_speed, strategies, quiet)
    for axis in (by_distance, by_speed):
        axis.grid(alpha=0.25)
        axis.spines[["top", "right"]].set_visible(False)
    drawn.suptitle(title(found), x=0.01, ha="left", fontsize=13, weight="bold")
    handles, labels = by_speed.get_legend_handles_labels()
    drawn.legend(handles, labels, loc="outside lower center", ncols=min(4, len(labels)), frameon=False)
    return drawn


def _look(index: int) -> dict[str, Any]:
    # Where lines lie on one another the lower ones show on both sides.
    return {
        "color": COLOURS[index % len(COLOURS)],
        "linestyle": DASHES[index // len(COLOURS) % len(DASHES)],
        "linewidth": max(1.4, 3.8 - 0.6 * index),
    }


def draw_rings(axis: Any, found: Comparison, strategies: Sequence[StrategyPlays], quiet: str, shade: str) -> None:
    """Share warned in time by distance, a line a strategy; `quiet` and `shade` are colours."""
    theoretical = found.strategies[0].theoretical_km.median
    reach = [2 * RING_KM]
    if theoretical is not None:
        reach = [theoretical * 2]
        axis.axvspan(0, theoretical, color=shade)
        words = say("compare.s-first", f"{theoretical:.1f}")
        place = {"xy": (theoretical, 102), "xytext": (-4, 0), "textcoords": "offset points"}
        axis.annotate(words, **place, rotation=90, ha="right", va="top", fontsize=9, color=quiet)
    for index, strategy in enumerate(strategies):
        inner, _, share = rings(strategy).T
        axis.plot(inner + RING_KM / 2, 100 * share, marker="o", markersize=4, label=strategy.name, **_look(index))
        reach.append(float(inner[share < SETTLED].max(initial=0)) + 3 * RING_KM)
    axis.set_xlim(0, max(reach))
    axis.set_ylim(-3, 104)
    axis.set_xlabel(say("chart.rings", f"{RING_KM:g}"))
    axis.set_ylabel(say("compare.share-told"))
    axis.set_title(say("compare.by-distance"), loc="left", fontsize=11)


def draw_speeds(axis: Any, strategies: Sequence[StrategyPlays], quiet: str) -> None:
    """Share that would be warned, had all deliveries been so many times as quick; a line a strategy."""
    for index, strategy in enumerate(strategies):
        needs = np.sort(np.concatenate([play.fates.needs for play in strategy.plays]))
        could = sum(int(play.fates.could_be_warned.sum()) for play in strategy.plays)
        share = np.searchsorted(needs, SPEEDS) / max(1, could)
        axis.plot(SPEEDS, 100 * share, label=strategy.name, **_look(index))
    axis.axvline(1, color=quiet, linewidth=1)
    place = {"xy": (1, 0.02), "xycoords": ("data", "axes fraction"), "xytext": (4, 0), "textcoords": "offset points"}
    axis.annotate(say("compare.as-it-was"), **place, rotation=90, ha="left", va="bottom", fontsize=9, color=quiet)
    axis.set_xscale("log")
    axis.set_xticks(TICKS, [f"{one:g} x" for one in TICKS])
    axis.minorticks_off()
    axis.set_xlim(SPEEDS[0], SPEEDS[-1])
    axis.set_xlabel(say("compare.quicker"))
    axis.set_ylabel(say("compare.share-could"))
    axis.set_title(say("compare.by-speed"), loc="left", fontsize=11)

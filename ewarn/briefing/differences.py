"""Of a briefing, runs side by side: what differs most comes first, and what is the same is folded.

Each run stands against the first one. A difference has its sign, its size, its share, and a word that says whether it
is for better or worse. Where several plays of a run overlap with those of the first, nothing is claimed.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import htpy as h
import numpy as np
from msgspec import structs

from ewarn.briefing.charts import legend, one_axis
from ewarn.briefing.palette import Palette
from ewarn.briefing.readings import Reading
from ewarn.briefing.sheet import Sheet
from ewarn.briefing.tables import figures
from ewarn.briefing.words import share
from ewarn.runs import comparison, comparison_results
from ewarn.runs.compared import Comparison, Row, Spread
from ewarn.words import Said, called, listed, say


@dataclass(frozen=True)
class Measure:
    """What is compared."""

    field: str
    """of `Row`"""
    words: tuple[str, ...]
    """keys of its name, joined"""
    form: str = ",.0f"
    unit: str = ""
    """key of `figure`; none: a count"""
    times: float = 1.0
    otherwise: str = "none"
    """key of `figure`: what is said of no value"""
    better: int = -1
    """1: more is better; -1: less is; 0: neither"""


KM, KM2, PEOPLE = ("report.radius", "report.area", "report.people")
MEASURES = (
    Measure("in_time", ("compare.in-time",), better=1),
    Measure("lost", ("compare.lost",)),
    Measure("lost_red", ("compare.lost", "level.red")),
    Measure("lost_orange", ("compare.lost", "level.orange")),
    Measure("missing", ("fate.missing",)),
    Measure("suppressed", ("fate.suppressed",), better=0),
    Measure("effective_km", ("compare.zone-receipt", KM), ",.1f", "kilometres", otherwise="no-end"),
    Measure("effective_km2", ("compare.zone-receipt", KM2), ",.0f", "square-kilometres", otherwise="no-end"),
    Measure("effective_people", ("compare.zone-receipt", PEOPLE), otherwise="not-known"),
    Measure("theoretical_km", ("compare.zone-release", KM), ",.1f", "kilometres", otherwise="no-end"),
    Measure("theoretical_km2", ("compare.zone-release", KM2), ",.0f", "square-kilometres", otherwise="no-end"),
    Measure("theoretical_people", ("compare.zone-release", PEOPLE), otherwise="not-known"),
    Measure("lead_lost_mean_s", ("compare.lead-mean",), ",.2f", "seconds"),
    Measure("lead_lost_p90_s", ("compare.lead-ninety",), ",.2f", "seconds"),
    Measure("first_last_ms", ("compare.first-last",), ",.2f", "seconds", 1e-3, "never"),
    Measure("speed_needed", ("compare.speed",), ",.2f", "times", otherwise="none-can"),
)


@dataclass(frozen=True)
class Compared:
    """A measure over all runs."""

    label: str
    cells: list[str]
    """of each run: its value, and of all but the first what it differs by"""
    apart: float
    """how far the runs are apart, as a share of the largest value, 0 to 1; 0: they say the same"""
    clear: bool
    """whether a run differs from the first by more than their plays do among themselves"""


def compared(sheet: Sheet, strategies: list[comparison.StrategyPlays]) -> h.Fragment:
    """Which is the best, what differs, what is the same, and charts by distance and by speed."""
    found, strategies = _named(comparison.document(strategies), strategies)
    best = say("report.compared", str(len(found.strategies)), found.best)
    if found.unlike:
        best = say("report.unlike", best)
    rows = differences(found.strategies)
    apart, same = [one for one in rows if one.apart], [one for one in rows if not one.apart]
    head = [say("report.what"), *comparison_results.headings(found)]
    first = say("report.against", head[1])
    return h.fragment[
        h.p[best],
        figures(head, [(one.label, *one.cells) for one in apart], first) if apart else h.p[say("report.all-same")],
        same
        and h.details[
            h.summary[say("report.same", str(len(same)))],
            figures(head, [(one.label, *one.cells) for one in same], say("report.same-table")),
        ],
        _charts(sheet, found, strategies),
        h.details[h.summary[say("report.lines-mean")], h.ul[(h.li[note] for note in comparison_results.notes(found))]],
        (h.p(".failed")[line] for line in comparison_results.doubted(found)),
    ]


def _charts(sheet: Sheet, found: Comparison, strategies: list[comparison.StrategyPlays]) -> list[h.Fragment]:
    by_distance = partial(_rings, found=found, strategies=strategies)
    by_speed = partial(_speeds, strategies=strategies)
    return [
        sheet.read("compare", by_distance, say("report.compared-distance"), reading=_by_distance(strategies)),
        sheet.read("compare-speed", by_speed, say("report.compared-speed"), reading=_by_speed(strategies)),
    ]


def _rings(colours: Palette, found: Comparison, strategies: list[comparison.StrategyPlays]) -> Any:
    figure, axis = one_axis(3.4)
    comparison_results.draw_rings(axis, found, strategies, colours["muted"], colours["panel"])
    legend(figure, axis, 1)
    return figure


def _speeds(colours: Palette, strategies: list[comparison.StrategyPlays]) -> Any:
    figure, axis = one_axis(3.4)
    comparison_results.draw_speeds(axis, strategies, colours["muted"])
    legend(figure, axis, 1)
    return figure


def differences(rows: Sequence[Row]) -> list[Compared]:
    """Clear differences first, the largest share first; what no run has anything of is left out."""
    found = [_compared(measure, [getattr(row, measure.field) for row in rows]) for measure in MEASURES]
    there = [one for one in found if one]
    return sorted(there, key=lambda one: (not one.clear, -one.apart))


def _compared(measure: Measure, spreads: list[Spread]) -> Compared | None:
    first, *others = spreads
    if measure.otherwise in ("not-known", "none") and all(one.median is None for one in spreads):
        return None
    label: str = say(measure.words[0])
    if len(measure.words) > 1:
        label = say("compare.of", label, say(measure.words[1]))
    cells = [_spread(measure, first)]
    for other in others:
        value = _spread(measure, other)
        differs = _said(measure, other) != _said(measure, first)
        cells.append(say("compare.beside", value, _difference(measure, first, other)) if differs else value)
    apart = max((_apart(first, other) for other in others if _said(measure, other) != _said(measure, first)), default=0)
    clear = any(_clear(first, other) for other in others)
    return Compared(label, cells, apart, clear)


def _apart(first: Spread, other: Spread) -> float:
    if first.median is None or other.median is None:
        return 1.0
    return abs(other.median - first.median) / max(abs(first.median), abs(other.median), 1e-9)


def _clear(first: Spread, other: Spread) -> bool:
    """Whether the plays of two runs do not overlap; None is infinite."""
    (low, high), (least, most) = (
        [np.inf if one is None else one for one in (spread.least, spread.most)] for spread in (first, other)
    )
    return bool(least > high or most < low)


def _difference(measure: Measure, first: Spread, other: Spread) -> Said:
    """Sign, size and share, and which way that is."""
    before, after = (np.inf if one.median is None else one.median for one in (first, other))
    more = after > before
    way = "unclear"
    if _clear(first, other):
        way = ("fewer", "more")[more] if not measure.better else ("worse", "better")[more == (measure.better > 0)]
    word = say(f"compare.{way}")
    if measure.field == "speed_needed" or not np.isfinite([before, after]).all():
        return word
    sign = "+" if more else "\N{MINUS SIGN}"
    size = say("compare.signed", sign, _in_unit(measure, abs(after - before)))
    if not before:
        return say("compare.by", size, word)
    return say("compare.by-share", size, f"{sign}{100 * abs(after - before) / abs(before):,.1f}", word)


def _spread(measure: Measure, of: Spread) -> str:
    if of.least == of.most:
        return _said(measure, of)
    least, most = (_value(measure, one) for one in (of.least, of.most))
    return say("compare.spread", _said(measure, of), least, most)


def _said(measure: Measure, of: Spread) -> str:
    return _value(measure, of.median)


def _value(measure: Measure, value: float | None) -> str:
    if measure.field == "speed_needed" and value is not None and value <= 1:
        return say("compare.it-does")
    return say(f"figure.{measure.otherwise}") if value is None else _in_unit(measure, value)


def _in_unit(measure: Measure, value: float) -> str:
    number = format(value * measure.times, measure.form)
    return say(f"figure.{measure.unit}", number) if measure.unit else number


def _named(
    found: Comparison, strategies: list[comparison.StrategyPlays]
) -> tuple[Comparison, list[comparison.StrategyPlays]]:
    """The same, with names that are said in the language of the reader."""
    names = {row.name: _name(row) for row in found.strategies}
    rows = tuple(structs.replace(row, name=names[row.name]) for row in found.strategies)
    found = structs.replace(found, best=names[found.best], strategies=rows)
    return found, [replace(one, name=names[one.name]) for one in strategies]


def _name(row: Row) -> str:
    """Order, engine and rate; what stands behind them tells runs apart that have the same."""
    plain = f"{row.order}, {row.engine}" + (f", {row.rate_per_s:,.0f}/s" if row.rate_per_s is not None else "")
    engine = called("engine", row.engine)
    parts: list[str] = [called("order", row.order), engine]
    if row.rate_per_s is not None:
        parts.append(say("compare.rate", f"{row.rate_per_s:,.0f}"))
    if rest := row.name.removeprefix(plain).removeprefix(", "):
        parts.append(rest)
    return listed(parts)


def _by_distance(strategies: Sequence[comparison.StrategyPlays]) -> Reading:
    """Shares by ring, as the left chart has them; none of a ring where a run had nobody to tell."""
    of = [{inner: part for inner, _, part in comparison.rings(one)} for one in strategies]
    inner_km = sorted({inner for one in of for inner in one})
    ring = comparison.RING_KM
    rows = [
        (
            say("report.ring", f"{inner:.0f}", f"{inner + ring:.0f}"),
            *(share(one[inner], 1) if inner in one else say("report.no-one") for one in of),
        )
        for inner in inner_km
    ]
    head = [say("report.km"), *(one.name for one in strategies)]
    at = [inner + ring / 2 for inner in inner_km]
    return Reading("compare-rings", head, rows, say("compare.by-distance"), at)


def _by_speed(strategies: Sequence[comparison.StrategyPlays]) -> Reading:
    needs = [np.sort(np.concatenate([play.fates.needs for play in one.plays])) for one in strategies]
    could = [sum(int(play.fates.could_be_warned.sum()) for play in one.plays) for one in strategies]
    rows = [
        (
            say("figure.times", f"{speed:g}"),
            *(share(int(np.searchsorted(need, speed)), all_) for need, all_ in zip(needs, could, strict=True)),
        )
        for speed in comparison_results.TICKS
    ]
    head = [say("compare.quicker"), *(one.name for one in strategies)]
    return Reading("compare-speeds", head, rows, say("compare.by-speed"), comparison_results.TICKS)

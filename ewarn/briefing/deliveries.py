"""Of a briefing, the sections on delivery: how soon it was read, and by whom in which order."""

from functools import partial

import htpy as h
import numpy as np
from numpy.typing import NDArray

from ewarn.briefing import charts, curves
from ewarn.briefing.run import Run
from ewarn.briefing.sheet import Sheet, behind, figures
from ewarn.briefing.words import seconds, share
from ewarn.verdict.figures import instant
from ewarn.verdict.percentiles import percentile
from ewarn.words import Said, say

COLUMNS = ("report", "released", "magnitude", "due-to", "by", "before-next", "half", "ninety", "ninety-nine", "last")
"""keys of the heads of the table of reports"""
Curve = tuple[str, NDArray[np.float64], NDArray[np.float64], str]


def delivery(sheet: Sheet) -> h.Fragment:
    """How soon users had read a report, against the promises."""
    run = sheet.run
    first, slowest = run.shown, _slowest(run)
    told = str(run.reports[first].number), _delivered(run, first)
    label = say("report.delivered", *told)
    if slowest != first:
        other = str(run.reports[slowest].number), _delivered(run, slowest)
        label = say("report.delivered-slowest", *told, *other)
    draw = partial(charts.delivery, curves=_curves(run, slowest), limits_s=_limits(run))
    head = [say(f"report.{column}") for column in COLUMNS]
    rows = [_row(run, index) for index in range(len(run.reports))]
    return h.fragment[
        sheet.chart("delivery", draw, label, say("report.below")),
        (h.p(".modelled")[note] for note in run.told.environment.clients.notes),
        figures(head, rows, say("report.table")),
    ]


def by_order(sheet: Sheet) -> h.Fragment:
    """By place in the order, by the plan that counted a user in, and by platform."""
    run, first = sheet.run, sheet.run.shown
    number, plans, platforms = (
        str(run.reports[first].number),
        curves.by_plan(run, first),
        curves.by_platform(run, first),
    )
    return h.fragment[
        h.h3[say("report.by-rank", number)],
        _ranks(sheet, number),
        h.h3[say("report.by-shard", number)],
        _groups(sheet, "shards", plans, say("report.plans")) if plans else h.p[say("report.unplanned")],
        platforms
        and [h.h3[say("report.by-platform", number)], _groups(sheet, "platforms", platforms, say("report.via"))],
    ]


def _curves(run: Run, slowest: int) -> list[Curve]:
    """The first report and the slowest one stand out; of the others only one has a name in the legend."""
    drawn: list[Curve] = []
    for index in np.flatnonzero(run.due.any(axis=1)):
        curve = curves.delivery(run.delay_s[index][run.due[index]])
        number = str(run.reports[index].number)
        name = say("chart.report", number)
        if index == run.shown:
            drawn.append((name, *curve, "accent"))
        elif index == slowest:
            drawn.append((say("chart.slowest", number), *curve, "late"))
        else:
            drawn.append((name if any(one[3] == "muted" for one in drawn) else say("chart.others"), *curve, "muted"))
    return drawn


def _limits(run: Run) -> dict[str, float]:
    limits = {check.name: check.limit for check in run.told.checks}
    there = [name for name in ("epicentre", "delivery") if name in limits]
    return {say(f"chart.limit-{name}", f"{limits[name]:g}"): limits[name] for name in there}


def _row(run: Run, index: int) -> tuple[h.Node, ...]:
    report, delay_s = run.reports[index], run.delay_s[index][run.due[index]]
    told = next((one.before_next for one in run.told.reports if one.number == report.number), None)
    times = [seconds(percentile(delay_s, point)) if len(delay_s) else "-" for point in (0.5, 0.9, 0.99, 1.0)]
    counts = f"{len(delay_s):,}", f"{np.isfinite(delay_s).sum():,}", f"{told.users:,}" if told else "-"
    magnitude = f"{report.origin.magnitude:.1f}"
    first = h.fragment[f"{report.number} ", say(f"status.{report.status}")]
    return (first, f"+{instant(report.released)} s", magnitude, *counts, *times)


def _delivered(run: Run, index: int) -> Said:
    delay_s = run.delay_s[index][run.due[index]]
    if not len(delay_s):
        return say("report.due-to-nobody")
    got = int(np.isfinite(delay_s).sum())
    half, last = percentile(delay_s, 0.5), percentile(delay_s, 1.0)
    middle = say("report.half-after", seconds(half)) if np.isfinite(half) else say("report.half-never")
    rest = (
        say("report.last-after", seconds(last)) if np.isfinite(last) else say("report.never", f"{len(delay_s) - got:,}")
    )
    return say("report.read-by", f"{got:,}", f"{len(delay_s):,}", middle, rest)


def _slowest(run: Run) -> int:
    """The warning whose last user waited longest; of several that some never read, the one whose median user did."""
    waits = [
        (percentile(delay_s[due], 1.0), percentile(delay_s[due], 0.5)) if due.any() and counts else (-1.0, -1.0)
        for delay_s, due, counts in zip(run.delay_s, run.due, run.counts_as_warning, strict=True)
    ]
    return max(range(len(waits)), key=lambda index: (waits[index], -index))


def _ranks(sheet: Sheet, number: str) -> h.Fragment:
    ranked = curves.by_rank(sheet.run, sheet.run.shown)
    if ranked is None:
        return h.fragment[h.p[say("report.unordered")]]
    limit_s = next((check.limit for check in sheet.run.told.checks if check.name == "delivery"), None)
    part = share(ranked.share[0], 1)
    label = say("report.rank-label", number, part, seconds(ranked.p50_s[0]), seconds(ranked.p50_s[-1]))
    every = max(1, len(ranked.share) // 10)
    rows = [
        (f"{100 * told:.0f} %", *(seconds(one) for one in times))
        for told, *times in zip(ranked.share, ranked.p50_s, ranked.p90_s, ranked.max_s, strict=True)
    ][every - 1 :: every]
    draw = partial(charts.rank, ranked=ranked, limit_s=limit_s)
    return h.fragment[
        sheet.chart("rank", draw, label, say("report.rank-by", ranked.by)),
        behind(_times("up-to"), rows, say("report.rank-table")),
    ]


def _groups(sheet: Sheet, name: str, found: list[curves.Group], note: Said) -> h.Fragment:
    halves = [one.p50_s for one in found]
    label = say("report.groups-label", str(len(found)), seconds(min(halves)), seconds(max(halves)))
    rows = [
        (one.name, f"{one.users:,}", *(seconds(time) for time in (one.p50_s, one.p90_s, one.max_s))) for one in found
    ]
    return h.fragment[
        sheet.chart(name, partial(charts.groups, found=found), label, note),
        behind(_times("group", "users"), rows, say(f"report.{name}-table")),
    ]


def _times(*columns: str) -> list[Said]:
    """The head of a table that ends with when half, 90 % and all had read."""
    return [say(f"report.{column}") for column in (*columns, "half", "ninety", "slowest")]

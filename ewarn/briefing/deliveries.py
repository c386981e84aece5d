"""Of a briefing, the sections on delivery: how soon it was read, and by whom in which order."""

from functools import partial

import htpy as h
import numpy as np
from numpy.typing import NDArray

from ewarn.briefing import charts, curves, time_sections
from ewarn.briefing.readings import Reading
from ewarn.briefing.run import Run
from ewarn.briefing.sheet import Sheet, nothing
from ewarn.briefing.tables import figures, heads
from ewarn.briefing.words import seconds, share
from ewarn.verdict.figures import instant
from ewarn.verdict.percentiles import percentile
from ewarn.words import Said, say

COLUMNS = ("report", "released", "magnitude", "due-to", "by", "before-next", "half", "ninety", "ninety-nine", "last")
"""keys of the heads of the table of reports"""
MOST_REPORTS = 6
"""columns of the table behind the curves; of more reports the others stand in the table of reports"""
ROWS = 10
"""of the table behind delivery by rank"""
Curve = tuple[str, NDArray[np.float64], NDArray[np.float64], str]


def delivery(sheet: Sheet) -> h.Fragment:
    """How soon users had read a report, against the promises."""
    run = sheet.run
    rows = [_row(run, index) for index in range(len(run.reports))]
    return h.fragment[
        _curve(sheet),
        time_sections.over_time(sheet),
        (h.p(".modelled")[note] for note in run.told.environment.clients.notes),
        figures(heads(*COLUMNS), rows, say("report.table")),
    ]


def _curve(sheet: Sheet) -> h.Node:
    run = sheet.run
    first, slowest = run.shown, _slowest(run)
    if not run.due.any():
        return nothing(say("report.nobody-due"))
    if not (run.due & np.isfinite(run.delay_s)).any():
        return nothing(say("report.nobody-read", f"{run.due.any(axis=0).sum():,}"))
    told = str(run.reports[first].number), _delivered(run, first)
    label = say("report.delivered", *told)
    if slowest != first:
        other = str(run.reports[slowest].number), _delivered(run, slowest)
        label = say("report.delivered-slowest", *told, *other)
    limits_s = _limits(run)
    draw = partial(charts.delivery, curves=_curves(run, slowest), limits_s=limits_s)
    below = [say("report.below")] if not np.isfinite(run.delay_s[run.due]).all() else []
    return sheet.read("delivery", draw, label, *below, reading=_shares(run, slowest, sorted(limits_s.values())))


def _shares(run: Run, slowest: int, limits_s: list[float]) -> Reading:
    """Shares of those due who had read a report by so long after its release: of the reports most read."""
    due = np.flatnonzero(run.due.any(axis=1))
    readers = np.isfinite(run.delay_s).sum(axis=1)
    rest = sorted((int(one) for one in due if one not in (run.shown, slowest)), key=lambda one: -readers[one])
    shown = [one for one in dict.fromkeys((run.shown, slowest)) if one in due] + rest
    shown = sorted(shown[:MOST_REPORTS])
    known = run.delay_s[run.due & np.isfinite(run.delay_s)]
    by_s = curves.instants(float(known.min()), float(known.max()), limits_s)
    rows = [
        (
            seconds(at_s),
            *(share(int((run.delay_s[one][run.due[one]] <= at_s).sum()), int(run.due[one].sum())) for one in shown),
        )
        for at_s in by_s
    ]
    head = [say("report.by-then"), *(say("chart.report", str(run.reports[one].number)) for one in shown)]
    return Reading("delivery-figures", head, rows, say("report.shares-table"), [1e3 * at_s for at_s in by_s])


def by_order(sheet: Sheet) -> h.Fragment:
    """By place in the order, by the plan that counted a user in, and by platform."""
    run, first = sheet.run, sheet.run.shown
    if not run.due[first].any():
        return h.fragment[nothing(say("report.nobody-due"))]
    if not np.isfinite(run.delay_s[first][run.due[first]]).any():
        return h.fragment[nothing(say("report.nobody-read", f"{run.due[first].sum():,}"))]
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
    times = [
        seconds(percentile(delay_s, point)) if len(delay_s) else say("report.no-one") for point in (0.5, 0.9, 0.99, 1.0)
    ]
    last = index == len(run.reports) - 1
    before = f"{told.users:,}" if told else say("report.no-next" if last else "figure.not-known")
    counts = f"{len(delay_s):,}", f"{np.isfinite(delay_s).sum():,}", before
    magnitude = f"{report.origin.magnitude:.1f}"
    first = h.fragment[f"{report.number} ", say(f"status.{report.status}")]
    return (first, say("report.at", instant(report.released)), magnitude, *counts, *times)


def _delivered(run: Run, index: int) -> Said:
    delay_s = run.delay_s[index][run.due[index]]
    if not len(delay_s):
        return say("report.due-to-nobody")
    got = int(np.isfinite(delay_s).sum())
    if not got:
        return say("report.read-by-none", f"{len(delay_s):,}")
    if len(delay_s) == 1:
        return say("report.read-by-one", seconds(float(delay_s[0])))
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
    if len(ranked.share) < 2:
        return h.fragment[nothing(say("report.rank-one"))]
    limit_s = next((check.limit for check in sheet.run.told.checks if check.name == "delivery"), None)
    ends = [
        say("report.rank-half", seconds(half)) if np.isfinite(half) else say("report.rank-never")
        for half in (ranked.p50_s[0], ranked.p50_s[-1])
    ]
    label = say("report.rank-label", number, share(ranked.share[0], 1), *ends)
    every = max(1, len(ranked.share) // ROWS)
    rows = [
        (say("figure.percent", f"{100 * told:.0f}"), *(seconds(one) for one in times))
        for told, *times in zip(ranked.share, ranked.p50_s, ranked.p90_s, ranked.max_s, strict=True)
    ][every - 1 :: every]
    at = (100 * ranked.share)[every - 1 :: every].tolist()
    reading = Reading("rank-figures", _times("up-to"), rows, say("report.rank-table"), at)
    draw = partial(charts.rank, ranked=ranked, limit_s=limit_s)
    return h.fragment[sheet.read("rank", draw, label, say("report.rank-by", ranked.by), reading=reading)]


def _groups(sheet: Sheet, name: str, found: list[curves.Group], note: Said) -> h.Fragment:
    halves = [one.p50_s for one in found if np.isfinite(one.p50_s)]
    counts = str(len(halves)), str(len(found))
    span = _span(halves)
    if not halves:
        label = say("report.groups-none", counts[1])
    elif len(found) == 1:
        label = say("report.groups-one", span)
    else:
        label = say("report.groups-label" if len(halves) == len(found) else "report.groups-some", *counts, span)
    rows = [
        (one.name, f"{one.users:,}", *(seconds(time) for time in (one.p50_s, one.p90_s, one.max_s))) for one in found
    ]
    if not halves:
        return h.fragment[nothing(label), figures(_times("group", "users"), rows, say(f"report.{name}-table"))]
    at = list(range(len(found)))[::-1]
    table = f"{name}-figures"
    reading = Reading(table, _times("group", "users"), rows, say(f"report.{name}-table"), at, along="y")
    return h.fragment[sheet.read(name, partial(charts.groups, found=found), label, note, reading=reading)]


def _span(times_s: list[float]) -> str:
    """The least and the most, once where they read the same."""
    ends = seconds(min(times_s, default=None)), seconds(max(times_s, default=None))
    return ends[0] if ends[0] == ends[1] else say("report.ring", *ends)


def _times(*columns: str) -> list[Said]:
    """The head of a table that ends with when half, 90 % and all had read."""
    return [say(f"report.{column}") for column in (*columns, "half", "ninety", "slowest")]

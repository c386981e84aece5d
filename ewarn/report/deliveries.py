"""Of a report, the sections on delivery: how soon it was read, and by whom in which order."""

from functools import partial

import htpy as h
import numpy as np
from numpy.typing import NDArray

from ewarn.report import charts, curves
from ewarn.report.run import Run
from ewarn.report.sheet import Sheet, behind, figures, heading
from ewarn.report.words import seconds, share
from ewarn.verdict.figures import instant
from ewarn.verdict.percentiles import percentile

BELOW = (
    " A curve that ends below 100 % is of a report that some never read, most of them because a newer one came first."
)
PLANS = (
    " Each shard makes a plan of its own for its users, and the ledger keeps when a user's plan was made: so one plan "
    "is one shard. Which process that was, the files do not say."
)
VIA = " Users by the platform that brought them the report first; who has both is counted with the quicker one."
UNPLANNED = "Not shown: no plan was noted down, as for a gateway that ran by itself."
UNORDERED = "Not shown: the files do not say in which order users were to be told."
Curve = tuple[str, NDArray[np.float64], NDArray[np.float64], str]


def delivery(sheet: Sheet) -> h.Fragment:
    """How soon users had read a report, against the promises."""
    run = sheet.run
    first, slowest = run.shown, _slowest(run)
    label = f"Report {run.reports[first].number}: {_delivered(run, first)}"
    if slowest != first:
        label += f" Slowest, report {run.reports[slowest].number}: {_delivered(run, slowest)}"
    draw = partial(charts.delivery, curves=_curves(run, slowest), limits_s=_limits(run))
    head = ("report", "released", "magnitude", "due to", "read by", "half by", "90 % by", "99 % by", "last")
    rows = [_row(run, index) for index in range(len(run.reports))]
    return h.fragment[
        sheet.chart("delivery", draw, label, BELOW), figures(head, rows, "Reports: delivery since release")
    ]


def by_order(sheet: Sheet) -> h.Fragment:
    """By place in the order, by the plan that counted a user in, and by platform."""
    run, first = sheet.run, sheet.run.shown
    number, plans, platforms = run.reports[first].number, curves.by_plan(run, first), curves.by_platform(run, first)
    return h.fragment[
        heading(3, f"By rank, report {number}", "按下发次序"),
        _ranks(sheet, number),
        heading(3, f"By shard, report {number}", "按分片"),
        _groups(sheet, "shards", plans, PLANS) if plans else h.p[UNPLANNED],
        platforms
        and [heading(3, f"By platform, report {number}", "按平台"), _groups(sheet, "platforms", platforms, VIA)],
    ]


def _curves(run: Run, slowest: int) -> list[Curve]:
    """The first report and the slowest one stand out; of the others only one has a name in the legend."""
    drawn: list[Curve] = []
    for index in np.flatnonzero(run.due.any(axis=1)):
        curve = curves.delivery(run.delay_s[index][run.due[index]])
        name = f"report {run.reports[index].number}"
        if index == run.shown:
            drawn.append((name, *curve, "accent"))
        elif index == slowest:
            drawn.append((f"{name}, slowest", *curve, "late"))
        else:
            drawn.append((name if any(one[3] == "muted" for one in drawn) else "other reports", *curve, "muted"))
    return drawn


def _limits(run: Run) -> dict[str, float]:
    limits = {check.name: check.limit for check in run.told.checks}
    places = {"epicentre": "near the epicentre", "delivery": "the last user"}
    return {f" {limits[name]:g} s: {whom} ": limits[name] for name, whom in places.items() if name in limits}


def _row(run: Run, index: int) -> tuple[str, ...]:
    report, delay_s = run.reports[index], run.delay_s[index][run.due[index]]
    times = [seconds(percentile(delay_s, point)) if len(delay_s) else "-" for point in (0.5, 0.9, 0.99, 1.0)]
    counts = f"{len(delay_s):,}", f"{np.isfinite(delay_s).sum():,}"
    magnitude = f"{report.origin.magnitude:.1f}"
    return (f"{report.number} {report.status}", f"+{instant(report.released)} s", magnitude, *counts, *times)


def _delivered(run: Run, index: int) -> str:
    delay_s = run.delay_s[index][run.due[index]]
    if not len(delay_s):
        return "due to nobody."
    got = int(np.isfinite(delay_s).sum())
    half, last = percentile(delay_s, 0.5), percentile(delay_s, 1.0)
    middle = f"half of all after {seconds(half)}" if np.isfinite(half) else "less than half of all"
    rest = f"the last after {seconds(last)}" if np.isfinite(last) else f"{len(delay_s) - got:,} never"
    return f"{got:,} of {len(delay_s):,} users read it, {middle}, {rest}."


def _slowest(run: Run) -> int:
    """The warning whose last user waited longest; of several that some never read, the one whose median user did."""
    waits = [
        (percentile(delay_s[due], 1.0), percentile(delay_s[due], 0.5)) if due.any() and counts else (-1.0, -1.0)
        for delay_s, due, counts in zip(run.delay_s, run.due, run.counts_as_warning, strict=True)
    ]
    return max(range(len(waits)), key=lambda index: (waits[index], -index))


def _ranks(sheet: Sheet, number: int) -> h.Fragment:
    ranked = curves.by_rank(sheet.run, sheet.run.shown)
    if ranked is None:
        return h.fragment[h.p[UNORDERED]]
    limit_s = next((check.limit for check in sheet.run.told.checks if check.name == "delivery"), None)
    part = share(ranked.share[0], 1)
    label = (
        f"Report {number} by place in the order: half of the first {part} had read it after "
        f"{seconds(ranked.p50_s[0])}, half of the last {part} after {seconds(ranked.p50_s[-1])}."
    )
    every = max(1, len(ranked.share) // 10)
    rows = [
        (f"{100 * told:.0f} %", *(seconds(one) for one in times))
        for told, *times in zip(ranked.share, ranked.p50_s, ranked.p90_s, ranked.max_s, strict=True)
    ][every - 1 :: every]
    draw = partial(charts.rank, ranked=ranked, limit_s=limit_s)
    return h.fragment[
        sheet.chart("rank", draw, label, f" Rank: by {ranked.by}."),
        behind(("up to", "half by", "90 % by", "slowest"), rows, "Delivery by place in the order, every tenth part"),
    ]


def _groups(sheet: Sheet, name: str, found: list[curves.Group], note: str) -> h.Fragment:
    halves = [one.p50_s for one in found]
    label = f"Half of each of {len(found)} groups had read it after {seconds(min(halves))} to {seconds(max(halves))}."
    rows = [
        (one.name, f"{one.users:,}", *(seconds(time) for time in (one.p50_s, one.p90_s, one.max_s))) for one in found
    ]
    return h.fragment[
        sheet.chart(name, partial(charts.groups, found=found), label, note),
        behind(("group", "users", "half by", "90 % by", "slowest"), rows, f"Delivery by {name.removesuffix('s')}"),
    ]

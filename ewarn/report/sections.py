"""The sections of a report, each from a run to markup; charts come along as what draws them."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np

from ewarn import comparison, comparison_results
from ewarn.report import charts, curves, words
from ewarn.report.markup import Html, details, figure, heading, paragraph, points, table, tag, text
from ewarn.report.pictures import Draw, inline
from ewarn.report.replay import Setting
from ewarn.report.run import Run
from ewarn.report.words import seconds, share
from ewarn.results import CHECK_NAMES, in_unit, said
from ewarn.show import box_of
from ewarn.verdict.balance import FATES, Zone
from ewarn.verdict.ledger import OUTCOMES
from ewarn.verdict.percentiles import percentile

FIRST = 0
"""the report that rank and shards are shown of: the first, for which everyone is in a hurry"""


@dataclass
class Sheet:
    """What sections share: the run, and the charts drawn so far, to be written as files too."""

    run: Run
    at: Setting
    drawn: dict[str, Draw] = field(default_factory=dict)

    def chart(self, name: str, draw: Draw, label: str, *caption: Any) -> Html:
        """A figure whose caption, or `label` where there is none, says its content in words."""
        self.drawn[name] = draw
        return figure(Html(inline(name, draw, label)), *(caption or (label,)))


Section = tuple[str, str, str, Callable[[Sheet], Html]]


def verdict(sheet: Sheet) -> Html:
    """In one sentence, then promise by promise."""
    run = sheet.run
    bad = bool(run.told.harness.untrusted) or any(check.passed is False for check in run.told.checks)
    rows = []
    for row in run.told.checks:
        check = row.check
        kind = {True: "kept", False: "failed", None: "open"}[check.passed]
        sign = {True: "✓", False: "✗", None: "–"}[check.passed]
        line = tag("span", f"{sign} {said(check)}", class_=kind)
        users = f"{check.users:,} of {check.promised_users:,}" if check.users is not None else "all"
        rows.append(
            (
                CHECK_NAMES.get(check.name, check.name),
                in_unit(check, check.measured),
                in_unit(check, check.limit),
                users,
                line,
            )
        )
    return text(
        paragraph(words.verdict(run, CHECK_NAMES), class_="sentence failed" if bad else "sentence kept"),
        table(
            ("promise", "measured", "limit", "users, of those promised", "verdict"),
            rows,
            numbers=(1, 2, 3),
            caption="Promises",
        ),
    )


def warned(sheet: Sheet) -> Html:
    """What came of the users, in all and by level."""
    run = sheet.run
    levels = curves.fates_by_level(run)
    lead, zone = run.told.warned.lead_s, run.told.warned.blind_zone_km
    counts = dict(zip(FATES, levels["all"].tolist(), strict=True))
    total = sum(counts.values())
    label = "What came of the users: " + ", ".join(
        f"{count:,} {name.replace('_', ' ')} ({share(count, total)})" for name, count in counts.items() if count
    )
    rows = [(name, f"{c.sum():,}", *(f"{one:,}" for one in c)) for name, c in levels.items()]
    names = [name.replace("_", " ") for name in FATES]
    meaning = points(text(tag("b", name.replace("_", " ")), ": ", what) for name, what in FATES.items())
    lines = [
        f"Lead time: half of those who were to be warned had {seconds(lead.p50)} or more; one in ten had "
        f"{'no warning' if lead.p10 is None else 'less than ' + seconds(lead.p10)}."
    ]
    if run.balance.lost:
        lines.append(
            f"Lost to dispatch: {run.balance.lost:,} users whose S came after the release of the first report due to "
            "them, yet before they had read any."
        )
    lines.append(
        f"Blind zone: {zone.theoretical:.1f} km when the first report was released, {_km(zone.effective)} when it was read."
    )
    return text(
        sheet.chart("warned", partial(charts.warned, levels=levels), label),
        points(lines),
        table(
            ("level, by true intensity", "users", *names),
            rows,
            numbers=range(1, 9),
            caption="Users by what came of them",
        ),
        details("What these words mean", meaning),
    )


def delivery(sheet: Sheet) -> Html:
    """How soon users had read a report, against the promises."""
    run = sheet.run
    limits = {check.name: check.limit for check in run.told.checks}
    slowest = _slowest(run)
    drawn = []
    for index, report in enumerate(run.reports):
        if not run.due[index].any():
            continue
        look = "accent" if index == FIRST else "late" if index == slowest else "muted"
        name = f"report {report.number}" + (", slowest" if index == slowest and index != FIRST else "")
        if look == "muted":
            name = (
                f"other reports ({len(run.reports)} in all)"
                if not any(one[3] == "muted" for one in drawn)
                else f"{name} "
            )
        drawn.append((name, *curves.delivery(run.delay_s[index][run.due[index]]), look))
    marks = {}
    if "epicentre" in limits:
        marks[f"{seconds(limits['epicentre'])}: near the epicentre"] = limits["epicentre"]
    if "delivery" in limits:
        marks[f"{seconds(limits['delivery'])}: the last user"] = limits["delivery"]
    rows = []
    for index, report in enumerate(run.reports):
        delay_s = run.delay_s[index][run.due[index]]
        times = [seconds(percentile(delay_s, point)) if len(delay_s) else "-" for point in (0.5, 0.9, 0.99, 1.0)]
        rows.append((f"{report.number} {report.status}", f"+{report.released:.1f} s", f"{report.origin.magnitude:.1f}",
                     f"{len(delay_s):,}", f"{np.isfinite(delay_s).sum():,}", *times))  # fmt: skip
    first = run.delay_s[FIRST][run.due[FIRST]]
    label = f"Report {run.reports[FIRST].number}: " + _delivered(first)
    if slowest != FIRST:
        label += f" Slowest, report {run.reports[slowest].number}: " + _delivered(
            run.delay_s[slowest][run.due[slowest]]
        )
    never = "A curve that ends below 100 % is of a report that some never read, most of them because a newer one came first."
    return text(
        sheet.chart("delivery", partial(charts.delivery, curves=drawn, limits_s=marks), label, label, " ", never),
        table(("report", "released", "magnitude", "due to", "read by", "half by", "90 % by", "99 % by", "last"), rows,
              numbers=range(1, 9), caption="Reports: delivery since release"),
    )  # fmt: skip


def by_order(sheet: Sheet) -> Html:
    """Delivery by place in the order, by the plan that counted a user in, and by platform."""
    run, number = sheet.run, sheet.run.reports[FIRST].number
    ranked = curves.by_rank(run, FIRST)
    limit_s = next((check.limit for check in run.told.checks if check.name == "delivery"), 1.0)
    found: list[Any] = [heading(3, f"By rank, report {number}", "按下发次序")]
    if ranked is None:
        found.append(paragraph("Not shown: the files do not say in which order its users were to be told."))
    else:
        first, last = ranked.p50_s[0], ranked.p50_s[-1]
        label = (
            f"Report {number} by place in the order: half of the first {share(ranked.share[0], 1)} had read it after "
            f"{seconds(first)}, half of the last {share(ranked.share[0], 1)} after {seconds(last)}."
        )
        every = max(1, len(ranked.share) // 10)
        rows = [
            (
                f"{100 * ranked.share[i]:.0f} %",
                seconds(ranked.p50_s[i]),
                seconds(ranked.p90_s[i]),
                seconds(ranked.max_s[i]),
            )
            for i in range(every - 1, len(ranked.share), every)
        ]
        found += [
            sheet.chart(
                "rank", partial(charts.rank, ranked=ranked, limit_s=limit_s), label, label, " Rank: by ", ranked.by, "."
            ),
            details(
                "The figures",
                table(
                    ("up to", "half by", "90 % by", "slowest"),
                    rows,
                    numbers=(1, 2, 3),
                    caption="Every tenth part of the order",
                ),
            ),
        ]
    return text(*found, *_groups(sheet, "shards", curves.by_plan(run, FIRST), heading(3, f"By shard, report {number}", "按分片"), PLANS),
                *_groups(sheet, "platforms", curves.by_platform(run, FIRST), heading(3, f"By platform, report {number}", "按平台"), VIA))  # fmt: skip


PLANS = (
    "Each shard makes a plan of its own for its users, and the ledger keeps when a user's plan was made: so one plan is "
    "one shard. Which process it was, the files do not say."
)
VIA = "Users by the platform that brought them the report first; who has both is in the quicker one."


def _groups(sheet: Sheet, name: str, found: list[curves.Group], head: Html, note: str) -> list[Html]:
    if not found:
        why = "Not shown: no plan was noted down, as for a gateway that ran by itself." if name == "shards" else None
        return [head, paragraph(why)] if why else []
    slow = max(found, key=lambda one: one.p50_s)
    label = (
        f"{len(found)} groups; half of each had read it after {seconds(min(one.p50_s for one in found))} "
        f"({found[0].name if len(found) == 1 else 'the quickest'}) to {seconds(slow.p50_s)}."
    )
    rows = [(one.name, f"{one.users:,}", seconds(one.p50_s), seconds(one.p90_s), seconds(one.max_s)) for one in found]
    return [
        head,
        sheet.chart(name, partial(charts.groups, found=found), label, label, " ", note),
        details(
            "The figures",
            table(
                ("group", "users", "half by", "90 % by", "slowest"),
                rows,
                numbers=range(1, 5),
                caption=f"Delivery by {name[:-1]}",
            ),
        ),
    ]


def lead(sheet: Sheet) -> Html:
    """Lead time against distance."""
    run, zone = sheet.run, sheet.run.told.warned.blind_zone_km
    found = curves.lead_by_distance(run)
    near = np.flatnonzero(found.users >= curves.FEWEST)
    label = "Lead time by distance from the epicentre."
    if len(near):
        at = near[0]
        label = (
            f"In the nearest ring with {curves.FEWEST} users or more, {found.inner_km[at]:.0f} to "
            f"{found.inner_km[at] + curves.RING_KM:.0f} km, half had {_lead(found.p50_s[at])} or more between reading and S."
        )
    rows = [
        (f"{inner:.0f} to {inner + curves.RING_KM:.0f}", f"{users:,}", *(_lead(one) for one in points_))
        for inner, users, *points_ in zip(
            found.inner_km, found.users, found.p10_s, found.p50_s, found.p90_s, strict=True
        )
    ]
    draw = partial(charts.leads, found=found, theoretical_km=zone.theoretical, effective_km=zone.effective)
    return text(
        sheet.chart("lead", draw, label),
        details(
            "The figures",
            table(
                ("km", "users", "one in ten has less than", "half", "90 % have less than"),
                rows,
                numbers=range(1, 5),
                caption="Lead time by distance",
            ),
        ),
    )


def blind_zones(sheet: Sheet) -> Html:
    """Where no warning could come before S, and where none did; the map as it ended."""
    run, of = sheet.run, sheet.run.balance
    rows = [_zone("theoretical: S had come when the first report was released", of.theoretical),
            _zone("effective: S had come when users read it", of.effective)]  # fmt: skip
    zones = {f"blind zone at release, {of.theoretical.km:.1f} km": of.theoretical.km or 0.0}
    if of.effective.km is not None:
        zones[f"at receipt, {of.effective.km:.1f} km"] = of.effective.km
    origin, users = sheet.at.quake.origin, run.users
    box = box_of(users["latitude"], users["longitude"])
    draw = partial(
        charts.ending, found=curves.cells(run), epicentre=(origin.latitude, origin.longitude), zones_km=zones, box=box
    )
    label = f"How it ended: {int(run.fates.in_time.sum()):,} users in time, {int((run.fates.due & ~run.fates.in_time).sum()):,} not; blind zone {_km(of.theoretical.km)} at release, {_km(of.effective.km)} at receipt."
    note = (
        " Each mark stands for a cell of some 12 km and what came of most users in it; its size, for how many they are."
    )
    return text(
        table(("blind zone", "radius", "area", "users", "people"), rows, numbers=range(1, 5), caption="Blind zones"),
        sheet.chart("map", draw, label, label, note, " Outlines: Apache ECharts, Apache License 2.0."),
    )


def ledger(sheet: Sheet) -> Html:
    """Outcomes by report."""
    run = sheet.run
    counts = np.stack([np.bincount(row["outcome"], minlength=len(OUTCOMES)) for row in run.table])
    rows = [
        (
            text(tag("b", name.replace("_", " ")), tag("span", words.OUTCOME_MEANS[name], class_="means")),
            *(f"{one:,}" for one in counts[:, index]),
        )
        for index, name in enumerate(OUTCOMES)
    ]
    rows.append((tag("b", "all"), *(f"{one:,}" for one in counts.sum(axis=1))))
    head = ("outcome", *(f"{report.number} {report.status}" for report in run.reports))
    return table(head, rows, numbers=range(1, len(head)), caption="Users by report and outcome")


def environment(sheet: Sheet) -> Html:
    """What it ran on."""
    rows = words.environment(sheet.run)
    return table(("", ""), rows, caption="Environment")


def measured(sheet: Sheet) -> Html:
    """How each figure came about."""
    entries = [part for term, what in words.measured(sheet.run) for part in (tag("dt", term), tag("dd", what))]
    missing = [paragraph("Not shown: ", why, ".") for why in sheet.at.missing]
    return text(tag("dl", *entries), *missing)


def compared(sheet: Sheet, strategies: list[comparison.Strategy]) -> Html:
    """Runs side by side."""
    found = comparison.document(strategies)
    rows, label = [], ""
    for name, *cells in comparison_results.lines(found):
        label = name.strip() or label
        rows.append((label, *cells))
    best = f"Of {len(found['strategies'])} ways of dispatch, {found['best']} warned most users in time."
    draw = partial(_compare, found=found, strategies=strategies)
    columns = len(found["strategies"]) + 1
    return text(
        sheet.chart("compare", draw, best),
        table(
            ("", *comparison_results.headings(found)),
            rows,
            numbers=range(1, columns),
            caption="Side by side; medians over plays, and their least and most",
        ),
        details("What these lines mean", points(comparison_results.NOTES)),
        *(paragraph("Not trustworthy: ", why, class_="failed") for why in found["untrusted"]),
    )


def _compare(colours: dict[str, str], *, found: dict[str, Any], strategies: list[comparison.Strategy]) -> Any:
    from matplotlib.colors import to_rgba

    drawn = comparison_results.figure(found, strategies)
    fixed = {to_rgba("0.3"): colours["muted"], to_rgba("0.88"): colours["line"]}
    for artist in drawn.findobj():
        for kind in ("color", "facecolor"):
            get, put = getattr(artist, f"get_{kind}", None), getattr(artist, f"set_{kind}", None)
            if get and put and isinstance(now := get(), str | tuple) and to_rgba(now) in fixed:
                put(fixed[to_rgba(now)])
    return drawn


def _zone(name: str, zone: Zone) -> tuple[str, ...]:
    area = "no end" if zone.km2 is None else f"{zone.km2:,.0f} km²"
    return name, _km(zone.km), area, f"{zone.users:,}", "not known" if zone.people is None else f"{zone.people:,}"


def _km(value: float | None) -> str:
    return "no end" if value is None else f"{value:.1f} km"


def _lead(value: float) -> str:
    return f"{value:.1f} s" if np.isfinite(value) else "none"


def _delivered(delay_s: Any) -> str:
    got = int(np.isfinite(delay_s).sum())
    half, last = seconds(percentile(delay_s, 0.5)), seconds(percentile(delay_s, 1.0))
    return f"{got:,} of {len(delay_s):,} users had read it; half after {half}, the last after {last}."


def _slowest(run: Run) -> int:
    """The report whose last user, or else whose median one, waited longest."""
    waits = [
        (percentile(delay_s[due], 1.0), percentile(delay_s[due], 0.5), -index)
        if due.any() and urgent
        else (-1.0, -1.0, 0)
        for index, (delay_s, due, urgent) in enumerate(zip(run.delay_s, run.due, run.urgent, strict=True))
    ]
    return max(range(len(waits)), key=lambda index: waits[index])

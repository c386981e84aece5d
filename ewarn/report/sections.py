"""The sections of a report but those on delivery, each from a run to markup."""

from functools import partial
from typing import Any

import htpy as h
import numpy as np

from ewarn.report import charts, curves, words
from ewarn.report.palette import Palette
from ewarn.report.sheet import Sheet, behind, figures, table
from ewarn.report.words import share
from ewarn.runs import comparison, comparison_results
from ewarn.runs.results import CHECK_NAMES, in_unit, said
from ewarn.verdict.balance import Zone
from ewarn.verdict.checks import Check
from ewarn.verdict.fate import FINAL, MEANING, Fate
from ewarn.watching.show import box_of

SIGNS = {True: "✓", False: "✗", None: "–"}
KINDS = {True: "kept", False: "failed", None: "open"}
CELL = (
    " Each mark stands for a cell of some 12 km and for what came of most users in it; its size, for how many they are."
)
OUTLINES = " Outlines: Apache ECharts, Apache License 2.0."


def verdict(sheet: Sheet) -> h.Fragment:
    """In one sentence, then promise by promise."""
    told = sheet.run.told
    bad = bool(told.harness.untrusted) or any(check.passed is False for check in told.checks)
    head = ("promise", "measured", "limit", "users, of those promised", "verdict")
    return h.fragment[
        h.p(class_=["sentence", {"failed": bad}])[words.verdict(sheet.run, CHECK_NAMES)],
        table(head, [_promise(row.check) for row in told.checks], numbers=(1, 2, 3), caption="Promises"),
    ]


def _promise(check: Check) -> tuple[h.Node, ...]:
    users = f"{check.users:,} of {check.promised_users:,}" if check.users is not None else "–"
    line = h.span(class_=KINDS[check.passed])[f"{SIGNS[check.passed]} {said(check)}"]
    name = CHECK_NAMES.get(check.name, check.name)
    return name, in_unit(check, check.measured), in_unit(check, check.limit), users, line


def warned(sheet: Sheet) -> h.Fragment:
    """What came of the users, in all and by level."""
    levels = {name: found[list(FINAL)] for name, found in curves.fates_by_level(sheet.run).items()}
    names = [fate.words for fate in FINAL]
    counts = dict(zip(names, levels["all"].tolist(), strict=True))
    total = sum(counts.values())
    ends = ", ".join(f"{count:,} {name} ({share(count, total)})" for name, count in counts.items() if count)
    rows = [(name, f"{ends.sum():,}", *(f"{one:,}" for one in ends)) for name, ends in levels.items()]
    meaning = h.ul[(h.li[h.b[fate.words], ": ", MEANING[fate]] for fate in FINAL)]
    return h.fragment[
        sheet.chart("warned", partial(charts.warned, levels=levels), f"What came of the users: {ends}."),
        h.ul[(h.li[line] for line in words.warned(sheet.run))],
        figures(("level, by true intensity", "users", *names), rows, "Users by what came of them"),
        h.details[h.summary["What these words mean"], meaning],
    ]


def lead(sheet: Sheet) -> h.Fragment:
    """Lead time against distance."""
    zone, found = sheet.run.told.warned.blind_zone_km, curves.lead_by_distance(sheet.run)
    draw = partial(charts.leads, found=found, theoretical_km=zone.theoretical, effective_km=zone.effective)
    rows = [
        (_ring(inner), f"{users:,}", *(_lead(one) for one in times))
        for inner, users, *times in zip(found.inner_km, found.users, found.p10_s, found.p50_s, found.p90_s, strict=True)
    ]
    head = ("km", "users", "one in ten has less than", "half have less than", "nine in ten have less than")
    return h.fragment[sheet.chart("lead", draw, _nearest(found)), behind(head, rows, "Lead time by distance")]


def _nearest(found: curves.Leads) -> str:
    near = np.flatnonzero(found.users >= curves.FEWEST)
    if not len(near):
        return "Lead time by distance from the epicentre."
    return (
        f"In the nearest ring with {curves.FEWEST} users or more, {_ring(found.inner_km[near[0]])} km, half had "
        f"{_lead(found.p50_s[near[0]])} or more from reading to S."
    )


def blind_zones(sheet: Sheet) -> h.Fragment:
    """Where no warning could come before S, and where none did; the map as it ended."""
    run, of, origin = sheet.run, sheet.run.balance, sheet.at.quake.origin
    rows = [
        _zone("theoretical: S had come when the first public report was released", of.theoretical),
        _zone("effective: S had come when users read it", of.effective),
    ]
    zones = {"blind zone at release": of.theoretical.km, "blind zone at receipt": of.effective.km}
    draw = partial(
        charts.ending,
        found=curves.cells(run),
        epicentre=(origin.latitude, origin.longitude),
        zones_km={f"{name}, {km:.1f} km": km for name, km in zones.items() if km is not None},
        box=box_of(run.users["latitude"], run.users["longitude"], (origin.latitude, origin.longitude)),
    )
    in_time, due = int(run.fates.in_time.sum()), int(run.fates.due.sum())
    label = f"How it ended: {in_time:,} users were warned in time, {due - in_time:,} were not."
    return h.fragment[
        figures(("blind zone", "radius", "area", "users", "people"), rows, "Blind zones"),
        sheet.chart("map", draw, label, CELL, OUTLINES),
    ]


def ledger(sheet: Sheet) -> h.Fragment:
    """Fates by report."""
    counts = np.stack([np.bincount(row["outcome"], minlength=len(Fate)) for row in sheet.run.table], axis=1)[
        list(FINAL)
    ]
    names = [h.fragment[h.b[fate.words], h.span(".means")[MEANING[fate]]] for fate in FINAL]
    rows = [(name, *(f"{one:,}" for one in of)) for name, of in zip(names, counts, strict=True)]
    rows.append((h.fragment[h.b["all"]], *(f"{one:,}" for one in counts.sum(axis=0))))
    head = ("fate of report", *(str(report.number) for report in sheet.run.reports))
    return figures(head, rows, "Users by report and fate")


def environment(sheet: Sheet) -> h.Element:
    """What it ran on."""
    rows = words.environment(sheet.run)
    return table(("what", "in this run"), rows, caption="Environment")


def measured(sheet: Sheet) -> h.Fragment:
    """How each figure came about."""
    entries = ((h.dt[term], h.dd[what]) for term, what in words.measured(sheet.run))
    return h.fragment[h.dl[entries], (h.p["Not shown: ", why, "."] for why in sheet.at.missing)]


def compared(sheet: Sheet, strategies: list[comparison.Strategy]) -> h.Fragment:
    """Runs side by side."""
    found = comparison.document(strategies)
    rows, named = [], ""
    for label, *cells in comparison_results.lines(found):
        named = label.strip() or named
        rows.append((named, *cells))
    best = f"Of {len(found['strategies'])} ways of dispatch, {found['best']} warned most users in time."
    head = ("what", *comparison_results.headings(found))
    if found["unlike"]:
        best = f"The runs are not alike, so none of them is the best. {best}"
    return h.fragment[
        sheet.chart("compare", partial(_compare, found=found, strategies=strategies), best),
        figures(head, rows, "Side by side; medians over plays, and their least and most"),
        h.details[h.summary["What these lines mean"], h.ul[(h.li[note] for note in comparison_results.NOTES)]],
        (h.p(".failed")[line] for line in comparison_results.doubted(found)),
    ]


def _compare(colours: Palette, found: dict[str, Any], strategies: list[comparison.Strategy]) -> Any:
    return comparison_results.figure(found, strategies, quiet=colours["muted"], shade=colours["panel"])


def _zone(name: str, zone: Zone) -> tuple[str, ...]:
    area = "no end" if zone.km2 is None else f"{zone.km2:,.0f} km²"
    return name, _km(zone.km), area, f"{zone.users:,}", "not known" if zone.people is None else f"{zone.people:,}"


def _km(value: float | None) -> str:
    return "no end" if value is None else f"{value:.1f} km"


def _ring(inner_km: float) -> str:
    return f"{inner_km:.0f} to {inner_km + curves.RING_KM:.0f}"


def _lead(value: float) -> str:
    return f"{value:.1f} s" if np.isfinite(value) else "none"

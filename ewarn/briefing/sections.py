"""The sections of a briefing but those on delivery, each from a run to markup."""

from functools import partial
from typing import Any

import htpy as h
import numpy as np

from ewarn.briefing import charts, curves, words
from ewarn.briefing.palette import Palette
from ewarn.briefing.sheet import Sheet, behind, figures, table
from ewarn.briefing.words import share
from ewarn.runs import comparison, comparison_results
from ewarn.runs.compared import Comparison
from ewarn.runs.results import aside, in_unit
from ewarn.verdict.balance import Zone
from ewarn.verdict.document import Check, Document
from ewarn.verdict.fate import FINAL, Fate
from ewarn.verdict.headline import headline
from ewarn.watching.show import box_of
from ewarn.words import Said, called, listed, say

SIGNS = {True: "✓", False: "✗", None: "–"}
KINDS = {True: "kept", False: "failed", None: "open"}


def verdict(sheet: Sheet) -> h.Fragment:
    """What came of people in a sentence, whether the promises were kept in another, then promise by promise."""
    told = sheet.run.told
    bad = bool(told.harness.untrusted) or any(check.passed is False for check in told.checks)
    head = heads("promise", "is-measured", "limit", "users-promised", "is-verdict")
    return h.fragment[
        h.p(".headline")[headline(told)],
        h.p(class_=["sentence", {"failed": bad}])[words.verdict(sheet.run)],
        table(
            head, [_promise(check, told) for check in told.checks], numbers=(1, 2, 3), caption=say("report.promises")
        ),
        (h.p[line] for line in aside(told)),
    ]


def heads(*names: str) -> list[str]:
    """Heads of a table, by the names of their words."""
    return [say(f"report.{name}") for name in names]


def _promise(check: Check, of: Document) -> tuple[h.Node, ...]:
    users = say("verdict.of", f"{check.users:,}", f"{check.promised_users:,}") if check.users is not None else "–"
    line = h.span(class_=KINDS[check.passed])[f"{SIGNS[check.passed]} ", words.judged(check, of.in_words)]
    return called("check", check.name), in_unit(check, check.measured), in_unit(check, check.limit), users, line


def warned(sheet: Sheet) -> h.Fragment:
    """What came of the users, in all and by level."""
    levels = {name: found[list(FINAL)] for name, found in curves.fates_by_level(sheet.run).items()}
    names = [say(f"fate.{fate.key}") for fate in FINAL]
    counts = dict(zip(names, levels["all"].tolist(), strict=True))
    total = sum(counts.values())
    ends = listed(
        [say("report.came-part", f"{count:,}", name, share(count, total)) for name, count in counts.items() if count]
    )
    rows = [(charts.level(name), f"{row.sum():,}", *(f"{one:,}" for one in row)) for name, row in levels.items()]
    meaning = h.ul[(h.li[h.b[say(f"fate.{fate.key}")], ": ", say(f"meaning.{fate.key}")] for fate in FINAL)]
    return h.fragment[
        sheet.chart("warned", partial(charts.warned, levels=levels), say("report.came", ends)),
        h.ul[(h.li[line] for line in words.warned(sheet.run))],
        figures([*heads("level", "users"), *names], rows, say("report.came-table")),
        h.details[h.summary[say("report.words-mean")], meaning],
    ]


def lead(sheet: Sheet) -> h.Fragment:
    """Lead time against distance."""
    zone, found = sheet.run.told.warned.blind_zone_km, curves.lead_by_distance(sheet.run)
    draw = partial(charts.leads, found=found, theoretical_km=zone.theoretical, effective_km=zone.effective)
    rows = [
        (_ring(inner), f"{users:,}", *(_lead(one) for one in times))
        for inner, users, *times in zip(found.inner_km, found.users, found.p10_s, found.p50_s, found.p90_s, strict=True)
    ]
    head = heads("km", "users", "tenth-less", "half-less", "most-less")
    return h.fragment[sheet.chart("lead", draw, _nearest(found)), behind(head, rows, say("report.lead"))]


def _nearest(found: curves.Leads) -> Said:
    near = np.flatnonzero(found.users >= curves.FEWEST)
    if not len(near):
        return say("report.lead-plain")
    ring, half = _ring(found.inner_km[near[0]]), _lead(found.p50_s[near[0]])
    return say("report.lead-near", str(curves.FEWEST), ring, half)


def blind_zones(sheet: Sheet) -> h.Fragment:
    """Where no warning could come before S, and where none did; the map as it ended."""
    run, of, origin = sheet.run, sheet.run.balance, sheet.at.quake.origin
    rows = [
        _zone(say("report.zone-at-release"), of.theoretical),
        _zone(say("report.zone-at-receipt"), of.effective),
    ]
    zones = {"release": of.theoretical.km, "receipt": of.effective.km}
    draw = partial(
        charts.ending,
        found=curves.cells(run),
        epicentre=(origin.latitude, origin.longitude),
        zones_km={
            say("chart.zone-km", say(f"chart.zone-{name}"), f"{km:.1f}"): km
            for name, km in zones.items()
            if km is not None
        },
        box=box_of(run.users["latitude"], run.users["longitude"], (origin.latitude, origin.longitude)),
    )
    in_time, due = int(run.fates.in_time.sum()), int(run.fates.due.sum())
    label = say("report.ended", f"{in_time:,}", f"{due - in_time:,}")
    return h.fragment[
        figures(heads("zone", "radius", "area", "users", "people"), rows, say("report.blind-zones")),
        sheet.chart("map", draw, label, say("report.cell"), say("report.outlines")),
    ]


def ledger(sheet: Sheet) -> h.Fragment:
    """Fates by report."""
    counts = np.stack([np.bincount(row["outcome"], minlength=len(Fate)) for row in sheet.run.table], axis=1)[
        list(FINAL)
    ]
    names = [h.fragment[h.b[say(f"fate.{fate.key}")], h.span(".means")[say(f"meaning.{fate.key}")]] for fate in FINAL]
    rows = [(name, *(f"{one:,}" for one in of)) for name, of in zip(names, counts, strict=True)]
    rows.append((h.fragment[h.b[say("report.all")]], *(f"{one:,}" for one in counts.sum(axis=0))))
    head = [say("report.fate-of-report"), *(str(report.number) for report in sheet.run.reports)]
    return figures(head, rows, say("report.ledger-table"))


def environment(sheet: Sheet) -> h.Element:
    """What it ran on."""
    rows = words.environment(sheet.run)
    return table(heads("what", "in-this-run"), rows, caption=say("report.environment"))


def measured(sheet: Sheet) -> h.Fragment:
    """How each figure came about."""
    entries = ((h.dt[term], h.dd[what]) for term, what in words.measured(sheet.run))
    return h.fragment[h.dl[entries], (h.p[say("report.not-shown", why)] for why in sheet.at.missing)]


def compared(sheet: Sheet, strategies: list[comparison.StrategyPlays]) -> h.Fragment:
    """Runs side by side."""
    found = comparison.document(strategies)
    rows, named = [], ""
    for label, *cells in comparison_results.lines(found):
        named = label or named
        rows.append((named, *cells))
    best = say("report.compared", str(len(found.strategies)), found.best)
    head = [say("report.what"), *comparison_results.headings(found)]
    if found.unlike:
        best = say("report.unlike", best)
    return h.fragment[
        sheet.chart("compare", partial(_compare, found=found, strategies=strategies), best),
        figures(head, rows, say("report.compared-table")),
        h.details[h.summary[say("report.lines-mean")], h.ul[(h.li[note] for note in comparison_results.notes(found))]],
        (h.p(".failed")[line] for line in comparison_results.doubted(found)),
    ]


def _compare(colours: Palette, found: Comparison, strategies: list[comparison.StrategyPlays]) -> Any:
    return comparison_results.figure(found, strategies, quiet=colours["muted"], shade=colours["panel"])


def _zone(name: str, zone: Zone) -> tuple[str, ...]:
    area = say("figure.no-end") if zone.km2 is None else f"{zone.km2:,.0f} km²"
    people = say("figure.not-known") if zone.people is None else f"{zone.people:,}"
    return name, words.kilometres(zone.km), area, f"{zone.users:,}", people


def _ring(inner_km: float) -> str:
    return say("report.ring", f"{inner_km:.0f}", f"{inner_km + curves.RING_KM:.0f}")


def _lead(value: float) -> str:
    return say("figure.seconds", f"{value:.1f}") if np.isfinite(value) else say("figure.none")

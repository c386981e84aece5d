"""The sections of a briefing that have no file of their own, each from a run to markup."""

from collections.abc import Iterable, Sequence
from functools import partial

import htpy as h
import numpy as np

from ewarn.briefing import charts, curves, words, zones
from ewarn.briefing.readings import Reading
from ewarn.briefing.sheet import Sheet, nothing
from ewarn.briefing.tables import figures, heads, table
from ewarn.briefing.words import share
from ewarn.runs import hosts
from ewarn.runs.results import aside, in_unit
from ewarn.runs.results import measured as measured_of
from ewarn.verdict.document import Check, Document
from ewarn.verdict.fate import FINAL, Fate
from ewarn.verdict.fleet import GATEWAY, SWARM
from ewarn.verdict.headline import headline
from ewarn.words import Said, called, listed, say

SIGNS = {True: "✓", False: "✗", None: "–"}
KINDS = {True: "kept", False: "failed", None: "open"}


def verdict(sheet: Sheet) -> h.Fragment:
    """What came of people in a sentence, whether the promises were kept in another, then promise by promise."""
    told = sheet.run.told
    bad = bool(told.harness.untrusted) or any(check.passed is False for check in told.checks)
    head = heads("promise", "is-measured", "limit", "users-promised", "is-verdict")
    return h.fragment[
        (h.p(".flag")["⚑ ", line] for line in hosts.lost(told, SWARM, GATEWAY)),
        h.p(".headline")[headline(told)],
        h.p(class_=["sentence", {"failed": bad}])[words.verdict(sheet.run)],
        table(
            head, [_promise(check, told) for check in told.checks], numbers=(1, 2, 3), caption=say("report.promises")
        ),
        (h.p[line] for line in aside(told)),
    ]


def _promise(check: Check, of: Document) -> tuple[h.Node, ...]:
    users = _of_promised(check)
    line = h.span(class_=KINDS[check.passed])[f"{SIGNS[check.passed]} ", words.judged(check, of.in_words)]
    nothing_measured = check.measured is None and check.passed is not False
    found = say("figure.none") if nothing_measured else measured_of(check)
    return called("check", check.name), found, in_unit(check, check.limit), users, line


def _of_promised(check: Check) -> str:
    if check.users is None:
        return say("report.of-all")
    if check.promised_users is None:
        return f"{check.users:,}"
    return say("verdict.of", f"{check.users:,}", f"{check.promised_users:,}")


def warned(sheet: Sheet) -> h.Fragment:
    """What came of the users, in all and by level."""
    levels = {name: found[list(FINAL)] for name, found in curves.fates_by_level(sheet.run).items()}
    names = [say(f"fate.{fate.key}") for fate in FINAL]
    counts = dict(zip(names, levels["all"].tolist(), strict=True))
    total = sum(counts.values())
    ends = listed(
        [say("report.came-part", f"{count:,}", name, share(count, total)) for name, count in counts.items() if count]
    )
    there = [name for name, row in levels.items() if row.sum()]
    reading = Reading(
        name="warned-figures",
        head=[*heads("level", "users"), *names],
        rows=[(charts.level(name), f"{row.sum():,}", *(f"{one:,}" for one in row)) for name, row in levels.items()],
        caption=say("report.came-table"),
        at=[len(there) - 1 - there.index(name) if name in there else None for name in levels],
        along="y",
        folded=False,
    )
    meaning = h.ul[(h.li[h.b[say(f"fate.{fate.key}")], ": ", say(f"meaning.{fate.key}")] for fate in FINAL)]
    draw, label = partial(charts.warned, levels=levels), say("report.came", ends)
    return h.fragment[
        sheet.chart("warned", draw, label, readings=(reading,)),
        h.ul[(h.li[line] for line in words.warned(sheet.run))],
        reading.table,
        h.details[h.summary[say("report.words-mean")], meaning],
    ]


def lead(sheet: Sheet) -> h.Node:
    """Lead time against distance."""
    zones_km, found = zones.drawn_km(sheet.run), curves.lead_by_distance(sheet.run)
    if not len(found.users):
        return nothing(say("report.nobody-due"))
    if not np.isfinite(found.p50_s).any():
        return nothing(say("report.few-read"))
    theoretical, effective = (zones_km.get(f"chart.zone-{name}") for name in ("release", "receipt"))
    draw = partial(charts.leads, found=found, theoretical_km=theoretical, effective_km=effective)
    rows = [
        (_ring(inner), f"{users:,}", *(_lead(one) for one in times))
        for inner, users, *times in zip(found.inner_km, found.users, found.p10_s, found.p50_s, found.p90_s, strict=True)
    ]
    reading = Reading(
        name="lead-figures",
        head=heads("km", "users", "tenth-less", "half-less", "most-less"),
        rows=rows,
        caption=say("report.lead"),
        at=(found.inner_km + curves.RING_KM / 2).tolist(),
    )
    return sheet.read("lead", draw, _nearest(found), reading=reading)


def _nearest(found: curves.Leads) -> Said:
    near = np.flatnonzero(found.users >= curves.FEWEST)
    if not len(near):
        return say("report.lead-plain")
    ring, half = _ring(found.inner_km[near[0]]), float(found.p50_s[near[0]])
    if not np.isfinite(half):
        return say("report.lead-near-none", str(curves.FEWEST), ring)
    return say("report.lead-near" if half >= 0 else "report.lead-near-late", str(curves.FEWEST), ring, _lead(abs(half)))


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


def fleet(sheet: Sheet) -> h.Fragment | None:
    """Which hosts took part, and how well their clocks are known; None: there was one."""
    told = sheet.run.told
    if not (found := told.fleet):
        return None
    rows = list(hosts.rows(found))
    first = next((one for one in told.reports if one.number == told.first), None)
    strayed = first and hosts.strayed("hosts.strayed", first, called("order", sheet.run.order))
    return h.fragment[
        h.p[say("hosts.known", *hosts.widths(found.width_us).values())],
        _of_hosts(hosts.WIDTHS, rows, range(2, len(hosts.WIDTHS)), say("hosts.widths-table")),
        strayed and h.p[strayed],
        _of_hosts(hosts.OTHERS, rows, (1, 2, 3, 5, 6, 7), say("hosts.others")),
        h.p[say("hosts.means")],
    ]


def _of_hosts(columns: Sequence[str], rows: list[dict[str, str]], numbers: Iterable[int], caption: str) -> h.Element:
    head = [say(f"hosts.{column}") for column in columns]
    return table(head, [[row[column] for column in columns] for row in rows], numbers=numbers, caption=caption)


def environment(sheet: Sheet) -> h.Element:
    """What it ran on."""
    rows = words.environment(sheet.run)
    return table(heads("what", "in-this-run"), rows, caption=say("report.environment"))


def measured(sheet: Sheet) -> h.Fragment:
    """How each figure came about."""
    entries = ((h.dt[term], h.dd[what]) for term, what in words.measured(sheet.run))
    return h.fragment[h.dl[entries], (h.p[say("report.not-shown", why)] for why in sheet.at.missing)]


def _ring(inner_km: float) -> str:
    return say("report.ring", f"{inner_km:.0f}", f"{inner_km + curves.RING_KM:.0f}")


def _lead(value: float) -> str:
    return say("figure.seconds", f"{round(value, 1) + 0.0:.1f}") if np.isfinite(value) else say("figure.none")

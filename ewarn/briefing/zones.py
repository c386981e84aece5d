"""Of a briefing, the section on blind zones: where no warning could come before S, where none did, and how it ended.

A circle stands for an effective zone only where there is one. A service that is overloaded everywhere has none: then
the shares by distance say what is true.
"""

from functools import partial

import htpy as h
import numpy as np

from ewarn.briefing import charts, curves, ring_charts, words
from ewarn.briefing.readings import Reading
from ewarn.briefing.run import Run
from ewarn.briefing.sheet import Sheet, nothing
from ewarn.briefing.tables import figures, heads
from ewarn.briefing.words import share
from ewarn.verdict.balance import Zone
from ewarn.verdict.fate import FINAL, Fate
from ewarn.watching.show import box_of
from ewarn.words import Said, say

EVEN = 0.1
"""shares of the nearer and of the farther half that differ by less are about the same"""


def blind_zones(sheet: Sheet) -> h.Fragment:
    """Radii in words and as a table; shares by distance; the map as it ended."""
    run = sheet.run
    if not run.fates.due.any():
        return h.fragment[_table(run), nothing(say("report.nobody-due"))]
    found = curves.by_ring(run)
    zones_km = drawn_km(run)
    by_distance, on_map = _readings(sheet, found)
    in_time = int(run.fates.in_time.sum())
    ended = say("report.ended", f"{in_time:,}", f"{int(run.fates.due.sum()) - in_time:,}")
    draw_rings = partial(ring_charts.rings, found=found, zones_km=zones_km)
    draw_map = _map(sheet, zones_km)
    return h.fragment[
        h.p[((line, " ") for line in told(run))],
        _table(run),
        sheet.chart("rings", draw_rings, say("report.rings-label"), readings=(by_distance,)),
        sheet.chart("map", draw_map, ended, say("report.cell"), say("report.outlines"), readings=(on_map,)),
        by_distance.table,
    ]


def told(run: Run) -> list[Said]:
    """What is true of the effective zone, in sentences: what it parts, or that there is none and who was warned."""
    due, distance_km = run.fates.due, run.users["distance_km"].astype(np.float64)
    in_time, effective = run.fates.in_time, run.balance.effective.km
    all_due = share(int((in_time & due).sum()), int(due.sum()))
    if effective is None:
        return [say("report.no-radius", all_due), *_halves(run)]
    inside = due & (distance_km <= effective)
    outside = due & ~inside
    beyond = share(int(in_time[outside].sum()), int(outside.sum()))
    said = [say("report.beyond", words.kilometres(effective), beyond, f"{outside.sum():,}")]
    if not inside.any():
        return [*said, say("report.nobody-within")]
    within = share(int(in_time[inside].sum()), int(inside.sum()))
    said.append(say("report.within-it", within, f"{inside.sum():,}"))
    return said if parts(run) else [*said, say("report.no-border"), *_halves(run)]


def parts(run: Run) -> bool:
    """Whether there is an effective zone that parts the warned from the others: fewer than half within it were warned.

    Where a service is overloaded everywhere, the zone by its definition may hold nearly all users, and end where the
    last few happened to be warned. A circle of it would show nothing.
    """
    effective = run.balance.effective.km
    if effective is None:
        return False
    inside = run.fates.due & (run.users["distance_km"] <= effective)
    return 2 * int(run.fates.in_time[inside].sum()) < max(1, int(inside.sum()))


def drawn_km(run: Run) -> dict[str, float]:
    """Radii of the zones that charts draw, by the key of their words."""
    zones = {"release": run.balance.theoretical.km, "receipt": run.balance.effective.km if parts(run) else None}
    return {f"chart.zone-{name}": km for name, km in zones.items() if km is not None}


def _halves(run: Run) -> list[Said]:
    """Of those whom dispatch could warn, the nearer half beside the farther one; nothing of fewer than two."""
    could = np.flatnonzero(run.fates.could_be_warned)
    if len(could) < 2:
        return []
    near_first = could[np.argsort(run.users["distance_km"][could], kind="stable")]
    near, far = np.array_split(run.fates.in_time[near_first], 2)
    gap = float(far.mean() - near.mean())
    how = "even" if abs(gap) < EVEN else "near-worse" if gap > 0 else "far-worse"
    border = words.kilometres(float(run.users["distance_km"][near_first[len(near) - 1]]))
    shares = share(int(near.sum()), len(near)), share(int(far.sum()), len(far))
    return [say("report.halves", border, *shares, say(f"report.{how}"))]


def _table(run: Run) -> h.Element:
    of = run.balance
    rows = [_zone(say("report.zone-at-release"), of.theoretical)]
    if of.effective.km is not None and run.fates.due.any():
        rows.append(_zone(say("report.zone-at-receipt"), of.effective))
    return figures(heads("zone", "radius", "area", "users", "people"), rows, say("report.blind-zones"))


def _zone(name: str, zone: Zone) -> tuple[str, ...]:
    area = say("figure.no-end") if zone.km2 is None else say("figure.square-kilometres", f"{zone.km2:,.0f}")
    people = say("figure.not-known") if zone.people is None else f"{zone.people:,}"
    return name, words.kilometres(zone.km), area, f"{zone.users:,}", people


def _readings(sheet: Sheet, found: curves.Rings) -> tuple[Reading, Reading]:
    """Of one table: by distance along the chart, and as rings about the epicentre of the map."""
    shown = [fate for fate in FINAL if found.fates[:, fate].any()]
    rows = [
        (
            say("report.ring", f"{inner:.0f}", f"{inner + curves.RING_KM:.0f}"),
            f"{users:,}",
            share(int(row[Fate.IN_TIME]), int(users)),
            *(f"{row[fate]:,}" for fate in shown),
        )
        for inner, users, row in zip(found.inner_km, found.users, found.fates, strict=True)
    ]
    head = [*heads("km", "users", "in-time-share"), *(say(f"fate.{fate.key}") for fate in shown)]
    caption, middle = say("report.rings-table"), found.inner_km + curves.RING_KM / 2
    origin = sheet.at.quake.origin
    along = Reading("ring-figures", head, rows, caption, middle.tolist())
    around = Reading(
        "ring-figures",
        head,
        rows,
        caption,
        (middle / charts.KM_PER_DEGREE).tolist(),
        along="round",
        centre=(origin.longitude, origin.latitude),
    )
    return along, around


def _map(sheet: Sheet, zones_km: dict[str, float]) -> partial[object]:
    run, origin = sheet.run, sheet.at.quake.origin
    epicentre = origin.latitude, origin.longitude
    return partial(
        charts.ending,
        found=curves.cells(run),
        epicentre=epicentre,
        zones_km={say("chart.zone-km", say(name), f"{km:.1f}"): km for name, km in zones_km.items()},
        box=box_of(run.users["latitude"], run.users["longitude"], epicentre),
    )

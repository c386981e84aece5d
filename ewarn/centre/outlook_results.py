"""An outlook, printed."""

from typing import cast

from rich.console import Console
from rich.table import Table

from ewarn.centre.outlook import FELT, Felt, Foreseen, Heard, Outlook
from ewarn.seismic.geodesy import spelled
from ewarn.seismic.intensity import numeral
from ewarn.seismic.isoseismals import Isoseismal
from ewarn.seismic.magnitudes import MagnitudeType, named
from ewarn.verdict.figures import instant
from ewarn.words import Said, called, say

STATIONS_SHOWN = 12
ESTIMATES = ("error", "off", "depth-off", "stations", "record", "gap")
WAVES = ("km", "p", "s", "direct-s", "lead")
"""columns, by the keys of their words"""


def show(told: Outlook, console: Console) -> None:
    """Tables of reports, stations and places."""
    origin = told.origin
    magnitude = named(origin.magnitude, cast(MagnitudeType, origin.magnitude_type or "M"))
    place = spelled(origin.latitude, origin.longitude)
    console.print(say("outlook.head", told.name, magnitude, f"{origin.depth_km:g}", place, origin.time, told.zone))
    stations = f"{told.stations_in_network:,}"
    console.print(say("outlook.basis", told.network, stations, told.velocity, told.intensity))
    console.print(say("result.intensity", told.shaking.basis))
    console.print(_reports(told.reports))
    console.print(_isoseismals(told.isoseismals, told.shaking.scale))
    console.print(_stations(told.stations))
    if told.places:
        console.print(_places(told.places))
    console.print(_public(told))
    for note in told.notes:
        console.print(say("log.note", note))


def _public(told: Outlook) -> Said:
    """Which report the public had first, and how far S had come by then."""
    least = f"{told.least_public_magnitude:g}"
    if told.first_public is None:
        return say("outlook.no-public", least)
    held = "" if told.reports[0].public else say("outlook.zone-held", least)
    return say("outlook.zone", f"{told.blind_zone_km:.1f}", str(told.first_public), held)


def _table(title: str, left: str, *right: str) -> Table:
    table = Table(title=title, title_justify="left", box=None, pad_edge=False)
    table.add_column(say(f"outlook.{left}"))
    for name in right:
        table.add_column(name if isinstance(name, Said) else say(f"outlook.{name}"), justify="right")
    return table


def _reports(reports: list[Foreseen]) -> Table:
    table = _table(say("outlook.reports"), "report", "released", "magnitude", *ESTIMATES)
    for one in reports:
        estimate = f"{one.magnitude:.1f}", f"{one.magnitude_error:+.1f}", f"{one.location_error_km:.1f}"
        basis = f"{one.depth_error_km:+.0f}", f"{one.stations:,}", f"{one.record_s:.1f}", f"{one.gap_deg}"
        name = say("result.number", str(one.number), called("status", one.status))
        table.add_row(name, say("figure.after", instant(one.released_s)), *estimate, *basis)
    return table


def _isoseismals(found: list[Isoseismal], scale: str) -> Table:
    table = _table(say("outlook.isoseismals", scale), "intensity", "area", "ring", "along", "across")
    for one in reversed(found):
        sizes = one.area_km2, one.ring_km2, one.along_km, one.across_km
        table.add_row(say("outlook.above", numeral(one.degree)), *(f"{size:,.0f}" for size in sizes))
    return table


def _stations(stations: list[Heard]) -> Table:
    shown = min(STATIONS_SHOWN, len(stations))
    title = say("outlook.first-stations", str(shown), f"{len(stations):,}")
    table = _table(title, "station", "class", "km", "p-seconds", "known", "in-report")
    for one in stations[:shown]:
        heard = f"{one.distance_km:.1f}", f"{one.p_s:.2f}", f"{one.known_s:.2f}"
        table.add_row(one.code, one.kind, *heard, str(one.first_in_report))
    return table


def _places(places: list[Felt]) -> Table:
    begins = [say("outlook.begins", numeral(degree)) for degree in FELT]
    table = _table(say("outlook.places"), "place", *WAVES, "intensity", "level", *begins)
    for one in places:
        since = ("" if seconds is None else f"{seconds:.1f}" for seconds in one.begins_s.values())
        direct = "" if one.direct_s_s is None else f"{one.direct_s_s:.1f}"
        lead = "-" if one.lead_s is None else f"{one.lead_s:+.1f}"
        arrivals = f"{one.distance_km:.0f}", f"{one.p_s:.1f}", f"{one.s_s:.1f}", direct, lead
        table.add_row(one.name, *arrivals, f"{one.intensity:.1f}", called("level", one.level), *since)
    return table

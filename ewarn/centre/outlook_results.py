"""An outlook, printed."""

from typing import cast

from rich.console import Console
from rich.table import Table

from ewarn.centre.outlook import Bulletin, Felt, Heard, Outlook
from ewarn.seismic.geodesy import spelled
from ewarn.seismic.intensity import numeral
from ewarn.seismic.isoseismals import Isoseismal
from ewarn.seismic.magnitudes import MagnitudeType, named
from ewarn.verdict.figures import instant

STATIONS_SHOWN = 12


def show(told: Outlook, console: Console) -> None:
    """Tables of reports, stations and places."""
    origin = told.origin
    magnitude = named(origin.magnitude, cast(MagnitudeType, origin.magnitude_type or "M"))
    console.print(
        f"{told.name}: magnitude {magnitude}, depth {origin.depth_km:g} km, "
        f"{spelled(origin.latitude, origin.longitude)}, {origin.time}, zone {told.zone}"
    )
    console.print(
        f"network {told.network} ({told.stations_in_network:,} stations), velocity {told.velocity}, "
        f"intensity {told.intensity}; everything here is modelled"
    )
    console.print(f"intensity by {told.shaking.basis}")
    console.print(_reports(told.reports))
    console.print(_isoseismals(told.isoseismals, told.shaking.scale))
    console.print(_stations(told.stations))
    if told.places:
        console.print(_places(told.places))
    console.print(_public(told))
    for note in told.notes:
        console.print(f"note: {note}")


def _public(told: Outlook) -> str:
    """Which report the public had first, and how far S had come by then."""
    least = f"magnitude {told.least_public_magnitude:g}"
    if told.first_public is None:
        return f"no report is public: none reaches {least}, so nobody is warned"
    held = "" if told.reports[0].public else f"; reports below {least} are not public"
    return (
        f"theoretical blind zone: {told.blind_zone_km:.1f} km, where S comes before report {told.first_public}, "
        f"the first that is public{held}"
    )


def _table(title: str, left: str, *right: str) -> Table:
    table = Table(title=title, title_justify="left", box=None, pad_edge=False)
    table.add_column(left)
    for name in right:
        table.add_column(name, justify="right")
    return table


def _reports(reports: list[Bulletin]) -> Table:
    table = _table("Reports", "report", "released", "M", "error", "km off", "depth off", "stations", "record s", "gap°")
    for one in reports:
        estimate = f"{one.magnitude:.1f}", f"{one.magnitude_error:+.1f}", f"{one.location_error_km:.1f}"
        basis = f"{one.depth_error_km:+.0f}", f"{one.stations:,}", f"{one.record_s:.1f}", f"{one.gap_deg}"
        table.add_row(f"{one.number} {one.status}", f"+{instant(one.released_s)} s", *estimate, *basis)
    return table


def _isoseismals(found: list[Isoseismal], scale: str) -> Table:
    table = _table(f"Isoseismals, {scale}", "intensity", "area km²", "ring km²", "along km", "across km")
    for one in reversed(found):
        sizes = one.area_km2, one.ring_km2, one.along_km, one.across_km
        table.add_row(f"{numeral(one.degree)} and above", *(f"{size:,.0f}" for size in sizes))
    return table


def _stations(stations: list[Heard]) -> Table:
    shown = min(STATIONS_SHOWN, len(stations))
    title = f"Stations: the first {shown} of {len(stations):,}"
    table = _table(title, "station", "class", "km", "P s", "known s", "in report")
    for one in stations[:shown]:
        heard = f"{one.distance_km:.1f}", f"{one.p_s:.2f}", f"{one.known_s:.2f}"
        table.add_row(one.code, one.kind, *heard, str(one.first_in_report))
    return table


def _places(places: list[Felt]) -> Table:
    title = "Places, seconds after origin; lead is from the first public report to S"
    waves, shaking = ("km", "P", "S", "direct S", "lead"), ("intensity", "level", "III from", "V from", "VII from")
    table = _table(title, "place", *waves, *shaking)
    for one in places:
        begins = ("" if seconds is None else f"{seconds:.1f}" for seconds in one.begins_s.values())
        direct = "" if one.direct_s_s is None else f"{one.direct_s_s:.1f}"
        lead = "-" if one.lead_s is None else f"{one.lead_s:+.1f}"
        arrivals = f"{one.distance_km:.0f}", f"{one.p_s:.1f}", f"{one.s_s:.1f}", direct, lead
        table.add_row(one.name, *arrivals, f"{one.intensity:.1f}", one.level, *begins)
    return table

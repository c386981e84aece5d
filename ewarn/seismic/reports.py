"""The series of reports that a network releases for a quake.

The simplest form that behaves: the location is right from the first report, the magnitude grows with the record as
large quakes' do, and nothing is random. The first report comes a fixed delay after the k-th station has P.
"""

from dataclasses import dataclass, replace
from math import log10

from ewarn.errors import InputError
from ewarn.seismic.origin import Quake, Report, Status
from ewarn.seismic.stations import Stations, trigger_times
from ewarn.seismic.travel_times import TravelTimes


@dataclass(frozen=True)
class Detection:
    """How the network turns P waves into reports."""

    stations: int = 4
    """stations that must have P before a report is computed"""
    delay_s: float = 3.46
    """from then to the first release: window, telemetry, processing; median in Sichuan, Du Hang et al. 2021"""
    record_s: float = 3.0
    """seconds of P at the k-th station that the first report uses; a part of the delay"""
    interval_s: float = 2.0
    """between reports"""
    updates: int = 2
    """reports after the first, at the least; the last of them is final"""
    longest_s: float = 60.0
    """the final report comes no later than this after the first"""


def magnitude_cap(record_s: float) -> float:
    """Largest magnitude that `record_s` seconds of P can show.

    M = 2 (log10(Vr t) + 1.85) with a rupture speed Vr of 2.8 km/s: 5.2 at 2 s, 6.0 at 5 s, 7.2 at 20 s. Ours; it
    reproduces how large quakes start far too low: Maduo 2021 (7.4) was 1.8 short in its first report.
    """
    return 2 * (log10(2.8 * record_s) + 1.85)


def series(quake: Quake, stations: Stations, travel_times: TravelTimes, detection: Detection) -> list[Report]:
    """All reports of a quake, in order of release, the last of them final.

    Raises InputError where the network has fewer stations than a report needs.
    """
    triggers = trigger_times(quake.origin, stations, travel_times)
    if len(triggers) < detection.stations:
        raise InputError(f"detection.stations: {detection.stations} wanted, the network has {len(triggers)}")
    first = quake.origin.time + float(triggers[detection.stations - 1]) + detection.delay_s
    reports: list[Report] = []
    while not reports or reports[-1].status != "final":
        waited = len(reports) * detection.interval_s
        magnitude = min(quake.origin.magnitude, round(magnitude_cap(detection.record_s + waited), 1))
        settled = magnitude == quake.origin.magnitude or waited + detection.interval_s > detection.longest_s
        status: Status = "final" if settled and len(reports) >= detection.updates else "update"
        reports.append(
            Report(
                quake=quake.id,
                number=len(reports) + 1,
                status=status,
                origin=replace(quake.origin, magnitude=magnitude),
                zone=quake.zone,
                released=first + waited,
            )
        )
    return reports

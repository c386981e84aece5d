"""The series of reports that a centre releases for a quake, from what its stations had told it by then.

Every number of a report is made of the stations that had triggered, and they are listed with it. The magnitude grows
with the record as large quakes' do; errors are averages of the stations' own, and shrink as more of them trigger.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from heapq import merge
from math import exp, log10

import numpy as np
from numpy.typing import NDArray

from ewarn.errors import InputError
from ewarn.seismic.geodesy import offset_deg
from ewarn.seismic.origin import Origin, Quake, Report, Status
from ewarn.seismic.picks import Picks
from ewarn.seismic.rupture import RUPTURE_KM_S
from ewarn.seismic.stations import Network
from ewarn.seismic.travel_times import TravelTimes

Floats = NDArray[np.float64]

EVENT_SIGMA = 0.2
"""of the magnitude, common to all stations and reports of a quake"""
STEP_S, SPACING_S = 0.5, 1.0
"""how often the centre looks at what it has, and how far apart reports are at the least"""
SETTLED, SETTLED_S = 0.1, 5.0
"""a magnitude that moved no more than this in so long is settled"""
GAP_DEG, GAP_FACTOR = 180.0, 3.8
"""An azimuthal gap beyond which a location is that of a quake outside the network, and how much worse it is where the
gap is all but the whole circle: 17 km instead of 4.5."""
DEPTHS_KM = (1.0, 700.0)
"""least and greatest depth that a report says"""


@dataclass(frozen=True)
class Detection:
    """How the centre turns what it hears into reports."""

    stations: int = 4
    """that must have triggered before a report is computed"""
    window_s: float = 2.0
    """seconds of P that a station must have sent to count"""
    compute_s: float = 0.9
    """median seconds from the data to the release, the same for all reports of a quake"""
    compute_sigma_ln: float = 0.8
    """of its lognormal distribution over quakes"""
    interval_s: float = 2.0
    """seconds between reports"""
    change: float = 0.3
    """of magnitude that is released at once"""
    earliest_final_s: float = 15.0
    """seconds after origin: no final report before"""
    longest_s: float = 60.0
    """seconds after the first report by which the final one is computed; 0: the first is final"""
    silent_share: float = 0.0
    """of the stations shaken with VII or more, as many fall silent when S comes"""


@dataclass(frozen=True)
class Solution:
    """A report, and what it was computed from."""

    report: Report
    computed_s: float
    """seconds after the true origin; data that came later are not in it"""
    stations: NDArray[np.intp]
    """rows of the network that had triggered, in the order in which the centre knew"""
    magnitudes: Floats
    """each station's own, in the same order"""
    record_s: float
    """seconds of P at the station that made the report possible: no larger magnitude can be seen in it than its cap"""
    gap_deg: float
    """widest angle without a station, degrees, seen from the epicentre; 360 for a single station"""


def magnitude_cap(record_s: float) -> float:
    """Largest magnitude that `record_s` seconds of P can show.

    M = 2 (log10(Vr t) + 1.85) with a rupture speed Vr of 2.8 km/s: 5.2 at 2 s, 6.0 at 5 s, 7.2 at 20 s. Ours; it
    reproduces how large quakes start far too low: Maduo 2021 (7.4) was 1.8 short in its first report.
    """
    return 2 * (log10(RUPTURE_KM_S * max(record_s, 0.1)) + 1.85)


def first_known_s(picks_known_s: Floats, stations: int) -> Floats:
    """When `stations` of them are known, s, of the argument's shape without its last axis, the stations.

    Infinite where there are never so many.
    """
    if picks_known_s.shape[-1] < stations:
        return np.full(picks_known_s.shape[:-1], np.inf)
    return np.asarray(np.partition(picks_known_s, stations - 1, axis=-1)[..., stations - 1])


def series(
    quake: Quake, network: Network, times: TravelTimes, detection: Detection, rng: np.random.Generator
) -> list[Solution]:
    """All reports of a quake, in order of release; the last is final, or a cancel.

    Raises InputError where too few stations hear the quake.
    """
    picks = Picks.draw(quake, network, times, rng, detection.silent_share)
    common, compute = rng.standard_normal(2)
    if len(picks) < detection.stations:
        raise InputError(
            f"{quake.id}: a report takes {detection.stations} stations (detection.stations), "
            f"{len(picks)} of {len(network.stations):,} hear magnitude {quake.origin.magnitude:g}"
        )
    centre = _Centre(
        quake, picks, detection, EVENT_SIGMA * common, detection.compute_s * exp(detection.compute_sigma_ln * compute)
    )
    return centre.reports()


def interleaved(one_after_the_other: Iterable[list[Report]]) -> list[Report]:
    """Reports of several quakes in order of release; equal times by name."""
    return list(merge(*one_after_the_other, key=lambda report: (report.released, report.quake)))


class _Centre:
    """Works through the seconds of one quake."""

    def __init__(self, quake: Quake, picks: Picks, detection: Detection, common: float, compute_s: float) -> None:
        self._quake, self._picks, self._detection = quake, picks, detection
        self._common, self._compute_s = common, compute_s
        self._known_s = picks.known_s(detection.window_s)

    def reports(self) -> list[Solution]:
        first_s = float(first_known_s(self._known_s, self._detection.stations))
        alarm, solutions = self._quake.false_alarm, [self._solve(first_s, 1)]
        if alarm:
            step_s = alarm.cancelled_after_s / (alarm.updates + 1)
            solutions += [self._solve(first_s + step_s * nth, nth + 1) for nth in range(1, alarm.updates + 2)]
            return [*solutions[:-1], _with_status(solutions[-1], "cancel")]
        if self._detection.longest_s == 0:
            return [_with_status(solutions[0], "final")]
        history = [(first_s, solutions[0].report.origin.magnitude)]
        while solutions[-1].report.status != "final":
            # Counted, not added up, so that half an hour of steps ends where it should.
            now_s = first_s + STEP_S * len(history)
            found = self._solve(now_s, len(solutions) + 1)
            history.append((now_s, found.report.origin.magnitude))
            if now_s - first_s >= self._detection.longest_s or self._settled(history, found):
                solutions.append(_with_status(found, "final"))
            elif self._worth_telling(solutions[-1], found):
                solutions.append(found)
        return solutions

    def _worth_telling(self, last: Solution, found: Solution) -> bool:
        moved = abs(found.report.origin.magnitude - last.report.origin.magnitude)
        waited_s = found.computed_s - last.computed_s
        # Magnitudes are told in tenths.
        enough = waited_s >= self._detection.interval_s or moved > self._detection.change - 0.05
        return waited_s >= SPACING_S and enough

    def _settled(self, history: list[tuple[float, float]], found: Solution) -> bool:
        now_s, magnitude = history[-1]
        if now_s < self._detection.earliest_final_s or now_s - history[0][0] < SETTLED_S:
            return False
        lately = [one for when, one in history if when >= now_s - SETTLED_S]
        # A record that may still be too short for what is in it is waited for.
        return max(lately) - min(lately) < SETTLED + 0.05 and magnitude_cap(found.record_s) > magnitude

    def _solve(self, now_s: float, number: int) -> Solution:
        picks, truth = self._picks, self._quake.origin
        here = self._known_s <= now_s
        sent_s = now_s - picks.delay_s[here]
        silent = picks.silent_s[here] < sent_s
        # A station that is still there is better than one that fell silent before it.
        by_p = np.lexsort((picks.p_s[here], silent))
        kth = by_p[min(self._detection.stations, len(by_p)) - 1]
        record_s = float((np.minimum(sent_s, picks.silent_s[here]) - picks.p_s[here])[kth])
        if self._quake.false_alarm:
            magnitudes = np.full(len(sent_s), self._quake.false_alarm.magnitude)
        else:
            seen = min(truth.magnitude, magnitude_cap(record_s)) + self._common
            magnitudes = seen + picks.magnitude_error[here]
        gap = azimuthal_gap(picks.azimuth_deg[here])
        report = Report(
            quake=self._quake.id,
            number=number,
            status="update",
            origin=_estimate(truth, float(magnitudes.mean()), picks.location_error[here].mean(axis=0), gap),
            zone=self._quake.zone,
            released=truth.time + now_s + self._compute_s,
        )
        return Solution(report, now_s, picks.station[here], magnitudes, record_s, gap)


def _estimate(truth: Origin, magnitude: float, error: Floats, gap_deg: float) -> Origin:
    """The truth with the stations' mean error, as bulletins round it: hundredths of a degree, km, tenths."""
    worse = gap_factor(gap_deg)
    east, north, depth, late = error
    step_north, step_east = offset_deg(truth.latitude, east * worse, north * worse)
    return Origin(
        time=round(truth.time + float(late), 3),
        latitude=round(float(np.clip(truth.latitude + step_north, -90, 90)), 2),
        longitude=round((truth.longitude + float(step_east) + 180) % 360 - 180, 2),
        depth_km=float(round(float(np.clip(truth.depth_km + depth * worse, *DEPTHS_KM)))),
        magnitude=round(float(np.clip(magnitude, 0, 10)), 1),
    )


def gap_factor(gap_deg: float) -> float:
    """By how much a location is worse for its azimuthal gap: 1 to `GAP_FACTOR`."""
    return 1 + (GAP_FACTOR - 1) * max(gap_deg - GAP_DEG, 0.0) / (360 - GAP_DEG)


def _with_status(solution: Solution, status: Status) -> Solution:
    return replace(solution, report=replace(solution.report, status=status))


def azimuthal_gap(azimuths_deg: Floats) -> float:
    """Widest angle between neighbouring directions, degrees; 360 for a single one."""
    ordered = np.sort(azimuths_deg)
    return float(np.diff(ordered, append=ordered[0] + 360).max())

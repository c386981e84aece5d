"""The series of reports that a centre releases for a quake, from what its stations had told it by then.

Every number of a report is made of the stations that had triggered, and they are listed with it. The magnitude grows
with the record as large quakes' do. Errors are averages of the stations' own, which shrink as more of them trigger, and
what all reports of a quake have in common, which does not (`estimates`). `bulletins` says what is told, and till when.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from heapq import merge

import numpy as np
from numpy.typing import NDArray

from ewarn.errors import InputError
from ewarn.seismic.bulletins import Bulletins, Detection
from ewarn.seismic.earth import Earth
from ewarn.seismic.estimates import Common, delay_s, magnitude_cap, station_magnitudes
from ewarn.seismic.geodesy import offset_deg, wrapped
from ewarn.seismic.origin import Origin, Quake, Report, Status
from ewarn.seismic.picks import Picks
from ewarn.seismic.stations import Network

Floats = NDArray[np.float64]

GAP_DEG, GAP_FACTOR = 180.0, 3.8
"""An azimuthal gap beyond which a location is that of a quake outside the network, and how much worse it is where the
gap is all but the whole circle: 17 km instead of 4.5."""
DEPTHS_KM = (1.0, 700.0)
"""least and greatest depth that a report says"""


@dataclass(frozen=True)
class Solution:
    """A report, and what it was computed from."""

    report: Report
    computed_s: float
    """Seconds after the true origin when the centre begins to compute it: stations that were known later are not in it.
    Magnitudes are read at its end, from what the stations have sent by then."""
    stations: NDArray[np.intp]
    """rows of the network that had triggered, in the order in which the centre knew"""
    magnitudes: Floats
    """each station's own, in the same order"""
    weights: Floats
    """how much each counts, in the same order: seconds of P that it has sent, as many as are read"""
    record_s: float
    """their mean, by weight and of logarithms: its cap is the mean of the stations' caps"""
    gap_deg: float
    """widest angle without a station, degrees, seen from the epicentre; 360 for a single station"""


def first_known_s(picks_known_s: Floats, stations: int) -> Floats:
    """When `stations` of them are known, s, of the argument's shape without its last axis, the stations.

    Infinite where there are never so many.
    """
    if picks_known_s.shape[-1] < stations:
        return np.full(picks_known_s.shape[:-1], np.inf)
    return np.asarray(np.partition(picks_known_s, stations - 1, axis=-1)[..., stations - 1])


def series(
    quake: Quake, network: Network, earth: Earth, detection: Detection, rng: np.random.Generator
) -> list[Solution]:
    """All reports of a quake, in order of release; the last is final, or a cancel.

    Raises InputError where too few stations hear the quake.
    """
    picks = Picks.draw(quake, network, earth, rng, detection.silent_share)
    # Of their own, so that no number of stations changes them.
    of_quake = rng.spawn(1)[0]
    if len(picks) < detection.stations:
        raise InputError(
            f"{quake.id}: a report takes {detection.stations} stations (detection.stations), "
            f"{len(picks)} of {len(network.stations):,} hear magnitude {quake.origin.magnitude:g}"
        )
    compute_s = delay_s(of_quake.random(), detection.compute_s, detection.compute_sigma_ln, detection.compute_most)
    return _Centre(quake, picks, detection, Common.draw(of_quake), float(compute_s)).reports()


def interleaved(one_after_the_other: Iterable[list[Report]]) -> list[Report]:
    """Reports of several quakes in order of release; equal times by name."""
    return list(merge(*one_after_the_other, key=lambda report: (report.released, report.quake)))


class _Centre:
    """Works through the seconds of one quake."""

    def __init__(self, quake: Quake, picks: Picks, detection: Detection, common: Common, compute_s: float) -> None:
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
        rule = Bulletins(self._detection, np.array([first_s]), *_seen(*self._magnitudes(first_s)))
        while solutions[-1].report.status != "final":
            rule.step += 1
            now_s = float(rule.now_s[0])
            told, final = rule.tell(*_seen(*self._magnitudes(now_s)))
            if told[0]:
                found = self._solve(now_s, len(solutions) + 1)
                solutions.append(_with_status(found, "final") if final[0] else found)
        return solutions

    def _magnitudes(self, now_s: float) -> tuple[Floats, Floats]:
        """Of each station that is known, the first to be known first: its own magnitude, and how much it counts."""
        picks = self._picks
        here = slice(0, int(np.searchsorted(self._known_s, now_s, side="right")))
        # Magnitudes are read last, when the report leaves.
        sent_s = np.minimum(now_s + self._compute_s - picks.delay_s[here], picks.silent_s[here]) - picks.p_s[here]
        magnitudes, weights = station_magnitudes(
            self._quake.origin.magnitude,
            np.minimum(sent_s, self._detection.longest_p_s),
            picks.magnitude_error[here],
            self._common.magnitude,
            self._common.cap,
        )
        if self._quake.false_alarm:
            magnitudes = np.full(len(sent_s), self._quake.false_alarm.magnitude)
        return magnitudes, weights

    def _solve(self, now_s: float, number: int) -> Solution:
        magnitudes, weights = self._magnitudes(now_s)
        picks, truth, here = self._picks, self._quake.origin, slice(0, len(weights))
        gap = azimuthal_gap(picks.azimuth_deg[here])
        magnitude = float(np.average(magnitudes, weights=weights))
        report = Report(
            quake=self._quake.id,
            number=number,
            status="update",
            origin=_estimate(truth, magnitude, picks.location_error[here], self._common, gap),
            zone=self._quake.zone,
            released=truth.time + now_s + self._compute_s,
        )
        record = float(np.exp(np.average(np.log(weights), weights=weights)))
        return Solution(report, now_s, picks.station[here], magnitudes, weights, record, gap)


def _seen(magnitudes: Floats, weights: Floats) -> tuple[Floats, Floats]:
    """What the rule goes by: the magnitude before it is rounded, and its cap; each of shape (1,)."""
    total = weights.sum()
    return np.array([magnitudes @ weights / total]), np.array([magnitude_cap(weights) @ weights / total])


def _estimate(truth: Origin, magnitude: float, errors: Floats, common: Common, gap_deg: float) -> Origin:
    """The truth with its errors, the quake's and the stations' mean, rounded as in bulletins."""
    worse = gap_factor(gap_deg)
    east, north, depth, late = errors.mean(axis=0)
    step_north, step_east = offset_deg(
        truth.latitude, (east + common.east_km) * worse, (north + common.north_km) * worse
    )
    depth_km = truth.depth_km + common.depth_km + depth * worse
    return Origin(
        time=round(truth.time + float(late), 3),
        latitude=round(float(np.clip(truth.latitude + step_north, -90, 90)), 2),
        longitude=round(float(wrapped(truth.longitude + step_east)), 2),
        depth_km=float(round(float(np.clip(depth_km, *DEPTHS_KM)))),
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

"""The judge: compares what was received with what was promised. Pure."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from msgspec import UNSET, UnsetType
from numpy.typing import NDArray

from ewarn.seismic.intensity import LEVELS
from ewarn.verdict import checks, timed
from ewarn.verdict.blind_zone import effective_km
from ewarn.verdict.bounds import lost_swarms
from ewarn.verdict.budgets import Budgets
from ewarn.verdict.displacement import displacement, least_and_most
from ewarn.verdict.document import (
    BeforeNext,
    Between,
    BlindZones,
    Check,
    Delivery,
    Displacement,
    Harness,
    Lead,
    OfLevel,
    Warned,
)
from ewarn.verdict.evidence import Evidence
from ewarn.verdict.fate import FINAL, Fate, counts, of_play
from ewarn.verdict.observed import Observed, Released, Truth
from ewarn.verdict.percentiles import finite, percentile, summary
from ewarn.words import Said, say

LEAD_POINTS = {"p10": 0.1, "p50": 0.5, "p90": 0.9}
"""percentiles of lead time that are given"""


@dataclass(frozen=True)
class Verdict:
    """The judgement of one drill."""

    reports: tuple[Delivery, ...]
    checks: tuple[Check, ...]
    warned: Warned
    harness: Harness
    first: int | None
    """number of the first report that was released to the public; None: there was none"""

    @property
    def passed(self) -> bool:
        """No check failed."""
        return all(check.passed is not False for check in self.checks)

    @property
    def exit_code(self) -> int:
        """0 passed, 3 a check failed, 4 the measurement cannot be trusted."""
        return 4 if self.harness.untrusted else 0 if self.passed else 3


def judge(
    reports: Sequence[Released],
    observed: Observed,
    truth: Truth,
    budgets: Budgets,
    reach_km: Callable[[float], float],
) -> Verdict:
    """Judge one drill by what users received.

    The first report is the first that was public: due to one user at least. `reach_km` gives how far S has come, km, so
    many seconds after origin.
    """
    of = Evidence(reports, observed, truth, budgets)
    return Verdict(
        reports=tuple(_delivery(of, row) for row in range(len(reports))),
        checks=checks.look_at(of),
        warned=_warned(of, reach_km),
        harness=_harness(of),
        first=None if of.first is None else reports[of.first].number,
    )


def _delivery(of: Evidence, row: int) -> Delivery:
    report, due = of.reports[row], of.due[row]
    read, newer = of.read[row][due], of.newer[row][due]
    delivered, superseded = int(np.isfinite(read).sum()), int((~np.isfinite(read) & newer).sum())
    strayed, between = _displacement(of, row)
    return Delivery(
        number=report.number,
        status=report.status,
        release_s=round(report.release_s, 3),
        magnitude=report.magnitude,
        targets=len(read),
        delivered=delivered,
        superseded=superseded,
        missing=len(read) - delivered - superseded,
        held_back=len(due) - len(read),
        duplicates=int(of.observed.duplicates[row]),
        out_of_order=int(of.observed.out_of_order[row]),
        delivery_ms=summary(read * 1e3),
        last_ms=finite(float(read[np.isfinite(read)].max(initial=-np.inf)) * 1e3, 3),
        before_next=_before_next(read, float(of.next_s[row])),
        displacement=strayed,
        displacement_between=between,
    )


def _displacement(of: Evidence, row: int) -> tuple[Displacement, Between | UnsetType]:
    """From the order that was meant, and what it can be where several clocks took part."""
    seen, latest = of.observed, of.kernel[row]
    ideal = np.full_like(latest, np.nan) if seen.ideal is None else seen.ideal[row]
    if seen.earliest is None:
        return displacement(ideal, latest), UNSET
    return displacement(ideal, latest), least_and_most(ideal, of.earliest_kernel[row], latest, seen.on)


def _before_next(read: NDArray[np.float64], next_s: float) -> BeforeNext | None:
    """`read` is from release to reading, seconds, infinite for never, of the users to whom the report was due."""
    return BeforeNext(next_s=round(next_s, 3), users=int((read < next_s).sum())) if np.isfinite(next_s) else None


def _warned(of: Evidence, reach_km: Callable[[float], float]) -> Warned:
    """Lead time is judged by the first warning of any number that a user read, against the true S at their home.

    Lead time, levels and the effective blind zone are of the users to whom a warning was due; the others asked for
    none, or needed none.
    """
    truth, follows = of.truth, of.observed.follows
    release_s = np.array([report.release_s for report in of.reports])[:, None]
    fates, read_s, due_from_s = of_play(
        truth.s_s,
        release_s,
        release_s + of.read,
        due=of.public if of.went_out.any() else of.due,
        counts_as_warning=of.warnings,
        alarms=of.alarms,
        follows=True if follows is None else follows,
    )
    asked, in_time = np.isfinite(due_from_s), fates == Fate.IN_TIME
    lead_s, found = (truth.s_s - read_s)[asked], counts(fates)
    # S has passed the theoretical zone before anyone could read: it counts even where no user lives in it.
    theoretical_km = np.inf if of.first is None else reach_km(of.reports[of.first].release_s)
    effective = max(theoretical_km, effective_km(truth.distance_km[asked], in_time[asked]))
    return Warned(
        **{fate.key: found[fate.key] for fate in FINAL if fate is not Fate.SUPERSEDED},
        lead_s=Lead(**{name: finite(percentile(lead_s, share), 2) for name, share in LEAD_POINTS.items()}),
        by_level={level: _of_level(truth.level == level, asked, in_time) for level in reversed(LEVELS)},
        blind_zone_km=BlindZones(theoretical=finite(theoretical_km, 1), effective=finite(effective, 1)),
    )


def _of_level(there: NDArray[np.bool_], asked: NDArray[np.bool_], in_time: NDArray[np.bool_]) -> OfLevel:
    return OfLevel(users=int((there & asked).sum()), in_time=int((there & asked & in_time).sum()))


def _harness(of: Evidence) -> Harness:
    observed, read, kernel = of.observed, of.read[of.warnings], of.kernel[of.warnings]
    stamped = np.isfinite(kernel)
    untrusted = [say("doubt.host-lost", name, why) for name, why in lost_swarms(observed.fleet)]
    return Harness(
        stamped=int(stamped.sum()),
        lag_ms=summary((read[stamped] - kernel[stamped]) * 1e3),
        checked_frames=observed.checked,
        wrong_frames=observed.wrong,
        cut_short=observed.cut_short,
        untrusted=(*untrusted, *observed.disagreements, *timed.doubts(of), *_bottlenecks(of)),
    )


def _bottlenecks(of: Evidence) -> Iterator[Said]:
    """Of the times that are promised, those that were missed at the clients' read and met at their kernels.

    A receipt's two instants are of one clock: both are taken at the same end of their bounds, at either.
    """
    budgets, first, warned = of.budgets, of.first or 0, of.warnings
    ends = [(of.read, of.kernel), (of.earliest_read, of.earliest_kernel)]
    stamped = np.isfinite(of.kernel)
    for name, limit, share, which in (
        ("delivery", budgets.delivery_s, 1.0, stamped & warned[:, None]),
        ("epicentre", budgets.epicentre_s, 0.99, stamped & of.near & (np.arange(len(warned)) == first)[:, None]),
    ):
        for read, kernel in ends:
            at_read, at_kernel = percentile(read[which], share), percentile(kernel[which], share)
            if at_kernel <= limit < at_read:
                times = f"{at_read:.3f}", f"{at_kernel:.3f}", f"{limit:g}"
                yield say("doubt.bottleneck", say(f"doubt.{name}"), *times)
                break

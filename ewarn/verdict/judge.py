"""The judge: compares what was received with what was promised. Pure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ewarn.verdict import checks
from ewarn.verdict.blind_zone import effective_km
from ewarn.verdict.budgets import Budgets
from ewarn.verdict.checks import Check
from ewarn.verdict.displacement import displacement
from ewarn.verdict.fate import FINAL, Fate, alarms_of, counts, first_due, first_public, first_read, newer_read, of_users
from ewarn.verdict.observed import Observed, Released, Truth
from ewarn.verdict.percentiles import finite, percentile, summary
from ewarn.verdict.receipts import NEVER

Floats = NDArray[np.float64]
LEAD_POINTS = {"p10": 0.1, "p50": 0.5, "p90": 0.9}
"""percentiles of lead time that are given"""


@dataclass(frozen=True)
class Verdict:
    """The judgement of one drill."""

    reports: list[dict[str, Any]]
    """of each, users by what came of it, and its delivery"""
    checks: list[Check]
    warned: dict[str, Any]
    """users by their fate, their lead time (s) and the blind zones (km); None in there: never, or nobody was warned"""
    harness: dict[str, Any]
    """whether the swarm measured well, and in `untrusted` why it did not, in words"""
    first: int | None
    """number of the first report that was released to the public; None: there was none"""

    @property
    def passed(self) -> bool:
        """No check failed."""
        return all(check.passed is not False for check in self.checks)

    @property
    def exit_code(self) -> int:
        """0 passed, 3 a check failed, 4 the measurement cannot be trusted."""
        return 4 if self.harness["untrusted"] else 0 if self.passed else 3


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
    receipts = observed.receipts.reshape(len(reports), -1)
    read, kernel = _delivery_s(receipts, "read"), _delivery_s(receipts, "kernel")
    release_s = np.array([report.release_s for report in reports])
    due = np.ones(read.shape, np.bool_) if observed.due is None else observed.due
    # The quick report tells of what is over: it must reach everyone, but nobody is in a hurry for it.
    warnings = np.array([report.counts_as_warning for report in reports])
    alarms = alarms_of(reports)
    went_out = (receipts["released"] != NEVER).all(axis=1)
    # A report that never went out, as the drill was cut short, was no public one; it is missing all the same.
    public = due & went_out[:, None]
    planned, first = first_public(due, alarms), first_public(public, alarms)
    near = np.zeros(read.shape[1], np.bool_)
    if first is not None:
        near = (truth.distance_km <= budgets.epicentre_km) & (truth.s_s > release_s[first]) & due[first]
    newer = newer_read(np.isfinite(read), warnings)
    found = [
        checks.first_report(reports, first, planned, truth, budgets),
        checks.delivery(read[warnings], due[warnings], budgets),
        checks.epicentre(None if first is None else read[first], near, budgets),
        checks.reach(read, newer, due, budgets),
        checks.share_of("content", observed.checked - observed.wrong, observed.checked),
        checks.none_of("once_and_in_order", int(observed.duplicates.sum() + observed.out_of_order.sum())),
    ]
    if observed.left_behind is not None:
        found.append(checks.none_of("slow_end_on_newest", observed.left_behind))
    if not due.all():
        found.append(checks.none_of("held_back", int((np.isfinite(read) & ~due).sum())))
    ideal = np.full_like(kernel, np.nan) if observed.ideal is None else observed.ideal
    rows = zip(reports, read, due, newer, observed.duplicates, observed.out_of_order, ideal, kernel, strict=True)
    return Verdict(
        reports=[
            _report(report, row, to, newest, int(duplicates), int(out_of_order))
            | {"displacement": displacement(score, at)}
            for report, row, to, newest, duplicates, out_of_order, score, at in rows
        ],
        checks=found,
        warned=_warned(reports, first, read, public if went_out.any() else due, observed.follows, truth, reach_km),
        harness=_harness(
            read[warnings], kernel[warnings], (read[first or 0], kernel[first or 0], near), observed, budgets
        ),
        first=None if first is None else reports[first].number,
    )


def _delivery_s(receipts: NDArray[Any], field: str) -> Floats:
    """From release to `field`, seconds, infinite for never; shape (reports, users)."""
    never = (receipts[field] == NEVER) | (receipts["released"] == NEVER)
    return np.where(never, np.inf, (receipts[field] - receipts["released"]) / 1e9)


def _report(
    report: Released,
    read: Floats,
    due: NDArray[np.bool_],
    newer: NDArray[np.bool_],
    duplicates: int,
    out_of_order: int,
) -> dict[str, Any]:
    users, read, newer = len(read), read[due], newer[due]
    delivered, superseded = int(np.isfinite(read).sum()), int((~np.isfinite(read) & newer).sum())
    return {
        "number": report.number,
        "status": report.status,
        "release_s": round(report.release_s, 3),
        "magnitude": report.magnitude,
        "targets": len(read),
        "delivered": delivered,
        "superseded": superseded,
        "missing": len(read) - delivered - superseded,
        "held_back": users - len(read),
        "duplicates": duplicates,
        "out_of_order": out_of_order,
        "delivery_ms": summary(read * 1e3),
    }


def _warned(
    reports: Sequence[Released],
    first: int | None,
    read: Floats,
    due: NDArray[np.bool_],
    follows: NDArray[np.bool_] | None,
    truth: Truth,
    reach_km: Callable[[float], float],
) -> dict[str, Any]:
    """Lead time is judged by the first warning of any number that a user read, against the true S at their home.

    Lead time, levels and the effective blind zone are of the users to whom a warning was due; the others asked for
    none, or needed none.
    """
    release_s = np.array([report.release_s for report in reports])
    first_s = np.inf if first is None else release_s[first]
    warnings, alarms = (
        np.array([getattr(one, name) for one in reports]) for name in ("counts_as_warning", "may_alarm")
    )
    row = first_due(due, alarms)
    read_s = first_read(release_s[:, None] + read, warnings, alarms, row < len(reports))
    fates = of_users(
        truth.s_s,
        read_s,
        first_public_s=first_s,
        due_from_s=np.append(release_s, np.inf)[row],
        follows=True if follows is None else follows,
    )
    asked, in_time = row < len(reports), fates == Fate.IN_TIME
    lead_s, found = (truth.s_s - read_s)[asked], counts(fates)
    # S has passed the theoretical zone before anyone could read: it counts even where no user lives in it.
    theoretical_km = np.inf if first is None else reach_km(float(first_s))
    effective = max(theoretical_km, effective_km(truth.distance_km[asked], in_time[asked]))
    return {
        **{fate.key: found[fate.key] for fate in FINAL if fate is not Fate.SUPERSEDED},
        "lead_s": {name: finite(percentile(lead_s, share), 2) for name, share in LEAD_POINTS.items()},
        "by_level": {
            level: {"users": int((there & asked).sum()), "in_time": int((there & asked & in_time).sum())}
            for level in ("red", "orange", "yellow", "blue")
            for there in [truth.level == level]
        },
        "blind_zone_km": {"theoretical": finite(theoretical_km, 1), "effective": finite(effective, 1)},
    }


def _harness(
    read: Floats,
    kernel: Floats,
    epicentre: tuple[Floats, Floats, NDArray[np.bool_]],
    observed: Observed,
    budgets: Budgets,
) -> dict[str, Any]:
    """`epicentre`: read and kernel of the first report, and who is near."""
    stamped = np.isfinite(kernel)
    untrusted = list(observed.disagreements)
    first_read, first_kernel, near = epicentre
    for name, limit, share, reads, arrivals, which in (
        ("delivery", budgets.delivery_s, 1.0, read, kernel, stamped),
        ("epicentre", budgets.epicentre_s, 0.99, first_read, first_kernel, near & np.isfinite(first_kernel)),
    ):
        at_read, at_kernel = percentile(reads[which], share), percentile(arrivals[which], share)
        if at_kernel <= limit < at_read:
            untrusted.append(
                f"{name}: the sampled frames were read after {at_read:.3f} s but had arrived after {at_kernel:.3f} s, "
                f"limit {limit:g} s: the harness was the bottleneck"
            )
    return {
        "stamped": int(stamped.sum()),
        "lag_ms": summary((read[stamped] - kernel[stamped]) * 1e3),
        "checked_frames": observed.checked,
        "wrong_frames": observed.wrong,
        "cut_short": observed.cut_short,
        "untrusted": untrusted,
    }

"""Each promise held against what was received. Pure; times in seconds, infinite for never."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ewarn.verdict.budgets import Budgets
from ewarn.verdict.observed import Released, Truth
from ewarn.verdict.percentiles import finite, percentile

Floats = NDArray[np.float64]
DIGITS = 9
"""of a share: one in fifty million users who was missed is seen"""
MOST_SAID = 3
"""reports that were not public of which each is told"""
NOBODY = "not shown: no report was due to anyone"
NOT_PUBLIC = "not shown: no warning was released to the public"


@dataclass(frozen=True)
class Check:
    """One comparison with a promise."""

    name: str
    measured: float | None
    """in `unit`; None: infinite, or nothing to measure"""
    limit: float
    """in `unit`; what is measured may be as much"""
    unit: str
    """s, share or frames"""
    passed: bool | None
    """None: not shown, as `note` says, such as within the limit, but not at the number of users promised"""
    users: int | None = None
    """of whom it was measured; None: it is not by user"""
    promised_users: int | None = None
    """to whom it is promised; None: to no number of them"""
    note: str | None = None
    """why `passed` is None, in words"""
    held_back: str | None = None
    """which earlier reports were not public, from whom they were held back and by which gate; None: there were none"""
    landed: int | None = None
    """users who had read within the limit, of the report that fewest had; None for checks of other things"""


def first_report(
    reports: Sequence[Released], first: int | None, planned: int | None, truth: Truth, budgets: Budgets
) -> Check:
    """When the first public report was out.

    `first` is its row, `planned` that of the one that was to be: None where there was none.
    """
    check = Check("first_report", None, budgets.first_report_s, "s", None, held_back=_not_public(reports, first))
    if planned is None:
        return replace(check, note=NOT_PUBLIC)
    measured = float("inf") if first is None else reports[first].release_s
    passed: bool | None = measured <= budgets.first_report_s
    note = None
    if passed and truth.magnitude < (least := budgets.first_report_magnitude):
        passed, note = None, f"within, but nothing is promised below magnitude {least:g}"
    return replace(check, measured=finite(measured, 3), passed=passed, note=note)


def _not_public(reports: Sequence[Released], first: int | None) -> str | None:
    """Of the warnings before the first public one: from whom they were held back, and by what."""
    earlier = [report for report in reports[:first] if report.may_alarm and report.held_back]
    said = [f"report {one.number} (M {one.magnitude:.1f}) was held back {one.held_back}" for one in earlier]
    if len(said) > MOST_SAID:
        said = [*said[: MOST_SAID - 1], f"so were {len(said) - MOST_SAID + 1} more"]
    return "; ".join(said) or None


def delivery(read: Floats, due: NDArray[np.bool_], budgets: Budgets) -> Check:
    """From release to the last user's reading, of the slowest report; both arrays of shape (reports, users)."""
    if not due.any():
        return Check("delivery", None, budgets.delivery_s, "s", None, 0, budgets.delivery_users, NOBODY)
    slowest = np.where(due, read, -np.inf).max(axis=1)
    worst = int(slowest.argmax())
    check = _at_scale(
        "delivery", float(slowest[worst]), budgets.delivery_s, int(due[worst].sum()), budgets.delivery_users
    )
    landed = ((read <= budgets.delivery_s) & due).sum(axis=1)
    return replace(check, landed=int(landed[due.any(axis=1)].min()))


def epicentre(read: Floats | None, near: NDArray[np.bool_], budgets: Budgets) -> Check:
    """`read` is of the first public report; None: there was none."""
    if read is None:
        return Check("epicentre", None, budgets.epicentre_s, "s", None, 0, budgets.epicentre_users, NOT_PUBLIC)
    users, measured = int(near.sum()), percentile(read[near], 0.99)
    check = _at_scale("epicentre", measured, budgets.epicentre_s, users, budgets.epicentre_users)
    if users >= budgets.epicentre_fewest:
        return check
    return replace(check, passed=None, note=f"not shown: {users:,} users near, fewer than {budgets.epicentre_fewest:,}")


def _at_scale(name: str, measured: float, limit: float, users: int, promised: int) -> Check:
    """A limit kept with fewer users than promised shows nothing of the promise; one broken is broken."""
    passed: bool | None = measured <= limit
    note = None
    if passed and users < promised:
        passed, note = None, f"within, at {users:,} of {promised:,} users"
    return Check(name, finite(measured, 4), limit, "s", passed, users, promised, note)


def reach(read: Floats, newer: NDArray[np.bool_], due: NDArray[np.bool_], budgets: Budgets) -> Check:
    """Share that ended up with a report or a newer one, of the report that fewest did; arrays (reports, users)."""
    reached = np.isfinite(read) | newer
    shares = [float(row[to].mean()) for row, to in zip(reached, due, strict=True) if to.any()]
    if not shares:
        return Check("reach", None, budgets.reach, "share", None, note=NOBODY)
    share = min(shares)
    return Check("reach", round(share, DIGITS), budgets.reach, "share", share >= budgets.reach)


def share_of(name: str, good: int, of: int) -> Check:
    """A check that all of some frames are good; of no frames there is nothing to say."""
    if not of:
        return Check(name, None, 1.0, "share", None, note="not shown: no frame was sampled")
    return Check(name, round(good / of, DIGITS), 1.0, "share", good == of)


def none_of(name: str, count: int) -> Check:
    """A check that something never happened."""
    return Check(name, count, 0, "frames", count == 0)

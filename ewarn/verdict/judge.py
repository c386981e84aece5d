"""The judge: compares what was received with what was promised. Pure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ewarn.seismic.origin import Bulletin, Status
from ewarn.verdict.blind_zone import effective_km
from ewarn.verdict.budgets import Budgets
from ewarn.verdict.displacement import displacement
from ewarn.verdict.fate import FINAL, Fate, counts, first_due, first_public, first_read, newer_read, of_users
from ewarn.verdict.percentiles import finite, percentile, summary
from ewarn.verdict.receipts import NEVER

Floats = NDArray[np.float64]
MOST_SAID = 3
"""reports that were not public of which each is told"""
LEAD_POINTS = {"p10": 0.1, "p50": 0.5, "p90": 0.9}
"""percentiles of lead time that are given"""
NOBODY = "not shown: no report was due to anyone"
NOT_PUBLIC = "not shown: no warning was released to the public"


@dataclass(frozen=True)
class Released(Bulletin):
    """What the judge needs to know of a report."""

    number: int
    """1, 2, ..."""
    status: Status
    release_s: float
    """seconds after the true origin, as handed over"""
    magnitude: float
    """the report's own, not the true one"""
    held_back: str = ""
    """from whom and by which gate, in words; empty where it was for everyone"""


@dataclass(frozen=True)
class Truth:
    """What the quake really does to each user; arrays of shape (users,)."""

    magnitude: float
    """the true one, not a report's"""
    distance_km: Floats
    """from the epicentre"""
    s_s: Floats
    """first S, seconds after origin"""
    level: NDArray[np.str_]
    """level of the warning that the true local intensity would call for"""


@dataclass(frozen=True)
class Observed:
    """What a drill saw. `receipts` has one row a user and report, by report and then user (dtype `RECEIPT`)."""

    receipts: NDArray[Any]
    duplicates: NDArray[np.int64]
    """by report"""
    out_of_order: NDArray[np.int64]
    """by report: receipts that came after a newer report's"""
    connected: int
    """users who are connected as the drill begins"""
    checked: int
    """frames of sampled users that were computed anew"""
    wrong: int
    """of these, frames that said something else"""
    disagreements: Sequence[str]
    """sums of the swarm that must agree and do not"""
    due: NDArray[np.bool_] | None = None
    """shape (reports, users): not for who follows no place, nor for whom a gate held it back from; None: for all"""
    follows: NDArray[np.bool_] | None = None
    """shape (users,): follows a place; None: all do"""
    ideal: Floats | None = None
    """scores of the order that was meant, lowest first; shape (reports, users), NaN where not known; None: no order"""
    cut_short: str | None = None
    """why the drill could not release all its reports; None: it did"""
    left_behind: int | None = None
    """slow clients that ended on another report than the last; None: there were none"""


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
    first = first_public(due, np.array([report.may_alarm for report in reports]))
    near = np.zeros(read.shape[1], np.bool_)
    if first is not None:
        near = (truth.distance_km <= budgets.epicentre_km) & (truth.s_s > release_s[first]) & due[first]
    newer = newer_read(np.isfinite(read), warnings)
    checks = [
        _first_report(reports, first, receipts, truth, budgets),
        _delivery(read[warnings], due[warnings], budgets),
        _epicentre(None if first is None else read[first], near, budgets),
        _reach(read, newer, due, budgets),
        _share("content", observed.checked - observed.wrong, observed.checked),
        _none("once_and_in_order", int(observed.duplicates.sum() + observed.out_of_order.sum())),
    ]
    if observed.left_behind is not None:
        checks.append(_none("slow_end_on_newest", observed.left_behind))
    if not due.all():
        checks.append(_none("held_back", int((np.isfinite(read) & ~due).sum())))
    ideal = np.full_like(kernel, np.nan) if observed.ideal is None else observed.ideal
    rows = zip(reports, read, due, newer, observed.duplicates, observed.out_of_order, ideal, kernel, strict=True)
    return Verdict(
        reports=[
            _report(report, row, to, newest, int(duplicates), int(out_of_order))
            | {"displacement": displacement(score, at)}
            for report, row, to, newest, duplicates, out_of_order, score, at in rows
        ],
        checks=checks,
        warned=_warned(reports, first, read, due, observed.follows, truth, reach_km),
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


def _first_report(
    reports: Sequence[Released], first: int | None, receipts: NDArray[Any], truth: Truth, budgets: Budgets
) -> Check:
    check = Check("first_report", None, budgets.first_report_s, "s", None, held_back=_not_public(reports, first))
    if first is None:
        return replace(check, note=NOT_PUBLIC)
    went_out = bool((receipts["released"][first] != NEVER).all())
    measured = reports[first].release_s if went_out else float("inf")
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


def _delivery(read: Floats, due: NDArray[np.bool_], budgets: Budgets) -> Check:
    if not due.any():
        return Check("delivery", None, budgets.delivery_s, "s", None, 0, budgets.delivery_users, NOBODY)
    slowest = np.where(due, read, -np.inf).max(axis=1)
    worst = int(slowest.argmax())
    check = _at_scale(
        "delivery", float(slowest[worst]), budgets.delivery_s, int(due[worst].sum()), budgets.delivery_users
    )
    landed = ((read <= budgets.delivery_s) & due).sum(axis=1)
    return replace(check, landed=int(landed[due.any(axis=1)].min()))


def _epicentre(read: Floats | None, near: NDArray[np.bool_], budgets: Budgets) -> Check:
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


def _reach(read: Floats, newer: NDArray[np.bool_], due: NDArray[np.bool_], budgets: Budgets) -> Check:
    reached = np.isfinite(read) | newer
    shares = [float(row[to].mean()) for row, to in zip(reached, due, strict=True) if to.any()]
    if not shares:
        return Check("reach", None, budgets.reach, "share", None, note=NOBODY)
    share = min(shares)
    return Check("reach", round(share, 6), budgets.reach, "share", share >= budgets.reach)


def _share(name: str, good: int, of: int) -> Check:
    """A check that all of some frames are good; of no frames there is nothing to say."""
    if not of:
        return Check(name, None, 1.0, "share", None, note="not shown: no frame was sampled")
    return Check(name, round(good / of, 6), 1.0, "share", good == of)


def _none(name: str, count: int) -> Check:
    return Check(name, count, 0, "frames", count == 0)


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

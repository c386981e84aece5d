"""Each promise held against what was received. Pure; times in seconds, infinite for never.

`CHECKS` is where all of them stand: what is in there is judged, and shown in every view.
"""

from collections.abc import Callable

import numpy as np
from msgspec.structs import replace

from ewarn.verdict import timed
from ewarn.verdict.document import Check
from ewarn.verdict.evidence import Evidence
from ewarn.verdict.percentiles import finite
from ewarn.verdict.timed import Timed
from ewarn.words import joined, say

DIGITS = 9
"""of a share: one in fifty million users who was missed is seen"""
MOST_SAID = 3
"""reports that were not public of which each is told"""


def first_report(name: str, of: Evidence) -> Check:
    """When the first public report was out."""
    limit, held_back = of.budgets.first_report_s, _not_public(of)
    check = Check(name=name, measured=None, limit=limit, unit="s", passed=None, held_back=held_back)
    if of.planned is None:
        return replace(check, note=joined(say("noted.not-public"), held_back))
    measured = float("inf") if of.first is None else of.reports[of.first].release_s
    passed: bool | None = measured <= limit
    note = None
    if passed and of.truth.magnitude < (least := of.budgets.first_report_magnitude):
        passed, note = None, say("noted.small", f"{least:g}")
    return replace(check, measured=finite(measured, 3), passed=passed, note=joined(note, held_back))


def _not_public(of: Evidence) -> str | None:
    """Of the warnings before the first public one: from whom they were held back, and by what."""
    earlier = [report for report in of.reports[: of.first] if report.may_alarm and report.held_back]
    said = [say("noted.held-back", str(one.number), f"{one.magnitude:.1f}", one.held_back) for one in earlier]
    if len(said) > MOST_SAID:
        said = [*said[: MOST_SAID - 1], say("noted.more", str(len(said) - MOST_SAID + 1))]
    return joined(*said)


def delivery(name: str, of: Evidence) -> Check:
    """From release to the last user's reading, of the slowest warning."""
    promised = of.budgets.delivery_users
    if (took := timed.delivery(of)) is None:
        return _nothing(name, of.budgets.delivery_s, promised, say("noted.nobody"))
    read, due = of.read[of.warnings], of.due[of.warnings]
    landed = ((read <= took.limit) & due).sum(axis=1)
    return _at_scale(name, took, promised, int(landed[due.any(axis=1)].min()))


def epicentre(name: str, of: Evidence) -> Check:
    """The time in which 99 % of those near the epicentre had read the first public report."""
    promised, fewest = of.budgets.epicentre_users, of.budgets.epicentre_fewest
    if (took := timed.epicentre(of)) is None:
        return _nothing(name, of.budgets.epicentre_s, promised, say("noted.not-public"))
    few = None if took.shows else say("noted.few-near", f"{took.users:,}", f"{fewest:,}")
    return _at_scale(name, took, promised, int((of.read[took.looked_at] <= took.limit).sum()), few)


def _at_scale(name: str, took: Timed, promised: int, landed: int, not_shown: str | None = None) -> Check:
    """A limit kept with fewer users than promised shows nothing of the promise; one broken is broken.

    `not_shown` says why nothing is shown either way.
    """
    passed, note = took.kept, None
    if not_shown:
        passed, note = None, not_shown
    elif passed is None:
        note = say("noted.between", *took.ends)
    elif passed and took.users < promised:
        passed, note = None, say("verdict.within", f"{took.users:,}", f"{promised:,}")
    return Check(
        name=name,
        measured=finite(took.latest, 4),
        earliest=None if took.earliest == took.latest else finite(took.earliest, 4),
        limit=took.limit,
        unit="s",
        users=took.users,
        promised_users=promised,
        landed=landed,
        note=note,
        passed=passed,
    )


def _nothing(name: str, limit: float, promised: int, why: str) -> Check:
    """Of a time that nobody took."""
    return Check(
        name=name, measured=None, limit=limit, unit="s", users=0, promised_users=promised, note=why, passed=None
    )


def reach(name: str, of: Evidence) -> Check:
    """Share that ended up with a report or a newer one, of the report that fewest did."""
    reached = np.isfinite(of.read) | of.newer
    shares = [float(row[to].mean()) for row, to in zip(reached, of.due, strict=True) if to.any()]
    return _share(name, min(shares, default=None), of.budgets.reach, say("noted.nobody"))


def content(name: str, of: Evidence) -> Check:
    """Share of the sampled frames that were right, computed anew from their users' places."""
    checked, wrong = of.observed.checked, of.observed.wrong
    return _share(name, (checked - wrong) / checked if checked else None, 1.0, say("noted.no-frame"))


def _share(name: str, share: float | None, least: float, nothing: str) -> Check:
    """`nothing` is said where there is no share to speak of."""
    if share is None:
        return Check(name=name, measured=None, limit=least, unit="share", note=nothing, passed=None)
    return Check(name=name, measured=round(share, DIGITS), limit=least, unit="share", passed=share >= least)


def once_and_in_order(name: str, of: Evidence) -> Check:
    """No user got a report twice, nor an older one after a newer one."""
    return _none(name, int(of.observed.duplicates.sum() + of.observed.out_of_order.sum()))


def slow_end_on_newest(name: str, of: Evidence) -> Check | None:
    """Clients that hardly read end on the last report all the same."""
    return None if of.observed.left_behind is None else _none(name, of.observed.left_behind)


def held_back(name: str, of: Evidence) -> Check | None:
    """Nobody got a report that a gate held back from them."""
    return None if of.due.all() else _none(name, int((np.isfinite(of.read) & ~of.due).sum()))


def _none(name: str, frames: int) -> Check:
    return Check(name=name, measured=frames, limit=0, unit="frames", passed=frames == 0)


CHECKS: dict[str, Callable[[str, Evidence], Check | None]] = {
    "first_report": first_report,
    "delivery": delivery,
    "epicentre": epicentre,
    "reach": reach,
    "content": content,
    "once_and_in_order": once_and_in_order,
    "slow_end_on_newest": slow_end_on_newest,
    "held_back": held_back,
}
"""by name, in the order in which they are shown; None: a drill in which there is nothing of the kind"""


def look_at(of: Evidence) -> tuple[Check, ...]:
    """All checks that there is something to say of."""
    found = (look(name, of) for name, look in CHECKS.items())
    return tuple(check for check in found if check)

"""What became of a report for a user, or of a user in a play: one enum, and the one rule that decides. Pure.

Every view of a run takes its fates from here: verdict, ledger, balance, comparison, terminal, page and report. A fate
is decided for a report and a user, or for a user over all reports of a play, or for a user at an instant of it.
"""

from collections.abc import Iterable
from enum import IntEnum

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ewarn.seismic.origin import Bulletin

Bools = NDArray[np.bool_]
Codes = NDArray[np.uint8]
Floats = NDArray[np.float64]


class Fate(IntEnum):
    """Codes as `ledger.npy` has them. `decide` says which of several comes first."""

    IN_TIME = 0
    LATE = 1
    BLIND_ZONE = 2
    SUPERSEDED = 3
    SUPPRESSED = 4
    MISSING = 5
    FOLLOWS_NONE = 6
    WAITING = 7

    @property
    def key(self) -> str:
        """Its name in files and messages."""
        return self.name.lower()


FINAL = tuple(fate for fate in Fate if fate is not Fate.WAITING)
"""those that are left when a play is over"""


def decide(
    *,
    follows: ArrayLike,
    due: ArrayLike,
    read: ArrayLike,
    in_time: ArrayLike,
    newer: ArrayLike,
    over: ArrayLike,
    s_to_come: ArrayLike,
    before_first: ArrayLike,
    before_due: ArrayLike,
) -> Codes:
    """Fates by what holds of each: truth values of shapes that broadcast. The first line that holds decides.

    `follows` a place; `due`, no gate held it back; `read` by now, and `in_time`, before S; `newer`, a newer one was
    read in its place; `over`, nothing more will be read; `s_to_come`; S came `before_first` public report, or
    `before_due`, the first report that was due to this user.

    Who was due a report and never read any is missing, even where S had come before it: the service lost that user.
    """
    unread = np.logical_not(read)
    lines = (
        (Fate.FOLLOWS_NONE, np.logical_not(follows)),
        (Fate.IN_TIME, in_time),
        (Fate.SUPPRESSED, unread & np.logical_not(due)),
        (Fate.SUPERSEDED, unread & newer),
        (Fate.MISSING, unread & over),
        (Fate.WAITING, s_to_come),
        (Fate.BLIND_ZONE, before_first),
        (Fate.SUPPRESSED, before_due),
    )
    holds = np.broadcast_arrays(*(np.asarray(line, np.bool_) for _, line in lines))
    return np.select(holds, [np.uint8(fate) for fate, _ in lines], np.uint8(Fate.LATE)).astype(np.uint8)


def of_users(
    s_s: ArrayLike,
    read_s: ArrayLike,
    *,
    first_public_s: ArrayLike,
    due_from_s: ArrayLike,
    due: ArrayLike | None = None,
    follows: ArrayLike = True,
    at_s: float = np.inf,
    closed_s: float = np.inf,
) -> Codes:
    """The fate of each user at the instant `at_s` of a play, or at its end. Seconds on one clock, inf for never.

    `s_s` is S at their homes, `read_s` their first warning of any number, `first_public_s` the release of the first
    report that was public, `due_from_s` that of the first that was due to each; of one shape, or numbers. `due` says
    whether any report is for a user, where that is known before its release; None: whose `due_from_s` is finite.
    `closed_s` is when the play ended: who has read nothing by then is missing.
    """
    s, read, due_from = (np.asarray(times, np.float64) for times in (s_s, read_s, due_from_s))
    has_read = np.isfinite(read) & (read <= at_s)
    return decide(
        follows=follows,
        due=np.isfinite(due_from) if due is None else due,
        read=has_read,
        in_time=has_read & (read < s),
        newer=False,
        over=at_s >= closed_s,
        s_to_come=s > at_s,
        before_first=s <= np.asarray(first_public_s),
        before_due=s <= due_from,
    )


def of_play(
    s_s: ArrayLike,
    release_s: ArrayLike,
    read_s: Floats,
    *,
    due: Bools,
    counts_as_warning: Bools,
    alarms: Bools,
    follows: ArrayLike,
) -> tuple[Codes, Floats, Floats]:
    """Of each user over all reports of a play that is over: the fate, the first warning read, and the first one due.

    Returned are codes, and seconds, infinite for never, each of shape (users,). `release_s` and `read_s`, infinite for
    never, are on the clock of `s_s`, of shapes that broadcast to (reports, users), as `due` has it; kinds as in
    `first_read`.
    """
    row, first = first_due(due, alarms), first_public(due, alarms)
    reports, users = due.shape
    asked, release = row < reports, np.broadcast_to(np.asarray(release_s, np.float64), due.shape)
    due_from_s = np.where(asked, release[np.minimum(row, reports - 1), np.arange(users)], np.inf)
    first_s = first_read(read_s, counts_as_warning, alarms, asked)
    public_s = np.inf if first is None else release[first]
    fate = of_users(s_s, first_s, first_public_s=public_s, due_from_s=due_from_s, follows=follows)
    return fate, first_s, due_from_s


def counts(fates: Codes, which: Bools | None = None) -> dict[str, int]:
    """Users by the key of their fate, those of `which` alone; all keys are there."""
    found = np.bincount(fates if which is None else fates[which], minlength=len(Fate))
    return {fate.key: int(found[fate]) for fate in Fate}


def alarms_of(reports: Iterable[Bulletin]) -> Bools:
    """Which reports warn, shape (reports,): neither a cancel nor the reviewed origin afterwards."""
    return np.array([report.may_alarm for report in reports], np.bool_)


def warnings_of(reports: Iterable[Bulletin]) -> Bools:
    """Which reports are judged as warnings, shape (reports,): all but the reviewed origin afterwards."""
    return np.array([report.counts_as_warning for report in reports], np.bool_)


def first_public(due: Bools, alarms: Bools) -> int | None:
    """Row of the first report that was released to the public: it warns, and was due to somebody. None: there is none.

    `due` has shape (reports, users), `alarms` is `alarms_of` them.
    """
    rows = np.flatnonzero(due.any(axis=1) & alarms)
    return int(rows[0]) if len(rows) else None


def first_due(due: Bools, alarms: Bools) -> NDArray[np.intp]:
    """For each user, row of the first warning due to them, or the number of reports where there is none."""
    never = np.ones((1, due.shape[1]), np.bool_)
    return np.asarray(np.vstack([due & alarms[:, None], never]).argmax(axis=0))


def first_read(read_s: Floats, counts_as_warning: Bools, alarms: Bools, warned: Bools) -> Floats:
    """When each user read the first report that told them of the danger, or that it is over; inf for never.

    `read_s` has shape (reports, users), `counts_as_warning` and `alarms` (reports,). A cancel counts for those alone
    who were `warned` of something: it warns nobody.
    """
    alarm_s = np.asarray(read_s[alarms].min(axis=0, initial=np.inf))
    cancel_s = read_s[counts_as_warning & ~alarms].min(axis=0, initial=np.inf)
    return np.asarray(np.where(warned, np.minimum(alarm_s, cancel_s), alarm_s))


def newer_read(read: Bools, counts_as_warning: Bools) -> Bools:
    """For each report and user: did the user read a later one in its place. Shapes (reports, users) and (reports,).

    A cancel takes a warning's place, since it says what is so now. The reviewed origin, which tells of what is over,
    does so only for users who had read some warning: it warns nobody.
    """
    warned = (read & counts_as_warning[:, None]).any(axis=0)
    later = read & (counts_as_warning[:, None] | warned)
    newer = np.zeros_like(read)
    newer[:-1] = np.logical_or.accumulate(later[:0:-1])[::-1]
    return newer

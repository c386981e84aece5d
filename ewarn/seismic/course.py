"""The course of a quake's reports: which of those that come may follow what came. Pure; it is given the time.

A report is named by quake, play and number. In a play numbers rise, by little; a cancel ends it, and so does the
reviewed origin, which only another may correct; after the final comes no update. A later play begins the quake anew,
once the earlier has nothing more to say. All of it must be fresh: a report that lay about somewhere, or that somebody
kept, is no warning any more. A first report may have any number, since a service may start while a quake goes on.

Where many hosts are told the same, each must come to the same end, in whatever order it hears what: there the later
play wins, and the first report that one host hears of a play need not be the first that users were told.
"""

from dataclasses import dataclass
from enum import Enum
from typing import Annotated, Self

from annotated_types import Ge, Gt, Le

from ewarn.errors import InputError
from ewarn.seismic.origin import Report, Status

FOLLOWED_BY: dict[Status, tuple[Status, ...]] = {
    "update": ("update", "final", "cancel", "reviewed"),
    "final": ("cancel", "reviewed"),
    "cancel": (),
    "reviewed": ("reviewed",),
}
"""by the status of a report, those that a later one of its play may have"""
JUMP = 100
"""by which numbers may rise from one report to the next: else one of 65,535 would shut out all that follow"""
FIRST = 1000
"""greatest number of the first report that is seen of a play"""
MOST_QUAKES = 4096
"""whose courses are known; the one of which nothing came for the longest is forgotten first"""
FURTHEST_S = 86_400.0
"""that a play may have begun before a report of it is released, and an origin have been before its reviewed report"""


@dataclass(frozen=True)
class Freshness:
    """How far the times of a report may be from the clock of who takes it."""

    late_s: Annotated[float, Gt(0), Le(86_400)] = 60.0
    """Seconds after its release at which a report is taken at the latest."""
    early_s: Annotated[float, Ge(0), Le(86_400)] = 5.0
    """Seconds by which a release may lie ahead of the clock: the clocks of centre and service differ."""
    origin_s: Annotated[float, Gt(0), Le(86_400)] = 900.0
    """Seconds that an origin may be before the release of a warning of it."""


@dataclass(frozen=True)
class Course:
    """How far a quake's reports have come."""

    play: int
    number: int
    status: Status
    released: float
    """when the newest was, by the clock: seconds since 1970"""
    began_with: int
    """number of the first report that came of the play"""

    @property
    def silent(self) -> bool:
        """Whether it began with a cancel: nobody is told that a warning is taken back which nobody was given."""
        return self.status == "cancel" and self.number == self.began_with

    @classmethod
    def at(cls, report: Report, began_with: int) -> Self:
        """The course once it has come to this report."""
        return cls(report.play, report.number, report.status, report.released - report.ahead_s, began_with)


class News(Enum):
    """What a report is to who has come to some point of its quake's course."""

    NEW = "new"
    SAME = "same"
    """it is the one that came last"""
    OLDER = "older"
    """another has come after it, of its play or of a later one"""


def news(course: Course | None, report: Report) -> News:
    """What a report is by its name alone; whether it may come is another question, see `follow`."""
    if course is None or (report.play, report.number) > (course.play, course.number):
        return News.NEW
    return News.SAME if (report.play, report.number) == (course.play, course.number) else News.OLDER


def follow(course: Course | None, report: Report, now: float, fresh: Freshness, *, by_many: bool = False) -> Course:
    """The course of a quake once a report of it has come at `now` (seconds since 1970); None: none has so far.

    `by_many`: other hosts were told the same before. Raises InputError, naming the key and the two numbers that
    disagree, for one that may not come.
    """
    _check_age(report, now, fresh)
    _check_times(report, now, fresh)
    if course is None or report.play > course.play:
        _check_beginning(None if by_many else course, report)
        return Course.at(report, 1 if by_many else report.number)
    if report.play < course.play:
        raise InputError(f"play: {report.play} began before {course.play}, of which {report.quake} has reports already")
    if report.number <= course.number:
        raise InputError(f"number: {report.number} is not newer than {course.number}, already out for {report.quake}")
    if report.number > course.number + JUMP:
        raise InputError(f"number: {report.number} after {course.number}, numbers rise by at most {JUMP}")
    if report.status not in FOLLOWED_BY[course.status]:
        raise InputError(f"status: {report.status} cannot follow {course.status}, which is out for {report.quake}")
    return Course.at(report, course.began_with)


def catch_up(course: Course | None, report: Report, now: float, fresh: Freshness) -> Course:
    """The same for who missed some: this is the newest that there is, however old it is, and after whatever number.

    Raises InputError, as `follow` does.
    """
    _check_times(report, now, fresh)
    if course is None or report.play > course.play:
        _check_beginning(None, report)
        return Course.at(report, 1)
    if news(course, report) is not News.NEW:
        raise InputError(f"number: {report.number} is not newer than {course.number}, already out for {report.quake}")
    if report.status not in FOLLOWED_BY[course.status]:
        raise InputError(f"status: {report.status} cannot follow {course.status}, which is out for {report.quake}")
    return Course.at(report, course.began_with)


def _check_beginning(course: Course | None, report: Report) -> None:
    """Of a play of which nothing has come yet."""
    if course and report.play / 1e9 < course.released:
        raise InputError(
            f"play: began {course.released - report.play / 1e9:.3f} s before the last report of the play before it"
        )
    if report.number > FIRST:
        raise InputError(f"number: {report.number} is the first that comes of its play, it can be {FIRST} at most")


def _check_age(report: Report, now: float, fresh: Freshness) -> None:
    if (age_s := report.age_s(now)) > fresh.late_s:
        raise InputError(f"released: {age_s:.1f} s ago, at most {fresh.late_s:g} s are taken")
    if (left_s := report.left_s(now)) <= 0:
        raise InputError(f"expires: {-left_s:.1f} s ago")


def _check_times(report: Report, now: float, fresh: Freshness) -> None:
    if -(age_s := report.age_s(now)) > fresh.early_s:
        raise InputError(f"released: {-age_s:.1f} s ahead of the clock here, at most {fresh.early_s:g} s are taken")
    oldest_s = fresh.origin_s if report.counts_as_warning else FURTHEST_S
    if report.release_s > oldest_s:
        raise InputError(f"origin.time: {report.release_s:.1f} s before the release, at most {oldest_s:g} s are taken")
    if report.release_s < 0:
        raise InputError(f"released: {-report.release_s:.1f} s before origin.time")
    if not -fresh.early_s <= (played_s := -report.age_s(report.play / 1e9)) <= FURTHEST_S:
        raise InputError(
            f"play: began {played_s:.1f} s before the release, expected from {-fresh.early_s:g} to {FURTHEST_S:g} s"
        )


class Courses:
    """Those of all quakes, by id."""

    def __init__(self, fresh: Freshness) -> None:
        self._fresh = fresh
        self._by_quake: dict[str, Course] = {}

    def of(self, quake: str) -> Course | None:
        """How far a quake has come; None where nothing is known of it."""
        return self._by_quake.get(quake)

    def take(self, report: Report, now: float, *, by_many: bool = False) -> Course:
        """See `follow`; what it refuses changes nothing."""
        course = follow(self.of(report.quake), report, now, self._fresh, by_many=by_many)
        self.resume(report.quake, course)
        return course

    def catch_up(self, report: Report, now: float) -> Course:
        """See `catch_up`; what it refuses changes nothing."""
        course = catch_up(self.of(report.quake), report, now, self._fresh)
        self.resume(report.quake, course)
        return course

    def resume(self, quake: str, course: Course) -> None:
        """Go on from where a quake had come to, for one who was told so far before."""
        self._by_quake.pop(quake, None)
        self._by_quake[quake] = course
        while len(self._by_quake) > MOST_QUAKES:
            del self._by_quake[next(iter(self._by_quake))]

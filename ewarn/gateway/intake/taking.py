"""The one way in for a report, whoever brings it: what is checked, what is kept, who is told, what is written down."""

import logging
from collections.abc import Callable
from dataclasses import dataclass

from ewarn.gateway.intake.keeping import Keeping
from ewarn.gateway.settings import Alerts
from ewarn.seismic.course import Course, Courses, News, news
from ewarn.seismic.origin import Report
from ewarn.wire.reports import Accepted
from ewarn.words import say

logger = logging.getLogger("ewarn.gateway.intake.taking")


@dataclass(frozen=True)
class Bringer:
    """By whom a report came."""

    name: str
    """as the audit log has it: HOST:PORT of who released it, or a line of the bus"""
    by_many: bool = False
    """other hosts are told the same, by more than one way"""


class Taking:
    """Takes reports into the courses of their quakes, and gives them to the shards."""

    def __init__(
        self,
        check: Callable[[Report], None],
        publish: Callable[[Report, float], int],
        alerts: Alerts,
        keeping: Keeping,
    ) -> None:
        """`check` raises InputError for a report that is not signed by who is trusted.

        `publish` takes a report, released some seconds ago, to the shards; it returns how many users it is for.
        """
        self.check, self._publish = check, publish
        self._gates, self._in_force_s = alerts.gates, alerts.in_force_s
        self._courses, self._keeping = Courses(alerts.fresh), keeping
        for one in keeping.kept:
            self._courses.resume(one.report.quake, one.course)

    def course(self, quake: str) -> Course | None:
        """How far a quake has come; None where nothing is known of it."""
        return self._courses.of(quake)

    def news(self, report: Report) -> News:
        """What a report is, by its name, to who has taken what was taken here."""
        return news(self._courses.of(report.quake), report)

    async def take(self, report: Report, bringer: Bringer, now: float) -> Accepted:
        """Take a report that is released now (seconds since 1970). Raises InputError where it may not come."""
        self.check(report)
        course = self._courses.take(report, now, by_many=bringer.by_many)
        await self._keeping.taken(report, course, now)
        if 1 < report.number == course.began_with:
            logger.warning("report %d of %s is the first that came of its play", report.number, report.quake)
        accepted = Accepted(report.number, 0 if course.silent else self._publish(report, 0.0))
        became = "silent" if course.silent else "published"
        self._note(now, bringer, "release", became, report, accepted.targets)
        if note := self._what_to_know(report, course):
            logger.info("report %d of %s: %s", report.number, report.quake, note)
            accepted.note = note
        return accepted

    async def catch_up(self, report: Report, bringer: Bringer, now: float) -> Accepted | None:
        """Take the newest report of a quake, however old it is; None, and nobody is told, where it is over.

        What is over is remembered, so that nothing older can come, and not written down: lines keep a day's quakes.
        Raises InputError where it may not come.
        """
        self.check(report)
        course, age_s = self._courses.catch_up(report, now), report.age_s(now)
        if age_s > self._in_force_s or report.left_s(now) <= 0:
            return None
        await self._keeping.taken(report, course, now)
        accepted = Accepted(report.number, 0 if course.silent else self._publish(report, max(0.0, age_s)))
        became = "silent" if course.silent else "published"
        self._note(now, bringer, "catch up", became, report, accepted.targets)
        return accepted

    def _note(self, now: float, bringer: Bringer, did: str, became: str, report: Report, targets: int) -> None:
        self._keeping.note(
            now,
            bringer.name,
            did,
            became,
            quake=report.quake,
            play=report.play,
            number=report.number,
            status=report.status,
            targets=targets,
            signature=report.sealed.signature if report.sealed else "",
        )

    def _what_to_know(self, report: Report, course: Course) -> str:
        """What whoever releases a report should know of it."""
        if course.silent:
            return say("gateway.cancel-first")
        if (magnitude := report.origin.magnitude) < self._gates.magnitude:
            return say("gateway.below", f"{magnitude:g}", f"{self._gates.magnitude:g}")
        return ""

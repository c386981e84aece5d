"""From the lines of the bus to the one way in for reports.

Each report comes by both lines, and may come again: what is known already is counted, and nothing more. A report that
is as good as just released goes straight in. One that is older comes out of a gap, with others before and behind it: it
waits a moment, so that of each quake the newest alone goes out.
"""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any

from msgspec import UNSET

from ewarn.errors import InputError
from ewarn.gateway.hosts.backlog import Backlog, in_turn, name_of
from ewarn.gateway.hosts.board import Heard
from ewarn.gateway.intake.keeping import Keeping
from ewarn.gateway.intake.seldom import Seldom
from ewarn.gateway.intake.taking import Bringer, Taking
from ewarn.seismic.course import News
from ewarn.seismic.origin import Report
from ewarn.system.clock import Clock
from ewarn.wire.bus import Taken
from ewarn.wire.reports import Accepted, decode

logger = logging.getLogger("ewarn.gateway.hosts")
LATE_S, GATHER_S = 0.5, 0.05
"""A report that old is one of a backlog, and waits so long for newer ones. Clocks of two hosts may differ by more than
the first; then all wait so long."""
SAID_S = 10.0
"""from one line about what is refused to the next"""
MOST_ANSWERS = 64
"""that are kept, one a quake, for a centre that did not hear them"""
MOST_WORDS = 512
"""characters of an answer"""


class Incoming:
    """Takes what the lines bring, and answers."""

    def __init__(
        self,
        host: str,
        taking: Taking,
        keeping: Keeping,
        answer: Callable[[Taken], None],
        count: Callable[[str], None],
        clock: Clock,
    ) -> None:
        """`answer` says to the centre what became of a report; `count` counts one more, by the metric's cell."""
        self._host, self._taking, self._keeping = host, taking, keeping
        self._answer, self._count, self._clock = answer, count, clock
        self._backlog = Backlog()
        self._in_hand: set[tuple[str, int, int]] = set()
        """names of those that are being taken"""
        self._tasks: set[asyncio.Task[None]] = set()
        self._seldom: defaultdict[int, Seldom] = defaultdict(partial(Seldom, SAID_S))
        """by line"""
        self._answered: dict[str, tuple[Taken, set[int]]] = {}
        """by quake, the last answer, and the lines by which its report has come"""
        self.newest: Heard | None = None
        """the last that was taken"""

    def hear(self, line: int, payload: bytes) -> None:
        """A report has come by a line."""
        try:
            report = decode(payload)
        except InputError as error:
            self._refuse(line, error)
            return
        if not self._is_new(report, line):
            return
        try:
            self._taking.check(report)
        except InputError as error:
            self._refuse(line, error, report)
            return
        if report.age_s(self._clock.time()) < LATE_S:
            self._start(self._take(report, line))
            self._in_hand.add(_key(report))
            return
        if not len(self._backlog):
            self._start(self._take_backlog())
        if self._backlog.put(report, line):
            self._count("bus_reports_older")

    def has(self, quake: str, play: int, number: int) -> bool:
        """Whether this report, or a newer one, is here, or about to be."""
        course = self._taking.course(quake)
        return (course is not None and (course.play, course.number) >= (play, number)) or (
            (quake, play, number) in self._in_hand
        )

    async def catch_up(self, found: list[tuple[bytes, int]]) -> None:
        """Take up what lines keep, each with the line that told it, however old it is; of each quake the newest."""
        reports = []
        for payload, line in found:
            try:
                reports.append((decode(payload), line))
            except InputError as error:
                self._refuse(line, error)
        for report, line in in_turn(reports):
            if self._taking.news(report) is not News.NEW:
                continue
            try:
                accepted = await self._taking.catch_up(report, _bringer(line), self._clock.time())
            except InputError as error:
                self._refuse(line, error, report)
                continue
            self._took(report)
            if accepted:
                self._say(report, line, accepted)

    async def settle(self) -> None:
        """Until all that came is taken."""
        while self._tasks:
            await asyncio.wait(self._tasks)

    def _is_new(self, report: Report, line: int) -> bool:
        news = self._taking.news(report)
        if news is News.SAME or _key(report) in self._in_hand or self._backlog.has(report):
            self._count("bus_reports_duplicate")
            self._say_again(report, line)
            return False
        if news is News.OLDER:
            self._count("bus_reports_older")
            course = self._taking.course(report.quake)
            if course and report.play < course.play:  # of another centre, or of one before it, which should know
                problem = f"play: {report.play} began before {course.play}, of which {report.quake} has reports already"
                self._answer(Taken(self._host, report.quake, report.play, report.number, problem=problem))
            return False
        return True

    async def _take(self, report: Report, line: int) -> None:
        try:
            if self._taking.news(report) is not News.NEW:
                self._count("bus_reports_older")
                return
            accepted = await self._taking.take(report, _bringer(line), self._clock.time())
        except InputError as error:
            self._refuse(line, error, report)
            return
        finally:
            self._in_hand.discard(_key(report))
        self._took(report)
        self._say(report, line, accepted)

    async def _take_backlog(self) -> None:
        await asyncio.sleep(GATHER_S)
        for report, line in self._backlog.take():
            await self._take(report, line)

    def _took(self, report: Report) -> None:
        self._count("bus_reports_taken")
        self.newest = Heard(name_of(report), self._clock.monotonic_ns() / 1e9)

    def _say(self, report: Report, line: int, accepted: Accepted) -> None:
        note = accepted.note if accepted.note is UNSET else accepted.note[:MOST_WORDS]
        taken = Taken(self._host, report.quake, report.play, report.number, accepted.targets, note)
        self._answered.pop(report.quake, None)
        self._answered[report.quake] = taken, {line}
        if len(self._answered) > MOST_ANSWERS:
            del self._answered[next(iter(self._answered))]
        self._answer(taken)

    def _say_again(self, report: Report, line: int) -> None:
        """By a line that has brought it already it comes since its centre sends it again, and has heard no answer.

        Its lines were cut, say: the report came by what the network still held of one, before there was another.
        """
        taken, lines = self._answered.get(report.quake, (None, set[int]()))
        if taken and taken.named == name_of(report):
            if line in lines:
                self._answer(taken)
            lines.add(line)

    def _refuse(self, line: int, error: InputError, report: Report | None = None) -> None:
        """What is wrong is said and written down, but not as often as somebody sends it."""
        self._count("bus_reports_refused")
        now = self._clock.time()
        if times := self._seldom[line].due(now):
            logger.warning("line %d: refused: %s (%d since the last line)", line, error, times)
            self._keeping.note(now, _bringer(line).name, "message", f"refused: {error}", times=times)
        if report:
            problem = str(error)[:MOST_WORDS]
            self._answer(Taken(self._host, report.quake, report.play, report.number, problem=problem))

    def _start(self, doing: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(doing)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()):
            logger.error("a report was dropped by a fault of the gateway", exc_info=error)


def _bringer(line: int) -> Bringer:
    return Bringer(f"line {line}", by_many=True)


def _key(report: Report) -> tuple[str, int, int]:
    return report.quake, report.play, report.number

"""What waits to be taken up after a gap, and what is to be asked for. Pure; the clock is passed in."""

from ewarn.seismic.origin import Report
from ewarn.wire.bus import ReportName

MOST_QUAKES = 64
"""whose reports wait, and as many names in a pulse"""
FIRST_S, LONGEST_S = 1.0, 60.0
"""from asking for a report to asking again: doubled each time, for a line may never have it"""
MOST_ASKED = 1024
"""names that are remembered as asked for"""


def name_of(report: Report) -> ReportName:
    """What names it everywhere."""
    return ReportName(report.quake, report.play, report.number)


class Backlog:
    """Reports that came late, one after the other: the newest of each quake is left, and the quick report after it."""

    def __init__(self) -> None:
        self._waiting: dict[tuple[str, bool], tuple[Report, int]] = {}

    def __len__(self) -> int:
        """How many wait."""
        return len(self._waiting)

    def put(self, report: Report, line: int) -> Report | None:
        """Have it wait, with the line by which it came. Returns what is never taken up: an older one, or itself."""
        slot = report.quake, report.counts_as_warning
        before = self._waiting.get(slot)
        if before and (before[0].play, before[0].number) >= (report.play, report.number):
            return report
        if not before and len(self._waiting) >= MOST_QUAKES:
            return report
        self._waiting[slot] = report, line
        return before[0] if before else None

    def has(self, report: Report) -> bool:
        """Whether this one waits."""
        before = self._waiting.get((report.quake, report.counts_as_warning))
        return before is not None and (before[0].play, before[0].number) == (report.play, report.number)

    def take(self) -> list[tuple[Report, int]]:
        """All that wait, and wait no more, see `in_turn`."""
        found, self._waiting = list(self._waiting.values()), {}
        return in_turn(found)


def in_turn(found: list[tuple[Report, int]]) -> list[tuple[Report, int]]:
    """The same; the quake of which a report was released last is first, and of a quake the newest of its warnings.

    Its quick reports stand behind, the newest first. So whoever takes them in turn takes nothing that is replaced, but
    where the newest will not do.
    """
    latest: dict[str, float] = {}
    for report, _ in found:
        released = report.released - report.ahead_s
        latest[report.quake] = max(released, latest.get(report.quake, released))

    def turn(one: tuple[Report, int]) -> tuple[float, str, bool, int, int]:
        report = one[0]
        return -latest[report.quake], report.quake, not report.counts_as_warning, -report.play, -report.number

    return sorted(found, key=turn)


class Asked:
    """Names of reports that were asked for, so that what nobody has is asked for less and less often."""

    def __init__(self) -> None:
        self._due: dict[ReportName, tuple[float, float]] = {}
        """when to ask again, and how long that is after the last time; monotonic s"""

    def due(self, name: ReportName, now: float) -> bool:
        """Whether to ask for it now, which is taken as done."""
        due, pause_s = self._due.get(name, (now, FIRST_S / 2))
        if now < due:
            return False
        self._due.pop(name, None)
        pause_s = min(2 * pause_s, LONGEST_S)
        self._due[name] = now + pause_s, pause_s
        while len(self._due) > MOST_ASKED:
            del self._due[next(iter(self._due))]
        return True

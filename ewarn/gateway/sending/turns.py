"""Whose turn it is of the reports that a shard sends: warnings first. Pure.

What is unsent of a report is taken over by a newer one of its quake that replaces it, see `Bulletin.replaces`. A quick
report, which tells of what is over, waits while a warning of any quake goes out, one of its own quake above all.
Warnings of several quakes go out side by side.
"""

from dataclasses import dataclass

from ewarn.seismic.origin import Report


@dataclass(eq=False)
class Turn:
    """A report on its way out."""

    report: Report
    taken_over: bool = False
    """a newer one has come that replaces it"""


class Turns:
    """Reports on their way out, in the order in which they came."""

    def __init__(self) -> None:
        self._going: list[Turn] = []

    def begin(self, report: Report) -> Turn:
        """A report came; it takes over what is unsent of those that it replaces."""
        for older in self._going:
            if older.report.quake == report.quake and report.replaces(older.report):
                older.taken_over = True
        self._going.append(turn := Turn(report))
        return turn

    def waits(self, turn: Turn) -> bool:
        """Whether others go first; never where it has been taken over: then it is to end."""
        may_wait = not turn.taken_over and not turn.report.counts_as_warning
        return may_wait and any(other.report.counts_as_warning for other in self._going)

    def end(self, turn: Turn) -> None:
        """All of it is sent, or was taken over."""
        self._going.remove(turn)

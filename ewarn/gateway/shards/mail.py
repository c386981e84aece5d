"""What a shard has yet to be told, while its pipe is full: kept in order, and bounded. Pure.

A shard may be stopped for seconds, and reports go on. Nothing is lost by that: of each quake the newest warning waits,
and the newest quick report behind it, of strategies the newest, and each other command. What a newer one replaces is
never told, as no user is ever to end on it.
"""

from ewarn.gateway.shards.commands import Verb
from ewarn.seismic.origin import Report

MOST_QUAKES = 64
"""whose reports wait; a shard remembers 20"""

Message = tuple[object, ...]
_Slot = tuple[object, ...]
_REPORT = "report"


class Mail:
    """Messages to one shard: what is told is a part of what was put in, in its order, the last of each kind in it."""

    def __init__(self) -> None:
        self._waiting: dict[_Slot, Message] = {}

    def __len__(self) -> int:
        """Messages that wait."""
        return len(self._waiting)

    def put(self, verb: Verb, *arguments: object) -> int:
        """Add a message; returns how many reports give way to it, never to be told."""
        given_way = 0
        slot: _Slot = (verb,)
        if isinstance(report := arguments[0] if arguments else None, Report):
            slot = _REPORT, report.quake, report.counts_as_warning
            given_way = self._give_way(report) + self._make_room(report.quake)
        self._waiting.pop(slot, None)
        self._waiting[slot] = (verb, *arguments)
        return given_way

    def take(self) -> Message | None:
        """The message that waited longest, which waits no more; None where there is none."""
        return self._waiting.pop(next(iter(self._waiting))) if self._waiting else None

    def clear(self) -> None:
        """There is nobody left to tell."""
        self._waiting.clear()

    def _give_way(self, report: Report) -> int:
        """Let those go that it replaces (see `Report.replaces`), and those of another play, which are of the past."""
        gone = [
            slot
            for slot, (_, *about) in self._waiting.items()
            if about
            and isinstance(older := about[0], Report)
            and older.quake == report.quake
            and (older.play != report.play or report.replaces(older))
        ]
        for slot in gone:
            del self._waiting[slot]
        return len(gone)

    def _make_room(self, quake: str) -> int:
        """Let the quake go of which was heard longest ago, where this one more would be too many."""
        quakes = dict.fromkeys(slot[1] for slot in reversed(self._waiting) if slot[0] == _REPORT)
        if quake in quakes or len(quakes) < MOST_QUAKES:
            return 0
        oldest = [slot for slot in self._waiting if slot[:2] == (_REPORT, next(reversed(quakes)))]
        for slot in oldest:
            del self._waiting[slot]
        return len(oldest)

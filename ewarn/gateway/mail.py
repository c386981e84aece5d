"""What a shard has yet to be told, while its pipe is full: kept in order, and bounded. Pure.

A shard may be stopped for seconds, and reports go on. Nothing is lost by that: of each quake the newest warning waits,
and the newest quick report behind it, of strategies the newest, and each other command. What a newer one replaces is
never told, as no user is ever to end on it.
"""

from ewarn.gateway.commands import Verb
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
        if arguments and isinstance(report := arguments[0], Report):
            slot = _slot(report)
            given_way = sum(self._waiting.pop(one, None) is not None for one in self._replaced_by(slot))
            given_way += self._make_room(report.quake)
        self._waiting.pop(slot, None)
        self._waiting[slot] = (verb, *arguments)
        return given_way

    def take(self) -> Message | None:
        """The message that waited longest, which waits no more; None where there is none."""
        return self._waiting.pop(next(iter(self._waiting))) if self._waiting else None

    def clear(self) -> None:
        """There is nobody left to tell."""
        self._waiting.clear()

    def _replaced_by(self, slot: _Slot) -> list[_Slot]:
        """Reports of another play are of the past, and so is an older one of the same kind."""
        return [one for one in self._waiting if one == slot or (one[:2] == slot[:2] and one[2] != slot[2])]

    def _make_room(self, quake: str) -> int:
        """Let the quake go of which was heard longest ago, where this one more would be too many."""
        quakes = dict.fromkeys(slot[1] for slot in reversed(self._waiting) if slot[0] == _REPORT)
        if quake in quakes or len(quakes) < MOST_QUAKES:
            return 0
        oldest = [slot for slot in self._waiting if slot[:2] == (_REPORT, next(reversed(quakes)))]
        for slot in oldest:
            del self._waiting[slot]
        return len(oldest)


def _slot(report: Report) -> _Slot:
    """Where a report waits. A quick report is no warning: it waits behind one, and never in its stead."""
    return _REPORT, report.quake, report.play, report.counts_as_warning

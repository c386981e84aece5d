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
_Slot = tuple[str, ...]


class Mail:
    """Messages to one shard: what is told is a part of what was put in, in its order, the last of each kind in it."""

    def __init__(self) -> None:
        self._waiting: dict[_Slot, Message] = {}

    def __len__(self) -> int:
        """Messages that wait."""
        return len(self._waiting)

    def put(self, verb: Verb, *arguments: object) -> int:
        """Add a message; returns how many reports give way to it, never to be told."""
        slot, replaced = _slots(verb, arguments)
        given_way = sum(self._waiting.pop(one, None) is not None for one in replaced)
        if slot[0] == _REPORT:
            given_way += self._make_room(slot[1])
        else:
            given_way = 0
        self._waiting[slot] = (verb, *arguments)
        return given_way

    def take(self) -> Message | None:
        """The message that waited longest, which waits no more; None where there is none."""
        return self._waiting.pop(next(iter(self._waiting))) if self._waiting else None

    def clear(self) -> None:
        """There is nobody left to tell."""
        self._waiting.clear()

    def _make_room(self, quake: str) -> int:
        """Let the quake go of which was heard longest ago, where this one more would be too many."""
        quakes = dict.fromkeys(slot[1] for slot in reversed(self._waiting) if slot[0] == _REPORT)
        if quake in quakes or len(quakes) < MOST_QUAKES:
            return 0
        oldest = [slot for slot in self._waiting if slot[:2] == (_REPORT, next(reversed(quakes)))]
        for slot in oldest:
            del self._waiting[slot]
        return len(oldest)


_REPORT = "report"


def _slots(verb: Verb, arguments: tuple[object, ...]) -> tuple[_Slot, list[_Slot]]:
    """Where a message waits, and whose place it takes.

    Number 1 begins a quake anew, which a shard must hear of, or it takes those told of the former play for told. A
    quick report is no warning: it waits behind one, and never in its stead.
    """
    if not arguments or not isinstance(report := arguments[0], Report):
        return (verb,), [(verb,)]
    first, warning, quick = ((_REPORT, report.quake, kind) for kind in ("first", "warning", "quick"))
    if report.number == 1:
        return first, [first, warning, quick]
    return (quick, [quick]) if report.status == "reviewed" else (warning, [warning])

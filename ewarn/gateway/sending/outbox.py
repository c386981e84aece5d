"""Slow consumers: what a connection could not take waits here, so that it never delays another.

A frame that has begun is always finished. Behind it waits at most one warning a quake, the newest, one quick report a
quake, one answer to a ping, one echo of chat, and one answer that says what time it is; what does not move for a stated
time ends the connection. So does a warning for which there is no room, where too much waits for all. Warnings of all
quakes come first, then quick reports, then the rest: each gives way to those before it, and all leave half of the room
to warnings.
"""

import os
import select
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ewarn.gateway.counters import Counters
from ewarn.seismic.origin import Report

MOST_WAITING = 8
"""frames that may wait behind a begun one: a few quakes at once and a pong; of those that come last the oldest gives
way"""
ALERT, QUICK = "alert:", "quick:"
"""begins what the frame of a warning is about, or that of a quick report; the quake's id follows"""


def about(report: Report) -> str:
    """What a frame of a report is about."""
    return (ALERT if report.counts_as_warning else QUICK) + report.quake


@dataclass
class _Waiting:
    begun: bytes
    """the rest of a frame of which some bytes are gone"""
    about: str
    """what the begun frame is about"""
    moved: float
    """when it last took a byte, by the loop's clock"""
    frames: dict[str, bytes] = field(default_factory=dict)
    """whole frames behind it, newest last, by what they are about"""


class Outbox:
    """All writing to single connections."""

    def __init__(self, epoll: select.epoll, rows: int, counters: Counters, most_bytes: int) -> None:
        self.blocked: NDArray[np.bool_] = np.zeros(rows, np.bool_)
        """by descriptor: something waits, so nothing may be written past it"""
        self._epoll = epoll
        self._waiting: dict[int, _Waiting] = {}
        self._counters = counters
        self.waiting_bytes, self._most_bytes = 0, most_bytes
        """of all that waits"""

    def __len__(self) -> int:
        """Connections for which something waits."""
        return len(self._waiting)

    def send(self, descriptor: int, frame: bytes, about: str, now: float) -> bool:
        """Write a whole frame, or as much as fits and keep the rest; False where the connection is gone."""
        written = 0
        if not self.blocked[descriptor]:
            try:
                written = os.write(descriptor, frame)
            except BlockingIOError:
                pass
            except OSError:
                return False
            self._count(about, written, whole=written == len(frame))
        return written == len(frame) or self.defer(descriptor, written, frame, about, now)

    def defer(self, descriptor: int, written: int, frame: bytes, about: str, now: float) -> bool:
        """Keep a frame of which `written` bytes are gone until the connection takes more; False for want of room.

        One that is no warning, and not begun, gives way quietly instead.
        """
        waiting = self._waiting.get(descriptor)
        gives_way = sum(len(waiting.frames[one]) for one in _replaced(about, waiting.frames)) if waiting else 0
        wanted = self.waiting_bytes + len(frame) - written - gives_way
        if not written and _place(about) and (_is_full(waiting, about) or wanted > self._most_bytes / 2):
            self._counters.add("gave_way")
            return True
        if wanted > self._most_bytes:
            return False
        self._counters.add("deferred")
        self.waiting_bytes += len(frame) - written
        if waiting is None:
            rest = frame[written:] if written else b""
            waiting = self._waiting[descriptor] = _Waiting(rest, about, now)
            self.blocked[descriptor] = True
            self._epoll.register(descriptor, select.EPOLLOUT)
            if written:
                return True
        for older in _replaced(about, waiting.frames):
            self._give_way(waiting, older)
        if len(waiting.frames) == MOST_WAITING:
            self._give_way(waiting, max(waiting.frames, key=_place))
        waiting.frames[about] = frame
        return True

    def flush(self, descriptor: int, now: float) -> bool:
        """Write what the connection takes now; False where it is gone."""
        waiting = self._waiting[descriptor]
        while waiting.begun or waiting.frames:
            if not waiting.begun:
                waiting.about = min(waiting.frames, key=_place)
                waiting.begun = waiting.frames.pop(waiting.about)
            try:
                written = os.write(descriptor, waiting.begun)
            except BlockingIOError:
                return True
            except OSError:
                return False
            waiting.begun, waiting.moved = waiting.begun[written:], now
            self.waiting_bytes -= written
            self._count(waiting.about, written, whole=not waiting.begun)
        self.forget(descriptor)
        return True

    def _give_way(self, waiting: _Waiting, about: str) -> None:
        self.waiting_bytes -= len(waiting.frames.pop(about))
        self._counters.add("superseded" if _is_alert(about) else "gave_way")

    def _count(self, about: str, written: int, *, whole: bool) -> None:
        if _is_alert(about):
            self._counters.add("bytes", written)
            self._counters.add("frames", whole)

    def forget(self, descriptor: int) -> None:
        """Drop what waits for a connection."""
        if waiting := self._waiting.pop(descriptor, None):
            self.blocked[descriptor] = False
            self._epoll.unregister(descriptor)
            self.waiting_bytes -= len(waiting.begun) + sum(map(len, waiting.frames.values()))

    def stuck(self, since: float) -> list[int]:
        """Descriptors that took no byte since then."""
        return [descriptor for descriptor, waiting in self._waiting.items() if waiting.moved < since]


def _place(about: str) -> int:
    """Which are sent first: 0 warnings, 1 quick reports, 2 the rest. Of equals the longest waiting is found first."""
    return 0 if about.startswith(ALERT) else 1 if about.startswith(QUICK) else 2


def _is_alert(about: str) -> bool:
    return _place(about) < 2


def _replaced(about: str, frames: dict[str, bytes]) -> list[str]:
    """Which of the waiting frames a newer one replaces: one about the same, and a warning its quake's quick report."""
    names = (about, QUICK + about.removeprefix(ALERT)) if about.startswith(ALERT) else (about,)
    return [name for name in names if name in frames]


def _is_full(waiting: _Waiting | None, about: str) -> bool:
    """Whether as many wait as may, and all of them come before it."""
    before = sum(_place(one) < _place(about) for one in waiting.frames) if waiting else 0
    return before >= MOST_WAITING

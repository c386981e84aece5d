"""Hearing: parked connections that have something to say. Alerts first: while a report goes out, they wait.

What they say stays in the kernel's buffers meanwhile, and the loop is not even woken for it, so that a fan-out shares
its core with new connections and slow consumers alone. The wait is bounded: after `LONGEST_S` a few are heard between
two slices of the report, and all once it is out.
"""

import asyncio
import select
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import IntFlag

from ewarn.gateway.counters import Counters

READABLE = select.EPOLLIN | select.EPOLLRDHUP
EVENTS = 128
"""connections heard before the loop runs again"""
FEW = 8
"""of these, while a report is still going out after `LONGEST_S`: with them a slice takes a tenth longer"""
LONGEST_S = 1.0


class Mute(IntFlag):
    """Why a connection is not heard."""

    BLOCKED = 1
    """it has yet to take what it was answered, or answers would pile up"""
    ASKED = 2
    """what it asked has yet to be answered, and answers come in the order of asking"""
    RESTING = 4
    """it said too much"""


class Hearing:
    """An epoll of their own, behind another, the gate, which the loop watches and which is shut during a fan-out."""

    def __init__(self, hear: Callable[[list[int]], None], counters: Counters) -> None:
        self._hear = hear
        self._counters = counters
        self._loop = asyncio.get_running_loop()
        self._epoll, self._gate = select.epoll(), select.epoll()
        self._fan_outs = 0
        self._unheard_since: float | None = None
        """since when somebody may have waited; None once all who spoke were heard"""
        self._held_since = 0.0
        self._held_s = 0.0
        """of holds that are over"""
        self._muted: dict[int, Mute] = {}
        self._longest: asyncio.TimerHandle | None = None
        """ends a hold; there is none but in one"""
        # While it is empty: to add an epoll, the kernel walks all that it watches, under a lock of the whole machine.
        self._gate.register(self._epoll.fileno(), select.EPOLLIN)
        self._loop.add_reader(self._gate.fileno(), self._round)

    @property
    def alerting(self) -> bool:
        """Whether a report is going out."""
        return self._fan_outs > 0

    @property
    def holding(self) -> bool:
        """Whether nobody is heard, since a report is going out."""
        return self._longest is not None

    @property
    def held_s(self) -> float:
        """For how long nobody was heard, all in all."""
        return self._held_s + (self._loop.time() - self._held_since if self.holding else 0.0)

    def add(self, descriptor: int) -> None:
        """Hear this connection from now on; closing it ends that."""
        self._epoll.register(descriptor, READABLE)

    def mute(self, descriptor: int, why: Mute) -> None:
        """Hear it no more, for a while; what it says waits in the kernel's buffers."""
        if descriptor not in self._muted:
            self._epoll.modify(descriptor, 0)
        self._muted[descriptor] = self._muted.get(descriptor, Mute(0)) | why

    def unmute(self, descriptor: int, why: Mute) -> None:
        """Hear it again, unless there is another reason not to."""
        if before := self._muted.pop(descriptor, None):
            if after := before & ~why:
                self._muted[descriptor] = after
            else:
                self._epoll.modify(descriptor, READABLE)

    def forget(self, descriptor: int) -> None:
        """A connection is ending; one that is told why is read to its end, or its last words were lost by a reset."""
        if self._muted.pop(descriptor, None):
            self._epoll.modify(descriptor, READABLE)

    def stop(self) -> None:
        """Hear nobody any more: whoever was told that the gateway goes away has nothing to say that wants an answer."""
        self._loop.remove_reader(self._gate.fileno())

    @contextmanager
    def held(self) -> Iterator[None]:
        """While a report goes out; reports may overlap."""
        self._fan_outs += 1
        if self._fan_outs == 1:
            self._hold()
        try:
            yield
        finally:
            self._fan_outs -= 1
            if not self._fan_outs:
                self._listen()

    def _hold(self) -> None:
        now = self._loop.time()
        if self._unheard_since is None or not self._epoll.poll(0, 1):
            self._unheard_since = now
        # Counted from when all had been heard, or reports on each other's heels would make nobody heard.
        if (until := self._unheard_since + LONGEST_S) > now:
            self._held_since = now
            self._gate.modify(self._epoll.fileno(), 0)
            self._longest = self._loop.call_at(until, self._listen)

    def _listen(self) -> None:
        if self._longest:
            lasted_s = self._loop.time() - self._held_since
            self._held_s += lasted_s
            self._counters.add_time("held_seconds", lasted_s)
            self._longest.cancel()
            self._longest = None
            self._gate.modify(self._epoll.fileno(), select.EPOLLIN)

    def _round(self) -> None:
        most = FEW if self._fan_outs else EVENTS
        events = self._epoll.poll(0, most)
        if len(events) < most:
            self._unheard_since = None
        self._hear([descriptor for descriptor, _ in events])

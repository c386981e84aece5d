"""The connections of a shard, and what is done to one: parked, told something, given other places, dropped."""

import asyncio
import os
import select
from collections.abc import Callable

from ewarn.gateway.clients.hearing import Hearing, Mute
from ewarn.gateway.counters import Counters, Reason
from ewarn.gateway.sending.outbox import Outbox
from ewarn.gateway.sending.roster import Roster
from ewarn.wire.subscriptions import Place, Subscription


class Connections:
    """Those parked, in the roster; what waits for slow ones, in the outbox; and two epolls, see `shard`."""

    def __init__(self, rows: int, waiting_bytes: int, counters: Counters, hear: Callable[[list[int]], None]) -> None:
        """Descriptors are below `rows`; `hear` is called with those parked that may have something to say."""
        self.counters = counters
        self.epoll = select.epoll()
        self.hearing = Hearing(hear, counters)
        self.roster = Roster(rows)
        self.outbox = Outbox(self.epoll, rows, counters, waiting_bytes)
        self.newcomers: dict[int, None] = {}
        """of this round; they are greeted at its end, before a report can be planned that counts them in"""
        self.forgetters: list[Callable[[int], None]] = [self.hearing.forget]
        """told of each that is parked no more"""

    def now(self) -> float:
        """Seconds on the loop's clock."""
        return asyncio.get_running_loop().time()

    def park(self, descriptor: int, subscription: Subscription, user: int, *, watched: bool = True) -> None:
        """Take in a connection whose handshake is done; `user` is its column in a journal, or -1.

        `watched`: it had to wait at the door, and is in the epoll there.
        """
        self.roster.park(descriptor, subscription.places, subscription.threshold, user)
        if watched:
            self.epoll.unregister(descriptor)
        self.hearing.add(descriptor)
        self.newcomers[descriptor] = None
        self._count()

    def follow(self, descriptor: int, places: tuple[Place, ...]) -> None:
        """Replace the places that a connection follows, unless they are the same."""
        if list(places) != self.roster.places(descriptor):
            self.roster.follow(descriptor, places)
            self.newcomers[descriptor] = None
            self._count()

    def say(self, descriptor: int, frame: bytes, about: str) -> bool:
        """Send a frame, or keep it for a slow connection, that is not heard meanwhile; False where it is gone."""
        told = self.outbox.send(descriptor, frame, about, self.now())
        if self.outbox.blocked[descriptor]:
            self.hearing.mute(descriptor, Mute.BLOCKED)
        return told

    def relieve(self, descriptor: int) -> None:
        """Give a slow connection more of what waits for it; once it has all, it is heard again."""
        if not self.outbox.flush(descriptor, self.now()):
            self.drop(descriptor, Reason.LOST)
        elif not self.outbox.blocked[descriptor]:
            self.hearing.unmute(descriptor, Mute.BLOCKED)

    def unpark(self, descriptor: int) -> None:
        """It is ending, one way or another."""
        if self.roster.parked[descriptor]:
            self.roster.leave(descriptor)
            for forget in self.forgetters:
                forget(descriptor)
            self._count()

    def drop(self, descriptor: int, reason: Reason) -> None:
        """End a connection at once, counted before anyone sees it; closing also takes it out of the epoll."""
        self.unpark(descriptor)
        self.outbox.forget(descriptor)
        self.counters.ended(reason)
        os.close(descriptor)

    def _count(self) -> None:
        self.counters.put("parked", self.roster.connections)
        self.counters.put("followers", self.roster.following)
        self.counters.put("places_followed", self.roster.places_followed)

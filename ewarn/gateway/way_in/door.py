"""The door of a shard: who is there, since when, and what each has said so far. No I/O: see `entrance`.

Callers at the door are no part of its capacity. As many may wait there as there is room for, and of one address a
share of that; where one comes too many, the oldest goes. So silence locks nobody out: a caller who speaks at once is
answered before others can push it out.
"""

from dataclasses import dataclass

from ewarn.gateway.counters import Reason
from ewarn.gateway.way_in.handshake import Answer, Caller, House


@dataclass(slots=True)
class _Waiting:
    caller: Caller
    deadline: float
    subscriber: bytes


class Door:
    """Connections that have yet to say who they are, by descriptor, in the order in which they came."""

    def __init__(self, patience_s: float, most_bytes: int, house: House, share: float = 1.0) -> None:
        """`share`: part of the door that callers from one address may take up."""
        self._patience_s, self._most_bytes, self._house, self._share = patience_s, most_bytes, house, share
        self._waiting: dict[int, _Waiting] = {}
        self._by_subscriber: dict[bytes, dict[int, None]] = {}
        """descriptors in the order in which they came"""
        self._came: dict[bytes, None] = {}
        """addresses that may have more than their share"""

    def __contains__(self, descriptor: int) -> bool:
        """Whether a descriptor is still at the door."""
        return descriptor in self._waiting

    def __len__(self) -> int:
        """Connections at the door."""
        return len(self._waiting)

    def admit(self, descriptor: int, now: float, subscriber: bytes = b"") -> None:
        """A new connection, from an address as limits count it (`subscriber_of`); no bytes where it has none."""
        self._waiting[descriptor] = _Waiting(Caller(self._most_bytes), now + self._patience_s, b"")
        self.recognise(descriptor, subscriber)

    def recognise(self, descriptor: int, subscriber: bytes) -> None:
        """The address of one at the door, once it is known; not to be said twice."""
        if subscriber:
            self._waiting[descriptor].subscriber = subscriber
            self._by_subscriber.setdefault(subscriber, {})[descriptor] = None
            self._came[subscriber] = None

    def subscriber(self, descriptor: int) -> bytes:
        """The address of one at the door; no bytes where it is not known, or not there."""
        found = self._waiting.get(descriptor)
        return found.subscriber if found else b""

    def is_silent(self, descriptor: int) -> bool:
        """Whether one at the door has said nothing yet."""
        return not self._waiting[descriptor].caller.spoke

    def forget(self, descriptor: int) -> None:
        """A connection is gone, or answered."""
        if (gone := self._waiting.pop(descriptor, None)) and gone.subscriber:
            mates = self._by_subscriber[gone.subscriber]
            del mates[descriptor]
            if not mates:
                del self._by_subscriber[gone.subscriber]

    def surplus(self, most: int) -> tuple[int, Reason] | None:
        """Who has to go, and why, where at most so many may be here; ask again once it is gone."""
        each = max(1, int(most * self._share))
        while self._came:
            subscriber = next(iter(self._came))
            if len(mates := self._by_subscriber.get(subscriber, {})) > each:
                return next(iter(mates)), Reason.ADDRESS
            del self._came[subscriber]
        return (next(iter(self._waiting)), Reason.CROWDED) if len(self._waiting) > most else None

    def expire(self, now: float) -> list[int]:
        """Those who took too long; they are at the door no more."""
        late = []
        for descriptor, one in self._waiting.items():
            if one.deadline > now:
                break  # admitted in order, and all have the same time
            late.append(descriptor)
        for descriptor in late:
            self.forget(descriptor)
        return late

    def hear(self, descriptor: int, data: bytes, full: Reason | None = None) -> Answer | None:
        """What to answer; a connection that is answered is at the door no more. See `Caller.hear`."""
        answer = self._waiting[descriptor].caller.hear(data, self._house, full)
        if answer:
            self.forget(descriptor)
        return answer

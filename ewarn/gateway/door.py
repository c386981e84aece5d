"""The door of a shard: who is there, since when, and what each has said so far. No I/O: see `entrance`."""

from collections.abc import Mapping
from dataclasses import dataclass

from ewarn.gateway.handshake import Answer, Caller, Page


@dataclass(slots=True)
class _Waiting:
    caller: Caller
    deadline: float


class Door:
    """Connections that have yet to say who they are, by descriptor, in the order in which they came."""

    def __init__(self, patience_s: float, most_bytes: int, pages: Mapping[str, Page]) -> None:
        self._patience_s = patience_s
        self._most_bytes = most_bytes
        self._pages = pages
        self._waiting: dict[int, _Waiting] = {}

    def __contains__(self, descriptor: int) -> bool:
        """Whether a descriptor is still at the door."""
        return descriptor in self._waiting

    def __len__(self) -> int:
        """Connections at the door."""
        return len(self._waiting)

    def admit(self, descriptor: int, now: float) -> None:
        """A new connection."""
        self._waiting[descriptor] = _Waiting(Caller(self._most_bytes), now + self._patience_s)

    def forget(self, descriptor: int) -> None:
        """A connection is gone."""
        self._waiting.pop(descriptor, None)

    def expire(self, now: float) -> list[int]:
        """Those who took too long; they are at the door no more."""
        late = []
        for descriptor, one in self._waiting.items():
            if one.deadline > now:
                break  # admitted in order, and all have the same time
            late.append(descriptor)
        for descriptor in late:
            del self._waiting[descriptor]
        return late

    def hear(self, descriptor: int, data: bytes, *, full: bool) -> Answer | None:
        """What to answer; a connection that is answered is at the door no more. See `Caller.hear`."""
        answer = self._waiting[descriptor].caller.hear(data, self._pages, full=full)
        if answer:
            del self._waiting[descriptor]
        return answer

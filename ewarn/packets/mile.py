"""Both directions of the last mile of all clients of a process."""

import numpy as np
from numpy.typing import NDArray

from ewarn.packets.last_mile import LastMile, Link
from ewarn.packets.segments import Segments


class Mile:
    """What one end sends on its way, and what has reached the other by now."""

    def __init__(self, mile: LastMile, clients: int, rng: np.random.Generator, lives: NDArray[np.uint8]) -> None:
        """See `Link`; a user's delay is the same both ways."""
        delays = mile.draw(clients, rng)
        self._inward, self._outward = (Link(mile, delays, rng, lives) for _ in range(2))

    @property
    def next_ns(self) -> int:
        """When a segment reaches its end, at the earliest."""
        return min(self._inward.next_ns, self._outward.next_ns)

    def inward(self, segments: Segments, now: int) -> Segments:
        """These come from the gateway; those that have come to the clients by now."""
        return _through(self._inward, segments, now)

    def outward(self, segments: Segments, now: int) -> Segments:
        """These come from the clients; those that have come to the gateway by now."""
        return _through(self._outward, segments, now)


def _through(link: Link, segments: Segments, now: int) -> Segments:
    if len(segments):
        link.put(segments, now)
    return link.due(now)

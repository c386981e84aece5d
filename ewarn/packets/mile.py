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
        if len(segments):
            self._inward.put(segments, now)
        return self._inward.due(now)

    def outward(self, segments: Segments, now: int) -> tuple[Segments, NDArray[np.int64]]:
        """These come from the clients; those that have come to the gateway by now, and the lives that sent them.

        Whoever is back already may have hung up a moment ago.
        """
        if len(segments):
            self._outward.put(segments, now)
        return self._outward.of_any_life(now)

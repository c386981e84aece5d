"""How long a shard may be kept by what strangers ask, before it looks for an alert. Pure but for its clock.

A piece of work that has begun is finished, so all work that is done under a budget comes in small pieces.
"""

from collections.abc import Iterator

from ewarn.system.clock import Clock

ROUND_S = 0.002
"""of reading from those who have something to say, and as much of greeting or of answering; a slice of a report takes
twice as long"""


class Budget:
    """So much time from now on, of which one piece of work may always be done."""

    def __init__(self, clock: Clock, seconds: float) -> None:
        self._clock = clock
        self._until_ns = clock.monotonic_ns() + round(seconds * 1e9)

    @property
    def left(self) -> bool:
        """Whether there is time."""
        return self._clock.monotonic_ns() < self._until_ns

    def turns(self) -> Iterator[None]:
        """A turn for each piece of work, until the time is spent."""
        yield
        while self.left:
            yield

"""A bounded rate of sending: stands for a service that other traffic loads, or a smaller machine. Pure."""

PORTION_S = 0.01
"""frames of so long are sent at once: shorter than anyone can tell"""
LATE_S = 0.1
"""Whoever comes back later than told by less was held up, and makes up for it: waits of 10 ms that last 13 would make a
rate of 4,000 a second one of 3,000. Who is later by more had nothing to send, or was frozen."""


class Throttle:
    """Lets so many frames a second pass, all shards together; None lets all pass."""

    def __init__(self, rate_per_s: float | None) -> None:
        self._whole_per_s = self._rate_per_s = rate_per_s
        self._free_at = 0.0

    def share(self, mine: int, of: int) -> None:
        """The rate is that of all shards: this one has a part of it as its followers are of all, so all end together.

        A shard that has some more than others would else be left sending alone in the end, at its own part of the rate.
        """
        if self._whole_per_s is not None:
            self._rate_per_s = self._whole_per_s * max(1, mine) / max(1, mine, of)

    def portion(self, most: int) -> int:
        """How many frames to send at once, at most `most`."""
        return most if self._rate_per_s is None else max(1, min(most, int(self._rate_per_s * PORTION_S)))

    def wait_s(self, now: float) -> float:
        """How long to wait before sending more."""
        return max(0.0, self._free_at - now)

    def sent(self, frames: int, now: float) -> None:
        """So many were sent."""
        if self._rate_per_s is not None:
            due = self._free_at if now - self._free_at <= LATE_S else now
            self._free_at = due + frames / self._rate_per_s

"""What may come without end, and is written down seldom: the first time, and then how often it came meanwhile. Pure."""


class Seldom:
    """Counts what is left out."""

    def __init__(self, every_s: float) -> None:
        """From one line to the next there are `every_s` seconds at least."""
        self._every_s = every_s
        self._times = 0
        self._last = -float("inf")

    def due(self, now: float) -> int:
        """It came once more, at `now` (s): how often since the last line where another is due, else 0."""
        self._times += 1
        if abs(now - self._last) < self._every_s:  # a clock that was set back silences nothing
            return 0
        times, self._times, self._last = self._times, 0, now
        return times

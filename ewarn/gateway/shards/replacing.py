"""When a shard is started in the stead of one that died: at once, but later and later where they die as they start.

Pure; the clock is passed in.
"""

FIRST_S, LONGEST_S = 0.5, 60.0
"""waits after the second failure in a row, and at most; each is twice the one before"""
STEADY_S = 30.0
"""a shard that took connections for so long had started well"""


class Replacing:
    """How many starts in a row have failed, and when the next is due. All times are monotonic s."""

    def __init__(self, attempts: int) -> None:
        """After so many failed starts in a row hope is given up, where no shard is left; 0: nothing is replaced."""
        self._attempts = attempts
        self.failures = 0
        """in a row; shards that were running when another failed, and fail too, are one failure with it"""
        self._last = self._due = -float("inf")

    @property
    def given_up(self) -> bool:
        """Whether nobody is to wait for another try, where there is no shard at all."""
        return self.failures > self._attempts or not self._attempts

    def died(self, began: float, up_s: float, now: float) -> None:
        """A shard died that was started at `began`, and had taken connections for `up_s`."""
        if up_s >= STEADY_S:
            self.failures = 1
        elif began >= self._last:
            self.failures += 1
        else:
            return
        self._last = now
        # The exponent is bounded, or a month of failures would be no number.
        wait_s = FIRST_S * 2 ** min(self.failures - 2, 16) if self.failures > 1 else 0.0
        self._due = now + min(LONGEST_S, wait_s)

    def anew(self) -> None:
        """All shards are steady, or whoever operates them wants another try at once."""
        self.failures, self._last = 0, -float("inf")
        self._due = self._last

    def due(self, now: float) -> bool:
        """Whether a shard may be started in the stead of another."""
        return self._attempts > 0 and now >= self._due

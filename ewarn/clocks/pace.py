"""When a host's clock is asked. Pure.

It is asked at a steady pace all the time. Once it answers, and again in the end, comes a burst: the ends of a run are
where a bound has exchanges on one side alone.
"""

import random

BURST = 20
"""exchanges at each end"""
BURST_NS = 2_000_000
"""between two of a burst, at most: one that is not answered keeps nobody waiting"""
STEADY_NS = 50_000_000
"""between two otherwise, on average; each wait is drawn from half of it to one and a half"""


class Pace:
    """Of one host. Instants are ns of a clock that never goes back."""

    def __init__(self, now: int, rng: random.Random) -> None:
        self._rng = rng
        self._burst = 0
        """questions of a burst that are still to be asked"""
        self._before = 0
        """questions before the last burst"""
        self._heard = 0
        """answers to what was asked since"""
        self._ending = False
        self.asked = self.answered = 0
        self.due = now
        """when it is to be asked next"""

    @property
    def is_in_burst(self) -> bool:
        """Whether a burst has questions that are still to be asked."""
        return self._burst > 0

    @property
    def has_begun(self) -> bool:
        """Whether as many answers have come as a burst has questions."""
        return self.answered > BURST

    @property
    def has_ended(self) -> bool:
        """Whether as many have come to what was asked since the end was near."""
        return self._ending and self._heard >= BURST

    def ask(self, now: int) -> int:
        """The number of the question that is sent now."""
        self.asked += 1
        self._burst -= self._burst > 0
        wait = BURST_NS if self._burst else round(STEADY_NS * self._rng.uniform(0.5, 1.5))
        self.due = now + wait
        return self.asked

    def hear(self, number: int, now: int) -> None:
        """The first answer to a question has come."""
        self.answered += 1
        self._heard += number > self._before
        if self.is_in_burst:
            self.due = now
        if self.answered == 1 and not self._ending:
            self._begin_burst(now)

    def finish(self, now: int) -> None:
        """The run is over but for a last burst; one that was never heard is asked all the same."""
        self._ending = True
        self._begin_burst(now)

    def _begin_burst(self, now: int) -> None:
        self._burst, self._before, self._heard, self.due = BURST, self.asked, 0, now

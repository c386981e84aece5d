"""What a connection may say in a while; whoever says more is not heard until the while is over. Pure.

Honest clients say a few things an hour, and a burst when they come. Of those who say nothing, nothing is kept.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Over:
    """What comes of a while that is over."""

    rested: list[int]
    """to be heard again"""
    floods: list[int]
    """to be closed: they said too much in so many whiles on end"""


class Allowance:
    """By descriptor: frames heard in this while, and in how many whiles on end they were too many."""

    def __init__(self, frames: int, whiles: int) -> None:
        """`frames` may be said in a while; after so many `whiles` on end of more than that it is a flood."""
        self._frames, self._whiles = frames, whiles
        self._heard: dict[int, int] = {}
        self._strikes: dict[int, int] = {}
        """of those who said too much in this while or the last"""
        self._resting: dict[int, None] = {}

    def spend(self, descriptor: int, frames: int) -> bool:
        """It said so much; True where that was too much, and it is to rest from now on."""
        heard = self._heard[descriptor] = self._heard.get(descriptor, 0) + frames
        if heard <= self._frames or descriptor in self._resting:
            return False
        self._resting[descriptor] = None
        return True

    def end_while(self) -> Over:
        """The while is over, and a new one begins."""
        self._strikes = {one: self._strikes.get(one, 0) + 1 for one in self._resting}
        floods = [one for one, strikes in self._strikes.items() if strikes >= self._whiles]
        over = Over([one for one in self._resting if self._strikes[one] < self._whiles], floods)
        self._heard, self._resting = {}, {}
        return over

    def forget(self, descriptor: int) -> None:
        """A connection is gone."""
        for kept in (self._heard, self._strikes, self._resting):
            kept.pop(descriptor, None)

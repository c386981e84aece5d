"""Receipts of a fleet: while a play goes on, what its hosts say of them; once they were collected, all of them."""

from collections.abc import Callable, Iterable, Mapping

import numpy as np
from numpy.typing import NDArray

from ewarn.drill.fleet.gathering import Holding
from ewarn.drill.fleet.told import Between
from ewarn.verdict.receipts import TALLIES, ReceiptBook
from ewarn.wire.swarms import Standing

PLACE = {name: index for index, name in enumerate(TALLIES)}
FRAMES = PLACE["frames"]
"""the first of the tallies that begin anew with each play"""

Look = Callable[[], Mapping[int, Standing]]
"""How hosts stand, by index; without those that are lost, and those that have said nothing yet."""


class LedBook(ReceiptBook):
    """A book with a row of tallies a host, which follow what the hosts say until all was taken."""

    def __init__(
        self, descriptor: int, reports: int, users: int, hosts: int, look: Look, now_ns: Callable[[], int]
    ) -> None:
        """`now_ns`: of the conductor's clock, monotonic."""
        super().__init__(descriptor, reports, users, hosts)
        self._look, self._now_ns = look, now_ns
        self._received = np.zeros((hosts, reports), np.int64)
        self._said_ns = np.zeros((hosts, reports), np.int64)
        """when a host was first heard to say so many; 0: nobody knows"""
        self._follows = True
        self.doubts: list[str] = []
        """why nobody can trust what is in here, in words"""

    @property
    def is_here(self) -> bool:
        """See `ReceiptBook`."""
        return not self._follows

    def total(self, name: str) -> int:
        """See `ReceiptBook`."""
        self._follow()
        return super().total(name)

    def received(self, number: int) -> int:
        """See `ReceiptBook`."""
        self._follow()
        return int(self._received[:, number - 1].sum()) if self._follows else super().received(number)

    def disagreements(self) -> list[str]:  # type: ignore[override]
        """See `ReceiptBook`; and what else is wrong."""
        return [*super().disagreements(), *self.doubts]

    def begin(self) -> None:
        """A play begins: all that was taken is forgotten."""
        for array in (self.read, self.kernel, self.via, self.duplicates, self.out_of_order):
            array[:] = 0
        self._received[:] = self._said_ns[:] = 0
        self.tallies[:, FRAMES:] = 0
        self.doubts.clear()
        self._follows = True

    def is_clear(self) -> bool:
        """Whether what hosts say is of the play that has begun, in which nobody has read anything yet.

        What they said before is forgotten.
        """
        self._received[:] = self._said_ns[:] = 0
        return not any(any(one.received) or any(one.tallies[FRAMES:]) for one in self._look().values())

    def take(self, host: int, first: int, of: Holding, via: NDArray[np.uint8]) -> None:
        """Take down what a host holds, whose users begin with `first`, but for times."""
        self.via[:, first : first + of.users] = via
        for into, what in ((self.duplicates, "duplicates"), (self.out_of_order, "out_of_order")):
            into[host] = of.counts(what)
        self.tallies[host] = of.counts("tallies")

    def take_times(self, first: int, read: Between, kernel: Between) -> None:
        """Take down when users from `first` on read at the latest."""
        mine = slice(first, first + read.latest.shape[1])
        for into, times in ((self.read, read), (self.kernel, kernel)):
            into[:, mine] = np.maximum(times.latest, 0)  # in here 0 is never

    def told_by(self, host: int, counts: NDArray[np.int64], collected_ns: int) -> NDArray[np.int64]:
        """By when a host had told that so many have read each report: no receipt is later. Monotonic ns, by report.

        `counts` are what it holds in the end, which it had told by `collected_ns` at the latest.
        """
        known = (self._received[host] == counts) & (self._said_ns[host] > 0)
        return np.where(known, self._said_ns[host], collected_ns)

    def close(self, without: Iterable[int]) -> None:
        """All was taken. Of hosts that have told nothing no frames count either: their users have read nothing."""
        self._follows = False
        for host in without:
            self.tallies[host, FRAMES:] = 0

    def away(self) -> int:
        """Devices that lost their connection and have yet to come back, of hosts that are there."""
        them = [one.tallies for one in self._look().values() if len(one.tallies) == len(TALLIES)]
        return sum(one[PLACE["left"]] - one[PLACE["returned"]] for one in them)

    def _follow(self) -> None:
        if not self._follows:
            return
        for host, one in self._look().items():
            if len(one.tallies) == len(TALLIES):
                self.tallies[host] = one.tallies
            count = min(len(one.received), self._received.shape[1])
            said, now_ns = np.asarray(one.received[:count], np.int64), self._now_ns()
            self._said_ns[host, :count][self._received[host, :count] != said] = now_ns
            self._received[host, :count] = said

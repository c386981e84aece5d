"""Who is to be told, one after the other: a plan's order, kept to by stretches that become longer. Pure.

Linux lays out sockets in memory as they are made, and a send costs less after one to a socket not far away. So within a
stretch of the order users are told as they connected. A stretch is a quarter as long as what goes before it: whoever
would be told after 1 s is told at most 0.25 s later or sooner.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from ewarn.dispatch.plan import Plan

FIRST, SHARE = 128, 4
"""users of the first stretch, and of the others at least; those behind so many have one of them in so many"""
MANY = 12_288
"""Where a shard tells fewer, the whole order is kept to: all of it is over in a moment."""


def ends(count: int) -> NDArray[np.int64]:
    """Where each stretch of so many users ends, ascending; a stretch a user where they are few."""
    if count < MANY:
        return np.arange(1, count + 1)
    found = [FIRST]
    while found[-1] < count:
        found.append(found[-1] + max(FIRST, found[-1] // SHARE))
    return np.minimum(found, count)


@dataclass(frozen=True)
class Queue:
    """Users who are to be told what a plan has for them."""

    plan: Plan
    users: NDArray[np.intp]
    """rows of the plan, in the order of telling"""
    ends: NDArray[np.int64]
    """of stretches"""
    descriptors: NDArray[np.int64]
    """by row of the plan"""
    since: NDArray[np.uint64]
    """by row of the plan: rank of beginning to follow"""

    @classmethod
    def of(cls, plan: Plan, descriptors: NDArray[np.int64], since: NDArray[np.uint64]) -> Self:
        """All whom nothing holds it back from; each stretch as they connected."""
        users, until = plan.order.copy(), ends(len(plan.order))
        if len(users) >= MANY:
            for stretch in np.split(users, until[:-1]):
                stretch[:] = stretch[np.argsort(descriptors[stretch])]
        return cls(plan, users, until, descriptors, since)

    def __len__(self) -> int:
        """Users."""
        return len(self.users)

    def stretch(self, told: int) -> tuple[int, int]:
        """Where the stretch begins, and ends, in which the user behind so many stands."""
        index = int(np.searchsorted(self.ends, told, side="right"))
        return int(self.ends[index - 1]) if index else 0, int(self.ends[index])

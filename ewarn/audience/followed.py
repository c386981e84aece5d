"""The places that users follow: 0 to 10 each, one user's after another's in flat arrays.

Most follow one, few follow ten. In a table ten wide nine tenths of every sum over all places would be for nobody.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Self

import numpy as np
from numpy.typing import NDArray

MOST_PLACES = 10
"""that a user may follow"""


@dataclass(frozen=True)
class Followed:
    """Places by user: `count` has shape (users,), the others (places,), as many for each user as their count says."""

    count: NDArray[np.int64]
    """places that each user follows, 0 to `MOST_PLACES`"""
    latitude: NDArray[np.float64]
    """degrees north"""
    longitude: NDArray[np.float64]
    """degrees east"""

    @classmethod
    def one_each(cls, latitude: NDArray[np.float64], longitude: NDArray[np.float64]) -> Self:
        """Users who follow one place each, degrees, both of shape (users,)."""
        return cls(np.ones(len(latitude), np.int64), latitude, longitude)

    @cached_property
    def first(self) -> NDArray[np.int64]:
        """Where each user's places begin in the flat arrays, shape (users,)."""
        return np.cumsum(self.count) - self.count

    def __len__(self) -> int:
        """Users."""
        return len(self.count)

    def between(self, begin: int, end: int) -> "Followed":
        """Users from `begin` to before `end`."""
        last = int(self.count[:end].sum())
        places = slice(int(self.count[:begin].sum()), last)
        return Followed(self.count[begin:end], self.latitude[places], self.longitude[places])

    def of(self, users: NDArray[np.intp]) -> "Followed":
        """Users by index, shape (some,), in that order."""
        places = self.flat(users)
        return Followed(self.count[users], self.latitude[places], self.longitude[places])

    def flat(self, users: NDArray[np.intp]) -> NDArray[np.int64]:
        """Where the places of these users stand in the flat arrays, one user's after another's; shape (places,)."""
        return spread(self.first[users], self.count[users])

    def places(self, user: int) -> list[tuple[float, float]]:
        """(latitude, longitude), degrees, of one user's places."""
        begin = self.first.item(user)
        mine = slice(begin, begin + self.count.item(user))
        return list(zip(self.latitude[mine].tolist(), self.longitude[mine].tolist(), strict=True))


def spread(first: NDArray[np.int64], count: NDArray[np.int64]) -> NDArray[np.int64]:
    """Whole numbers from each of `first` on, `count` of each, one after another: (n,) in, (sum of count,) out."""
    ends = np.cumsum(count)
    return np.asarray(np.arange(int(ends[-1]) if len(ends) else 0) + np.repeat(first - (ends - count), count))

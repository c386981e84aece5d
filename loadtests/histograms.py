"""Delivery times at full resolution, small enough to travel, and exact to add up. Pure; no I/O."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from math import ceil, inf
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

BIN_NS = 100_000
"""Width of a bin: 100 microseconds. Locust's own statistics round to two digits, so 1,049 ms would become 1,000."""


@dataclass
class Histogram:
    """How many deliveries took so long. No value is out of its range, and the longest is kept exactly."""

    bins: Counter[int] = field(default_factory=Counter)
    """by number of the bin: bin n holds from n to n + 1 times `BIN_NS`"""
    longest_ns: int | None = None

    def add(self, times_ns: NDArray[np.int64]) -> None:
        """Count these, shape (n,)."""
        if not len(times_ns):
            return
        numbers, counts = np.unique(times_ns // BIN_NS, return_counts=True)
        self.bins.update(dict(zip(numbers.tolist(), counts.tolist(), strict=True)))
        longest = int(times_ns.max())
        self.longest_ns = longest if self.longest_ns is None else max(self.longest_ns, longest)

    def merge(self, other: "Histogram") -> None:
        """Count all that another has counted."""
        self.bins.update(other.bins)
        self.longest_ns = max((one.longest_ns for one in (self, other) if one.longest_ns is not None), default=None)

    @property
    def count(self) -> int:
        """Deliveries counted."""
        return self.bins.total()

    def percentile_ns(self, share: float, of: int) -> float:
        """The upper edge of the bin in which `share` of so many users had been reached; infinite if they never were.

        `of` counts those too who got nothing. The edge is never past the longest delivery.
        """
        number = self._bin_of(share, of)
        return inf if number is None else min((number + 1) * BIN_NS, self.longest_ns or 0)

    def at_least_ns(self, share: float, of: int) -> float:
        """As `percentile_ns`, the lower edge of that bin."""
        number = self._bin_of(share, of)
        return inf if number is None else number * BIN_NS

    def _bin_of(self, share: float, of: int) -> int | None:
        rank = max(1, ceil(share * of - 1e-9))
        for number in sorted(self.bins):
            rank -= self.bins[number]
            if rank <= 0:
                return number
        return None

    def maximum_ns(self, of: int) -> float:
        """The longest delivery, exactly; infinite where not all of so many users were reached."""
        return self.longest_ns if self.longest_ns is not None and self.count >= of else inf

    def plain(self) -> dict[str, Any]:
        """As numbers, lists and dicts, which is what travels from a worker to the master."""
        return {"bins": sorted(self.bins.items()), "longest_ns": self.longest_ns}

    @classmethod
    def from_plain(cls, said: Mapping[str, Any]) -> Self:
        """Back from `plain`."""
        return cls(Counter(dict(said["bins"])), said["longest_ns"])

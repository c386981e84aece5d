"""What a drill over a fleet came to, where the trial knows every clock. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ewarn.verdict.percentiles import percentile

NEVER = -1


@dataclass(frozen=True)
class Known:
    """Receipts whose true instants are known, and what the drill said of them."""

    receipts: int
    """pairs of a user and a report that were truly read"""
    told: int
    """of them, those that the drill has"""
    inside: int
    """of these, those whose truth lies in the bound"""
    width_us: tuple[float, float, float]
    """of bounds: p50, p99, most"""
    least_us: float
    """how far from the nearer end of its bound the closest truth is; negative: outside"""

    @property
    def share(self) -> float:
        """Of receipts whose truth lies inside; 0 where there are none."""
        return self.inside / self.receipts if self.receipts else 0.0


def known(receipts: NDArray[Any], earliest: NDArray[Any], truth: NDArray[np.int64]) -> Known:
    """Hold bounds against the truth.

    `receipts` (RECEIPT) and `earliest` (EARLIEST), row by row; `truth`, shape (reports, users), ns of the conductor's
    clock, NEVER where nothing was read.
    """
    true = truth[receipts["report"].astype(np.intp) - 1, receipts["user"].astype(np.intp)]
    low, high = earliest["read"], receipts["read"]
    told = (true != NEVER) & (high != NEVER)
    low, high, true = low[told], high[told], true[told]
    inside = (low <= true) & (true <= high)
    margin = np.minimum(true - low, high - true) / 1e3
    return Known(
        receipts=int(np.count_nonzero(truth != NEVER)),
        told=int(np.count_nonzero(told)),
        inside=int(np.count_nonzero(inside)),
        width_us=widths((high - low) / 1e3),
        least_us=float(margin.min(initial=np.inf)),
    )


def widths(found: NDArray[np.float64]) -> tuple[float, float, float]:
    """P50, p99 and the most."""
    if not len(found):
        return np.nan, np.nan, np.nan
    return percentile(found, 0.5), percentile(found, 0.99), float(found.max())


def true_instants(read: Sequence[NDArray[np.int64]], ahead_ns: Sequence[int]) -> NDArray[np.int64]:
    """Of users in a row, from what their hosts' own clocks showed (reports, users of a host; 0: never)."""
    return np.concatenate(
        [np.where(one > 0, one - ahead, NEVER) for one, ahead in zip(read, ahead_ns, strict=True)], axis=1
    )


@dataclass(frozen=True)
class Held:
    """One play of gateways with a rate, held against the forecast."""

    gateways: int
    seconds: float
    """until the last user"""
    modelled_s: float
    """as `ewarn plan --held` says"""
    due_s: float
    """that the fullest gateway takes for the users it had, at its rate"""
    busy: float
    """share of the machine's cores meanwhile"""
    planned_ms: float
    """from a report's coming to a gateway until a shard had planned whom to tell, mean"""
    lag_ms: float
    """p99 of how late clients read what their kernel had"""
    doubts: tuple[str, ...] = ()

    @property
    def off(self) -> float:
        """Measured over modelled, less 1."""
        return self.seconds / self.modelled_s - 1


def busy_between(samples: Sequence[tuple[int, float]], first_ns: int, last_ns: int) -> float:
    """Share of cores in use, from samples of an instant, and of the seconds used so far, on average of the cores."""
    at, used = (np.array(column, dtype=float) for column in zip(*samples, strict=True))
    begin, end = np.interp([first_ns, last_ns], at, used)
    # The kernel counts by ticks, so that a short time may come out as more than all of it.
    return min(1.0, float((end - begin) / max(1.0, last_ns - first_ns) * 1e9))


def median_of(plays: Sequence[Held]) -> Mapping[str, float]:
    """Of each figure."""
    names = ("seconds", "modelled_s", "due_s", "off", "busy", "planned_ms", "lag_ms")
    return {name: float(np.median([getattr(one, name) for one in plays])) for name in names}

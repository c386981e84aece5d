"""What the judge is given: reports as they went out, what a drill saw, and what the quake really did. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ewarn.seismic.origin import Bulletin, Status
from ewarn.verdict.fleet import OfFleet

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Released(Bulletin):
    """What the judge needs to know of a report."""

    number: int
    """1, 2, ..."""
    status: Status
    release_s: float
    """seconds after the true origin, as handed over"""
    magnitude: float
    """the report's own, not the true one"""
    held_back: str = ""
    """from whom and by which gate, in words; empty where it was for everyone"""


@dataclass(frozen=True)
class Truth:
    """What the quake really does to each user; arrays of shape (users,)."""

    magnitude: float
    """the true one, not a report's"""
    distance_km: Floats
    """from the epicentre"""
    s_s: Floats
    """first S, seconds after origin"""
    level: NDArray[np.str_]
    """level of the warning that the true local intensity would call for"""


@dataclass(frozen=True)
class Observed:
    """What a drill saw. `receipts` has one row a user and report, by report and then user (dtype `RECEIPT`)."""

    receipts: NDArray[Any]
    duplicates: NDArray[np.int64]
    """by report"""
    out_of_order: NDArray[np.int64]
    """by report: receipts that came after a newer report's"""
    checked: int
    """frames of sampled users that were computed anew"""
    wrong: int
    """of these, frames that said something else"""
    disagreements: Sequence[str]
    """sums of the swarm that must agree and do not, and whatever else lets nobody trust it, in words"""
    due: NDArray[np.bool_] | None = None
    """shape (reports, users): not for who follows no place, nor for whom a gate held it back from; None: for all"""
    follows: NDArray[np.bool_] | None = None
    """shape (users,): follows a place; None: all do"""
    ideal: Floats | None = None
    """scores of the order that was meant, lowest first; shape (reports, users), NaN where not known; None: no order"""
    cut_short: str | None = None
    """why the drill could not release all its reports; None: it did"""
    left_behind: int | None = None
    """slow clients that ended on another report than the last; None: there were none"""
    earliest: NDArray[Any] | None = None
    """beside `receipts`, which have the latest that each instant can be, the earliest (dtype `EARLIEST`); None: all was
    stamped by the conductor's clock"""
    fleet: OfFleet | None = None
    """the hosts; None: there is one"""
    on: NDArray[np.uint8] | None = None
    """place in `fleet.swarms` of each user's host, shape (users,); None: there is one host, or it is not known"""

"""What the charts of a briefing draw, as arrays. Pure; seconds and kilometres, infinite for never."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ewarn.audience.followed import Followed
from ewarn.briefing.run import Run
from ewarn.dispatch.gates import NO_GATES
from ewarn.dispatch.orders import ORDERS
from ewarn.dispatch.plan import Followers, plan
from ewarn.seismic.intensity import LEVELS
from ewarn.verdict.fate import Fate
from ewarn.verdict.percentiles import percentile
from ewarn.verdict.receipts import NEVER
from ewarn.words import called, say

Floats = NDArray[np.float64]

POINTS = 400
"""of a curve: more than a chart has pixels to show"""
BINS = 40
RING_KM = 10.0
STEPS = (1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0)
"""of the table behind a curve, within a power of ten"""
FEWEST = 10
"""a band of fewer users than this in a ring would say nothing"""
SMALL_PLAN = 0.001
"""share of the users; a plan for fewer is one for who came late, no shard's plan of a report"""


def delivery(delay_s: Floats) -> tuple[Floats, Floats]:
    """Share of users (0 to 1) that has read a report by so many seconds after its release; never lies nowhere."""
    known = np.sort(delay_s[np.isfinite(delay_s)])
    rank = np.unique(np.linspace(0, len(known) - 1, min(POINTS, len(known))).round().astype(np.int64))
    return known[rank], (rank + 1) / max(1, len(delay_s))


def instants(least_s: float, most_s: float, among: Sequence[float] = (), steps: Sequence[float] = STEPS) -> list[float]:
    """Round instants, `steps` in each power of ten, from the last one before `least_s` to the first from `most_s` on.

    Those `among` them are there too, as far as they lie between. Of no time at all there is one, 1 ms.
    """
    least, most = max(least_s, 1e-3), max(most_s, 1e-3)
    powers = range(int(np.floor(np.log10(least))), int(np.ceil(np.log10(most))) + 1)
    there = [round(step * 10.0**power, 6) for power in powers for step in steps]
    low = max((one for one in there if one <= least), default=there[0])
    high = min((one for one in there if one >= most), default=there[-1])
    return sorted({one for one in there if low <= one <= high} | {one for one in among if low < one < high})


@dataclass(frozen=True)
class Ranked:
    """Users in the order of dispatch, in bins of equally many."""

    by: str
    """what the rank is taken from, in words"""
    share: Floats
    """of the users, told before the end of each bin"""
    p50_s: Floats
    p90_s: Floats
    max_s: Floats


def by_rank(run: Run, index: int) -> Ranked | None:
    """Of one report; None where no file knows the order in which its users were to be told."""
    score, by = _rank(run, index)
    known = run.due[index] & np.isfinite(score)
    if not known.any():
        return None
    delay_s = run.delay_s[index][known][np.argsort(score[known], kind="stable")]
    bins = [one for one in np.array_split(delay_s, min(BINS, len(delay_s))) if len(one)]
    ends = np.cumsum([len(one) for one in bins]) / len(delay_s)
    p50_s, p90_s, max_s = (np.array([percentile(one, share) for one in bins]) for share in (0.5, 0.9, 1.0))
    return Ranked(by, ends, p50_s, p90_s, max_s)


def _rank(run: Run, index: int) -> tuple[Floats, str]:
    """A score a user, lowest first and NaN where not known, and what it is."""
    if run.order in ORDERS and ORDERS[run.order].ideal:
        return _planned(run, index), say("report.planned-anew", say(f"order.{run.order}"))
    written = run.table["written"][index]
    score = np.where(written == NEVER, np.nan, (written - written.min()).astype(np.float64))
    return score, say("report.planned-written", called("order", run.order))


def _planned(run: Run, index: int) -> Floats:
    places = run.files.places
    count = np.bincount(places["user"], minlength=len(run.users))
    score, users = np.full(len(run.users), np.nan), np.flatnonzero(count)
    followers = Followers.of(Followed(count[users], places["latitude"], places["longitude"]))
    order = ORDERS[run.order]
    decided = plan(run.reports[index], followers, NO_GATES, run.files.earth, order, np.random.default_rng())
    score[users[decided.order]] = decided.score
    return score


@dataclass(frozen=True)
class Group:
    """Users who were told together, and how long it took."""

    name: str
    users: int
    p50_s: float
    p90_s: float
    max_s: float


def by_plan(run: Run, index: int) -> list[Group]:
    """Users by the plan that counted them in, in the order in which plans were made: each shard makes its own."""
    planned, due = run.table["planned"][index], run.due[index]
    made, users = np.unique(planned[due & (planned != NEVER)], return_counts=True)
    least = SMALL_PLAN * due.sum()
    large = made[users > least]
    groups = [
        _group(say("report.plan", str(number)), run.delay_s[index][due & (planned == at)])
        for number, at in enumerate(large, 1)
    ]
    rest = due & ~np.isin(planned, large)
    return groups + ([_group(say("report.no-plan"), run.delay_s[index][rest])] if rest.any() and groups else [])


def by_platform(run: Run, index: int) -> list[Group]:
    """Users by the platform that brought them the report first; none for a run of one platform."""
    names = run.told.platform_names
    via, due = run.table["via"][index], run.due[index]
    found = [(name, due & (via == number)) for number, name in enumerate(names, 1)]
    return [_group(name, run.delay_s[index][which]) for name, which in found if which.any()]


def _group(name: str, delay_s: Floats) -> Group:
    p50_s, p90_s, max_s = (percentile(delay_s, share) for share in (0.5, 0.9, 1.0))
    return Group(name, len(delay_s), p50_s, p90_s, max_s)


@dataclass(frozen=True)
class Leads:
    """Lead time by rings about the epicentre; an element a ring in which anyone was to be told."""

    inner_km: NDArray[np.float64]
    users: NDArray[np.int64]
    p10_s: Floats
    p50_s: Floats
    p90_s: Floats
    """-inf where a percentile falls on someone who was never told"""


def lead_by_distance(run: Run) -> Leads:
    """Of all who were to be told: from the first report of any number that each read to S at their home."""
    due = run.fates.due
    lead_s, ring = run.fates.lead_s[due], (run.users["distance_km"][due] // RING_KM).astype(np.int64)
    order = np.argsort(ring, kind="stable")
    rings, first = np.unique(ring[order], return_index=True)
    parts = np.split(lead_s[order], first[1:]) if len(rings) else []
    points = [np.array([percentile(part, share) for part in parts], np.float64) for share in (0.1, 0.5, 0.9)]
    return Leads((rings * RING_KM).astype(np.float64), np.array([len(part) for part in parts], np.int64), *points)


@dataclass(frozen=True)
class Rings:
    """What came of those who were to be told, by rings about the epicentre; a row a ring in which there were any."""

    inner_km: Floats
    fates: NDArray[np.int64]
    """users by ring and code of `Fate`, shape (rings, fates)"""

    @property
    def users(self) -> NDArray[np.int64]:
        """Of each ring."""
        return np.asarray(self.fates.sum(axis=1))

    @property
    def in_time(self) -> Floats:
        """Share of them, 0 to 1."""
        return np.asarray(self.fates[:, Fate.IN_TIME] / self.users)


def by_ring(run: Run) -> Rings:
    """Of all who were to be told."""
    due = run.fates.due
    ring = (run.users["distance_km"][due] // RING_KM).astype(np.int64)
    found, row = np.unique(ring, return_inverse=True)
    fates = np.zeros((len(found), len(Fate)), np.int64)
    np.add.at(fates, (row, run.fates.fate[due]), 1)
    return Rings(found.astype(np.float64) * RING_KM, fates)


CELL_DEG = 0.12


@dataclass(frozen=True)
class Cells:
    """Where users live, a cell of some 12 km each, and what came of most in it who were to be told."""

    latitude: Floats
    longitude: Floats
    users: NDArray[np.int64]
    most: NDArray[np.int64]
    """code of the `Fate` that most of them had"""


def cells(run: Run) -> Cells:
    """Of all who were to be told."""
    due, users = run.fates.due, run.users
    fate = run.fates.fate[due]
    latitude, longitude = users["latitude"][due], users["longitude"][due]
    key = np.column_stack([np.floor(latitude / CELL_DEG), np.floor(longitude / CELL_DEG)]).astype(np.int64)
    _, cell = np.unique(key, axis=0, return_inverse=True)
    cell = cell.reshape(-1)
    count = np.bincount(cell)
    fates = np.stack([np.bincount(cell[fate == one], minlength=len(count)) for one in Fate])
    mean = [np.bincount(cell, where) / np.maximum(1, count) for where in (latitude, longitude)]
    return Cells(mean[0], mean[1], count, fates.argmax(axis=0))


def fates_by_level(run: Run) -> dict[str, NDArray[np.int64]]:
    """Users by true level, `red` first, and by code of `Fate`; and `all` of them."""
    fate, level = run.fates.fate, run.users["level"]
    found: dict[str, Any] = {"all": np.bincount(fate, minlength=len(Fate))}
    for index, name in reversed(list(enumerate(LEVELS))):
        found[name] = np.bincount(fate[level == index], minlength=len(Fate))
    return found

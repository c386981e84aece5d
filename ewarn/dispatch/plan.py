"""The plan of one report: what it means to every follower by its own estimate, who is told, and in which order."""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from ewarn.audience.followed import Followed
from ewarn.audience.forecast import Forecast, forecast
from ewarn.dispatch.gates import Gate, Gates
from ewarn.dispatch.orders import MARGIN_S, Score, Situation
from ewarn.seismic.earth import Earth
from ewarn.seismic.origin import Report

LATER = 1e6
"""beyond any wait for S, seconds"""
FEW = 512
"""fewer than these are ranked sooner by comparing them than digit by digit"""


@dataclass(frozen=True)
class Followers:
    """Users to plan for, each of whom follows a place; an element a user."""

    followed: Followed
    since: NDArray[np.uint64]
    """when the user connected, as a rank"""
    threshold: NDArray[np.float64]
    """least intensity that the user asks to be told of"""
    level: NDArray[np.int8]
    """that the last report they had of this quake gave their worst place, index into `LEVELS`; -1: they had none"""

    promised: NDArray[np.bool_]
    """an earlier report of this quake was for them, sent by now or not: they are told of it to the end"""

    @property
    def told(self) -> NDArray[np.bool_]:
        """Whether they had an earlier report of this quake."""
        return self.level >= 0

    @classmethod
    def of(cls, followed: Followed) -> Self:
        """Users who connected in this order, ask for everything, and have heard nothing yet."""
        count = len(followed)
        nothing = np.full(count, -1, np.int8)
        return cls(followed, np.arange(count, dtype=np.uint64), np.zeros(count), nothing, np.zeros(count, np.bool_))


@dataclass(frozen=True, eq=False)
class Plan:
    """What to tell each user, and the order to do it in; equal to itself alone, so that more can be kept beside it."""

    report: Report
    first: NDArray[np.int64]
    """where each user's places begin"""
    count: NDArray[np.int64]
    """how many the user follows"""
    place: NDArray[np.int64]
    """the user's own number of each place; their places stand in the order of telling, soonest and strongest first"""
    places: Forecast
    """flat arrays, in the same order"""
    gate: NDArray[np.uint8]
    """a `Gate` a user: what holds the report back from them"""
    tier: NDArray[np.intp]
    """how it is shown to each user: index into `TIERS`"""
    level: NDArray[np.intp]
    """at the worst of each user's places: index into `LEVELS`"""
    level_from: tuple[float, ...]
    """lowest intensity of each level but blue"""
    order: NDArray[np.intp]
    """users whom nothing holds it back from, the first to be told first"""
    score: NDArray[np.float64]
    """of `order`, ascending"""


def plan(
    report: Report, followers: Followers, gates: Gates, earth: Earth, order: Score, rng: np.random.Generator
) -> Plan:
    """Decide all of a report's dispatch. Pure but for `rng`, which only the random order draws from.

    It is news to whoever has not heard of the quake, or has been told of less; that it is taken back, to whoever has.
    """
    followed = followers.followed
    places = forecast(report.origin, report.zone, followed.latitude, followed.longitude, earth)
    until_s = places.s_s - report.release_s
    ahead = _of_each(followed, np.minimum, np.where(until_s > -MARGIN_S, until_s, np.inf))
    strongest = _of_each(followed, np.maximum, places.intensity)
    level = earth.level_index(strongest)
    situation = Situation(
        slack_s=np.where(np.isfinite(ahead), ahead, _of_each(followed, np.maximum, until_s)),
        distance_km=_of_each(followed, np.minimum, places.distance_km),
        intensity=strongest,
        since=followers.since,
        news=followers.told if report.cancels else level > followers.level,
    )
    gate = gates.judge(
        report.origin.magnitude, strongest, followers.threshold, followers.promised, cancel=report.cancels
    )
    score = order(situation, rng)
    told = np.flatnonzero(gate == Gate.OPEN)
    ranking = told[ranked(score[told])]
    telling = _telling(followed, until_s, places.intensity)
    return Plan(
        report=report,
        first=followed.first,
        count=followed.count,
        place=telling - np.repeat(followed.first, followed.count),
        places=Forecast(*(one[telling] for one in (places.distance_km, places.p_s, places.s_s, places.intensity))),
        gate=gate,
        tier=gates.tier(strongest, may_alarm=report.may_alarm),
        level=level,
        level_from=earth.model.level_from,
        order=ranking,
        score=score[ranking],
    )


def ranked(*keys: NDArray[np.float64]) -> NDArray[np.intp]:
    """Indices from the lowest to the highest by the last of the keys, of equal ones by the one before it, and so on.

    Keys are of one shape (n,), none is NaN; what is equal by all stays in the order given. As `lexsort` has it, and for
    one key a stable `argsort`, in a third of the time: numbers of 16 bits are sorted by radix, so that four rounds of
    them, the last digit first, sort floating-point numbers by their bits.
    """
    if len(keys[0]) < FEW:
        return np.lexsort(keys)
    order = np.arange(len(keys[0]))
    for key in keys:
        bits = (key + 0.0).view(np.int64)  # minus nought is nought
        bits ^= (bits >> 63) & np.int64(2**63 - 1)  # of what is below nought the bits fall as the number rises
        digits = (bits ^ np.int64(-(2**63))).astype("<i8", copy=False).view("<u2").reshape(-1, 4).T.copy()
        for digit in digits:
            order = order[np.argsort(digit[order], kind="stable")]
    return order


def _of_each(followed: Followed, choose: np.ufunc, values: NDArray[np.float64]) -> NDArray[np.float64]:
    """The one that is chosen of each user's places: `values`, of shape (places,), in, (users,) out."""
    if len(values) == len(followed):  # a place each
        return values
    return np.asarray(choose.reduceat(values, followed.first))


def _telling(followed: Followed, until_s: NDArray[np.float64], intensity: NDArray[np.float64]) -> NDArray[np.int64]:
    """Each user's places in the order of telling: S still to come, the soonest first; then the reached, the strongest.

    Of places that S reaches at once the strongest comes first.
    """
    telling = np.arange(len(until_s))
    several = np.flatnonzero(followed.count > 1)
    mine = followed.flat(several)
    wait = np.where(until_s[mine] > 0, until_s[mine], LATER)
    user = np.repeat(several, followed.count[several])
    telling[mine] = mine[ranked(-intensity[mine], wait, user.astype(np.float64))]
    return telling

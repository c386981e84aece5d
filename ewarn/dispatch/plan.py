"""The plan of one report: every follower's situation by the report's own estimate, and the order to send in."""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from ewarn.audience.forecast import Forecast, forecast
from ewarn.dispatch.orders import Order, Situation
from ewarn.seismic.earth import Earth
from ewarn.seismic.origin import Report


@dataclass(frozen=True)
class Followers:
    """Users to plan for; a row a user, places beyond his `count` are padding (any finite value)."""

    latitude: NDArray[np.float64]
    """shape (users, places)"""
    longitude: NDArray[np.float64]
    """shape (users, places)"""
    count: NDArray[np.int64]
    """places each user follows, at least 1"""
    since: NDArray[np.uint64]
    """when he connected, as a rank"""

    @classmethod
    def of_one_place(cls, latitude: NDArray[np.float64], longitude: NDArray[np.float64]) -> Self:
        """Users who follow one place each, shape (users,), and connected in this order."""
        count = len(latitude)
        ones, ranks = np.ones(count, np.int64), np.arange(count, dtype=np.uint64)
        return cls(latitude[:, None], longitude[:, None], ones, ranks)


@dataclass(frozen=True)
class Plan:
    """What to tell each user, and the order to do it in."""

    report: Report
    places: Forecast
    """arrays of shape (users, places)"""
    count: NDArray[np.int64]
    order: NDArray[np.intp]
    """rows of `places`, the first to be told first"""
    score: NDArray[np.float64]
    """of `order`, ascending"""


def plan(report: Report, followers: Followers, earth: Earth, order: Order, rng: np.random.Generator) -> Plan:
    """Decide all of a report's dispatch. Pure but for `rng`, which only the random order draws from."""
    places = forecast(report.origin, report.zone, followers.latitude, followers.longitude, earth)
    followed = np.arange(places.s_s.shape[1]) < followers.count[:, None]
    until_s = np.where(followed, places.s_s - report.release_s, -np.inf)
    ahead = np.where(until_s > 0, until_s, np.inf).min(axis=1)
    situation = Situation(
        slack_s=np.where(np.isfinite(ahead), ahead, until_s.max(axis=1)),
        distance_km=np.where(followed, places.distance_km, np.inf).min(axis=1),
        intensity=np.where(followed, places.intensity, -np.inf).max(axis=1),
        since=followers.since,
    )
    score = order(situation, rng)
    ranking = np.argsort(score, kind="stable")
    return Plan(report, places, followers.count, ranking, score[ranking])

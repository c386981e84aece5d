"""A snapshot: all places that a user follows, with their state for all quakes under way, as one message."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from msgspec import json
from numpy.typing import NDArray

from ewarn.audience.forecast import Forecast
from ewarn.dispatch.plan import Plan
from ewarn.seismic.intensity import LEVELS, level_index, shown
from ewarn.seismic.origin import Report
from ewarn.wire.reports import common, utc


@dataclass(frozen=True)
class Meaning:
    """What a report means to one user: the part of a plan that is theirs."""

    report: Report
    place: NDArray[np.int64]
    """the user's own number of each place"""
    places: Forecast
    """in the same order"""
    level_from: tuple[float, ...]
    """lowest intensity of each level but blue"""

    @classmethod
    def of(cls, plan: Plan, user: int) -> Self:
        """Of one user of a plan, by row; copied, so that the plan need not be kept."""
        mine = slice(int(plan.first[user]), int(plan.first[user] + plan.count[user]))
        at = plan.places
        theirs = (one[mine].copy() for one in (at.distance_km, at.p_s, at.s_s, at.intensity))
        return cls(plan.report, plan.place[mine].copy(), Forecast(*theirs), plan.level_from)


def snapshot(at: float, places: int, under_way: Sequence[Meaning | Plan]) -> str:
    """What stands at each of `places` places at the time `at` (seconds since 1970); a plan has one user, all theirs.

    Seconds to P and S count from `at`, by the clock also where a drill's timeline runs ahead of it. `state` says how
    far the waves are: `ahead`, `p` (P has passed), `s` (so has S).
    """
    standing: list[list[dict[str, object]]] = [[] for _ in range(places)]
    for one in under_way:
        report, there = one.report, one.places
        since_s = at + report.ahead_s - report.origin.time
        # Rounded before the state is told by them: nothing is `ahead` in 0.0 seconds. Nor is there a minus nought.
        rows = zip(
            one.place.tolist(),
            *(np.round(values, 1) + 0.0 for values in (there.distance_km, there.p_s - since_s, there.s_s - since_s)),
            shown(there.intensity),
            level_index(there.intensity, one.level_from).tolist(),
            strict=True,
        )
        for place, distance_km, p_in_s, s_in_s, intensity, level in rows:
            standing[place].append(
                {
                    "quake": report.quake,
                    "number": report.number,
                    "status": report.status,
                    "distance_km": float(distance_km),
                    "p_in_s": float(p_in_s),
                    "s_in_s": float(s_in_s),
                    "intensity": float(intensity),
                    "level": LEVELS[level],
                    "state": "ahead" if p_in_s > 0 else "p" if s_in_s > 0 else "s",
                }
            )
    said = {
        "type": "snapshot",
        "drill": True,
        "at": utc(at),
        "quakes": [common(one.report) for one in under_way],
        "places": [{"place": place, "quakes": quakes} for place, quakes in enumerate(standing)],
    }
    return json.encode(said).decode()

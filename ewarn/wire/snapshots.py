"""A snapshot: all places that a user follows, with their state for all quakes under way, as one message."""

import json

from msgspec import Struct, to_builtins

from ewarn.dispatch.plan import Plan
from ewarn.seismic.intensity import LEVELS, level_index, shown
from ewarn.wire.reports import Common, common, utc


class _Standing(Struct):
    quake: str
    number: int
    status: str
    distance_km: float
    p_in_s: float
    s_in_s: float
    intensity: float
    level: str
    state: str


class _Place(Struct):
    place: int
    quakes: list[_Standing]


class _Snapshot(Struct, tag_field="type", tag="snapshot"):
    drill: bool
    at: str
    quakes: list[Common]
    places: list[_Place]


def snapshot(at: float, places: int, under_way: list[Plan]) -> str:
    """What stands at each of `places` places at the time `at` (seconds since 1970); a plan has one user, all theirs.

    Seconds to P and S count from `at`. `state` says how far the waves are: `ahead`, `p` (P has passed), `s` (so has S).
    """
    standing = [_Place(place, []) for place in range(places)]
    for plan in under_way:
        report, there = plan.report, plan.places
        since_s = at - report.origin.time
        for index, place in enumerate(plan.place.tolist()):
            # Rounded before the state is told by them: nothing is `ahead` in 0.0 seconds. Nor is there a minus nought.
            p_in_s, s_in_s = (round(float(seconds[index]) - since_s, 1) + 0.0 for seconds in (there.p_s, there.s_s))
            intensity = float(there.intensity[index])
            one = _Standing(
                report.quake,
                report.number,
                report.status,
                round(float(there.distance_km[index]), 1),
                p_in_s,
                s_in_s,
                float(shown(intensity)),
                level=LEVELS[int(level_index(intensity, plan.level_from))],
                state="ahead" if p_in_s > 0 else "p" if s_in_s > 0 else "s",
            )
            standing[place].quakes.append(one)
    said = _Snapshot(True, utc(at), [common(plan.report) for plan in under_way], standing)
    return json.dumps(to_builtins(said), ensure_ascii=False, separators=(",", ":"))

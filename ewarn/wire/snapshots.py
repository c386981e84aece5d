"""A snapshot: all places that a user follows, with their state for all quakes under way, as one message."""

import json

from msgspec import to_builtins

from ewarn.dispatch.plan import Plan
from ewarn.seismic.intensity import LEVELS, level_index, shown
from ewarn.wire.reports import common, utc


def snapshot(at: float, places: int, under_way: list[Plan]) -> str:
    """What stands at each of `places` places at the time `at` (seconds since 1970); a plan has one user, all theirs.

    Seconds to P and S count from `at`, by the clock also where a drill's timeline runs ahead of it. `state` says how
    far the waves are: `ahead`, `p` (P has passed), `s` (so has S).
    """
    standing: list[list[dict[str, object]]] = [[] for _ in range(places)]
    for plan in under_way:
        report, places_at = plan.report, plan.places
        since_s = at + report.ahead_s - report.origin.time
        for index, place in enumerate(plan.place.tolist()):
            # Rounded before the state is told by them: nothing is `ahead` in 0.0 seconds. Nor is there a minus nought.
            p_in_s, s_in_s = (
                round(float(seconds[index]) - since_s, 1) + 0.0 for seconds in (places_at.p_s, places_at.s_s)
            )
            intensity = float(places_at.intensity[index])
            standing[place].append(
                {
                    "quake": report.quake,
                    "number": report.number,
                    "status": report.status,
                    "distance_km": round(float(places_at.distance_km[index]), 1),
                    "p_in_s": p_in_s,
                    "s_in_s": s_in_s,
                    "intensity": float(shown(intensity)),
                    "level": LEVELS[int(level_index(intensity, plan.level_from))],
                    "state": "ahead" if p_in_s > 0 else "p" if s_in_s > 0 else "s",
                }
            )
    return json.dumps(
        {
            "type": "snapshot",
            "drill": True,
            "at": utc(at),
            "quakes": [to_builtins(common(plan.report)) for plan in under_way],
            "places": [{"place": place, "quakes": quakes} for place, quakes in enumerate(standing)],
        },
        ensure_ascii=False,
        separators=(",", ":"),
    )

"""What is the same for every play of a drill: the quake, its reports, the audience, and the truth for it."""

import json
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ewarn.audience.forecast import forecast
from ewarn.audience.users import Audience, Circle, sample
from ewarn.centre import Centre
from ewarn.config.catalogues import find_quake
from ewarn.config.drill import DrillSettings
from ewarn.config.places import find_places
from ewarn.dispatch.orders import ORDERS
from ewarn.dispatch.plan import Followers, plan
from ewarn.seismic.earth import Earth
from ewarn.seismic.intensity import LEVEL_FROM, LEVELS, level_index
from ewarn.seismic.origin import Quake, Report
from ewarn.seismic.rupture import fault_of
from ewarn.verdict.judge import Truth

ROUNDING = 0.06
"""frames give one decimal; places travel with five"""


@dataclass(frozen=True)
class Scenario:
    """See the module."""

    quake: Quake
    reports: list[Report]
    users: Audience
    truth: Truth
    theoretical_km: float
    earth: Earth


def prepare(settings: DrillSettings) -> Scenario:
    """Compute all that can be known before the first report. Raises InputError."""
    quake = find_quake(settings.quake)
    origin, centre = quake.origin, Centre(settings)
    earth, reports = centre.earth, [one.report for one in centre.solutions(quake)]
    radius = settings.audience.within_km
    within = Circle(origin.latitude, origin.longitude, radius) if radius else None
    rng = np.random.default_rng(settings.seed)
    users = sample(find_places(settings.audience.places), settings.audience.users, rng, within, settings.audience.mix())
    true = forecast(origin, quake.zone, users.latitude, users.longitude, earth, fault_of(quake))
    return Scenario(
        quake=quake,
        reports=reports,
        users=users,
        truth=Truth(origin.magnitude, true.distance_km, true.s_s, np.array(LEVELS)[level_index(true.intensity)]),
        theoretical_km=earth.times.s_distance_km(origin.depth_km, reports[0].released - origin.time),
        earth=earth,
    )


def story(scenario: Scenario) -> str:
    """The quake and its reports in a line."""
    reports, origin = scenario.reports, scenario.quake.origin
    first, last = (report.released - origin.time for report in (reports[0], reports[-1]))
    return (
        f"{scenario.quake.name}: magnitude {origin.magnitude:g}, depth {origin.depth_km:g} km; "
        f"{len(reports)} reports from {first:.1f} to {last:.1f} s after origin"
    )


def ideal_scores(
    scenario: Scenario, released: list[Report], order: str, known: NDArray[np.bool_]
) -> NDArray[np.float64] | None:
    """What the order makes of each report and user where `known` (shape (reports, users)); NaN elsewhere.

    None for the orders that go by no property of the user.
    """
    if order not in ("deadline", "nearest", "intensity"):
        return None
    scores = np.full(known.shape, np.nan)
    for report, row, which in zip(released, scores, known, strict=False):
        followers = Followers.of_one_place(scenario.users.latitude[which], scenario.users.longitude[which])
        decided = plan(report, followers, scenario.earth, ORDERS[order], np.random.default_rng())
        ranked = np.empty(len(decided.order))
        ranked[decided.order] = decided.score
        row[which] = ranked
    return scores


def verify(kept: list[tuple[int, bytes]], released: list[Report], scenario: Scenario) -> tuple[int, int]:
    """Compute the sampled users' frames anew from their own places; return how many, and how many were wrong."""
    wrong = 0
    users = scenario.users
    for user, payload in kept:
        frame = json.loads(payload)
        report = released[frame["number"] - 1]
        latitude, longitude = users.latitude[user], users.longitude[user]
        due = forecast(report.origin, report.zone, latitude, longitude, scenario.earth)
        expected = {
            "distance_km": due.distance_km,
            "p_in_s": due.p_s - report.release_s,
            "s_in_s": due.s_s - report.release_s,
            "intensity": due.intensity,
        }
        said = frame["places"][0]
        close = all(abs(said[name] - float(value)) <= ROUNDING for name, value in expected.items())
        on_the_line = bool((np.abs(due.intensity - LEVEL_FROM) < ROUNDING).any())
        level = said["level"] == LEVELS[int(level_index(due.intensity))]
        wrong += not (close and (level or on_the_line) and len(frame["places"]) == 1)
    return len(kept), wrong

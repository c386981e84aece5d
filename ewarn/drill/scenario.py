"""What is the same for every play of a drill: the quake, its reports, the audience, and the truth for it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ewarn.audience.forecast import forecast
from ewarn.audience.residents import residents_within
from ewarn.audience.users import Audience, Circle, sample
from ewarn.centre import Centre
from ewarn.config.catalogues import find_quake
from ewarn.config.drill import DrillSettings
from ewarn.config.places import find_places
from ewarn.dispatch.gates import NO_GATES, Gate, Gates
from ewarn.dispatch.orders import ORDERS
from ewarn.dispatch.plan import Followers, plan
from ewarn.drill.gateways import gates_of
from ewarn.drill.platforms import drawn
from ewarn.seismic.earth import Earth
from ewarn.seismic.intensity import LEVELS, level_index
from ewarn.seismic.origin import Quake, Report
from ewarn.seismic.rupture import fault_of
from ewarn.seismic.streams import stream
from ewarn.verdict.judge import Truth


@dataclass(frozen=True)
class Scenario:
    """All that is known before the first report of a drill; arrays by user have shape (users,)."""

    quake: Quake
    """the true one"""
    reports: list[Report]
    """as the centre would release them, in order"""
    audience: Audience
    on: NDArray[np.uint8]
    """by user: platforms, as bits; 1 the first, 2 the second, 3 both"""
    residents: float
    """people that the audience was drawn from"""
    truth: Truth
    """what the quake really does to each user"""
    intensity: NDArray[np.float64]
    """true, at each user's home"""
    theoretical_km: float
    """radius of the blind zone at the first release: how far S has come by then, 0 while it has not surfaced"""
    earth: Earth
    """by which users' arrivals and intensities are computed"""
    gates: Gates
    """what holds reports back"""

    @cached_property
    def due(self) -> NDArray[np.bool_]:
        """Whether a report will be for a user, as far as can be told before; shape (reports, users). Slow for many."""
        return np.asarray((held_back(self, self.reports) == Gate.OPEN) & (self.audience.followed.count > 0))


def prepare(settings: DrillSettings) -> Scenario:
    """Compute all that can be known before the first report. Raises InputError."""
    quake = find_quake(settings.quake)
    origin, centre = quake.origin, Centre(settings)
    earth, reports = centre.earth, centre.reports(quake)
    radius, places = settings.audience.within_km, find_places(settings.audience.places)
    within = Circle(origin.latitude, origin.longitude, radius) if radius else None
    rng, users = stream(settings.seed, "audience"), settings.audience.users
    audience = sample(places, users, rng, within, settings.audience.mix())
    true = forecast(origin, quake.zone, audience.latitude, audience.longitude, earth, fault_of(quake))
    return Scenario(
        quake=quake,
        reports=reports,
        audience=audience,
        on=drawn(settings.platforms, users, stream(settings.seed, "platforms")),
        residents=residents_within(places, within) if within else float(places.residents.sum()),
        truth=Truth(origin.magnitude, true.distance_km, true.s_s, np.array(LEVELS)[level_index(true.intensity)]),
        intensity=true.intensity,
        theoretical_km=earth.times.s_distance_km(origin.depth_km, reports[0].released - origin.time),
        earth=earth,
        gates=gates_of(settings),
    )


def held_back(scenario: Scenario, played: Sequence[Report], read: NDArray[np.bool_] | None = None) -> NDArray[np.uint8]:
    """What held each report played back from each user: `Gate` codes of shape (reports, users).

    Computed from the users' own places, not from what the gateway did. Who has read an earlier report is told to the
    end; without `read`, of shape (reports, users), whoever was to be told of one.
    """
    audience, gates = scenario.audience, scenario.gates
    followed, followers = audience.followed, np.flatnonzero(audience.followed.count)
    found = np.zeros((len(played), len(audience)), np.uint8)
    told = np.zeros(len(audience), np.bool_)
    everything = gates.intensity == 0 and not audience.threshold.any()
    for index, report in enumerate(played):
        strongest = np.zeros(len(audience))
        if not everything:
            there = forecast(report.origin, report.zone, followed.latitude, followed.longitude, scenario.earth)
            strongest[followers] = np.maximum.reduceat(there.intensity, followed.first[followers])
        found[index] = gates.judge(report.origin.magnitude, strongest, audience.threshold, told, cancel=report.cancels)
        told |= (found[index] == Gate.OPEN) if read is None else read[index]
    return found


def origin_of(scenario: Scenario, played: Sequence[Report]) -> float:
    """The true origin on the clock of the reports as they were played, all of which were moved alike."""
    moved = played[0].origin.time - scenario.reports[0].origin.time if played else 0.0
    return scenario.quake.origin.time + moved


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

    None for the orders that go by no property of the user. `known` is who is known to have had each report, so it also
    says to whom the next is news. Who follows no place, and was told all the same, has none.
    """
    if order not in ("deadline", "nearest", "intensity"):
        return None
    scores = np.full(known.shape, np.nan)
    level = np.full(known.shape[1], -1, np.int8)
    follows = scenario.audience.followed.count > 0
    for report, row, which in zip(released, scores, known, strict=False):
        users = np.flatnonzero(which & follows)
        followers = replace(Followers.of(scenario.audience.followed.of(users)), level=level[users])
        decided = plan(report, followers, NO_GATES, scenario.earth, ORDERS[order], np.random.default_rng())
        row[users[decided.order]] = decided.score
        level[users] = decided.level
    return scores

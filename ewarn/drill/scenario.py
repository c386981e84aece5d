"""What is the same for every play of a drill: the quake, its reports, the audience, and the truth for it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ewarn.audience.forecast import forecast
from ewarn.audience.places import Places
from ewarn.audience.residents import residents_within
from ewarn.audience.users import Audience, Circle, sample
from ewarn.centre import unknowns
from ewarn.centre.centre import Centre
from ewarn.config.catalogues import find_quake
from ewarn.config.drill import DrillSettings
from ewarn.config.places import find_places
from ewarn.dispatch.gates import NO_GATES, Gate, Gates
from ewarn.dispatch.orders import ORDERS
from ewarn.dispatch.plan import Followers, plan
from ewarn.drill.on_platforms import drawn
from ewarn.errors import InputError
from ewarn.seismic.earth import Earth
from ewarn.seismic.geodesy import distance_km
from ewarn.seismic.intensity import LEVELS
from ewarn.seismic.magnitudes import named
from ewarn.seismic.origin import Quake, Report
from ewarn.seismic.rupture import fault_of
from ewarn.seismic.streams import stream
from ewarn.verdict.document import Concentrated
from ewarn.verdict.fate import alarms_of, first_due, first_public
from ewarn.verdict.figures import instant, percent
from ewarn.verdict.observed import Truth
from ewarn.words import say

ELSEWHERE_KM = 2_000.0
"""where no place is nearer the quake is another country's: not even the greatest is felt so far away"""


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
    concentrated: Concentrated | None
    """None: each user stands for as many of them"""
    truth: Truth
    """what the quake really does to each user"""
    intensity: NDArray[np.float64]
    """true, at each user's home"""
    earth: Earth
    """by which users' arrivals and intensities are computed"""
    gates: Gates
    """what holds reports back"""
    notes: tuple[str, ...] = ()
    """what is not known of such a quake, and of users so far away, in words"""

    def s_km(self, after_s: float) -> float:
        """How far S has come from the epicentre so many seconds after origin, km; 0 while it has not surfaced."""
        return self.earth.times.s_distance_km(self.quake.origin.depth_km, after_s)

    @cached_property
    def follows(self) -> NDArray[np.bool_]:
        """Whether each user follows a place."""
        return np.asarray(self.audience.followed.count > 0)

    @cached_property
    def gate(self) -> NDArray[np.uint8]:
        """What holds each report back from each user: see `held_back`. Slow for many."""
        return held_back(self, self.reports)

    @cached_property
    def due(self) -> NDArray[np.bool_]:
        """Whether a report is for a user; shape (reports, users)."""
        return np.asarray((self.gate == Gate.OPEN) & self.follows)

    @cached_property
    def first(self) -> int | None:
        """Row of the report that will be the first to be public, None where none will be."""
        return first_public(self.due, alarms_of(self.reports))

    @cached_property
    def first_due(self) -> NDArray[np.intp]:
        """For each user, row of the first warning that will be for them; the number of reports where none will."""
        return first_due(self.due, alarms_of(self.reports))


def prepare(settings: DrillSettings) -> Scenario:
    """Compute all that can be known before the first report. Raises InputError."""
    quake = find_quake(settings.quake)
    wanted, places = settings.audience, find_places(settings.audience.places)
    _refuse_elsewhere(quake, places, wanted.places)
    origin, centre = quake.origin, Centre(settings)
    earth, reports = centre.earth, centre.reports(quake)
    within = Circle(origin.latitude, origin.longitude, wanted.within_km) if wanted.within_km else None
    rng = stream(settings.seed, "audience")
    audience = sample(places, wanted.users, rng, within, wanted, wanted.within_share)
    true = forecast(origin, quake.zone, audience.latitude, audience.longitude, earth, fault_of(quake))
    people, concentrated = _people(places, within, true.distance_km, wanted.within_share)
    return Scenario(
        quake=quake,
        reports=reports,
        audience=audience,
        on=drawn(settings.platforms, wanted.users, stream(settings.seed, "platforms")),
        residents=people,
        concentrated=concentrated,
        truth=Truth(origin.magnitude, true.distance_km, true.s_s, np.array(LEVELS)[earth.level_index(true.intensity)]),
        intensity=true.intensity,
        earth=earth,
        gates=settings.delivery,
        notes=(
            *unknowns.of_quake(quake, centre),
            *unknowns.of_shaking(quake, centre),
            *unknowns.of_places(true.distance_km, centre),
            *_crowd(people, concentrated, wanted.users),
        ),
    )


def _people(
    places: Places, within: Circle | None, distance_km: NDArray[np.float64], share: float
) -> tuple[float, Concentrated | None]:
    """Residents for whom the users stand, who live `distance_km` from the epicentre, and how unequally they do."""
    everyone = float(places.residents.sum())
    if within is None:
        return everyone, None
    there = residents_within(places, within)
    if share == 1:
        return there, None
    users = int((distance_km <= within.radius_km).sum())
    return everyone, Concentrated(within_km=within.radius_km, users=users, residents=round(there))


def _crowd(residents: float, near: Concentrated | None, users: int) -> list[str]:
    """That shares of users are no shares of people."""
    if near is None:
        return []
    people = percent(near.residents / residents)
    return [say("unknown.crowd", f"{near.users:,}", f"{users:,}", f"{near.within_km:g}", people)]


def _refuse_elsewhere(quake: Quake, places: Places, named: str) -> None:
    """Raise InputError where nobody lives in reach of a quake: that drill would warn nobody of anything."""
    at = quake.origin
    nearest = float(distance_km(at.latitude, at.longitude, places.latitude, places.longitude).min())
    if nearest > ELSEWHERE_KM:
        raise InputError(
            f"audience.places: the nearest of the {len(places):,} places of {named} is {nearest:,.0f} km from "
            f"{quake.id}, over {ELSEWHERE_KM:,.0f} km; name places near it (--places FILE.csv)"
        )


def held_back(scenario: Scenario, reports: Sequence[Report]) -> NDArray[np.uint8]:
    """What holds each report back from each user: `Gate` codes of shape (reports, users).

    Computed from the users' own places, not from what the gateway did: whoever was to be told of one report is told to
    the end, whether it was sent in time or not.
    """
    audience, gates = scenario.audience, scenario.gates
    followed, followers = audience.followed, np.flatnonzero(audience.followed.count)
    found = np.zeros((len(reports), len(audience)), np.uint8)
    told = np.zeros(len(audience), np.bool_)
    everything = gates.intensity == 0 and not audience.threshold.any()
    for index, report in enumerate(reports):
        strongest = np.zeros(len(audience))
        if not everything:
            there = forecast(report.origin, report.zone, followed.latitude, followed.longitude, scenario.earth)
            strongest[followers] = np.maximum.reduceat(there.intensity, followed.first[followers])
        found[index] = gates.judge(report.origin.magnitude, strongest, audience.threshold, told, cancel=report.cancels)
        told |= found[index] == Gate.OPEN
    return found


def origin_of(scenario: Scenario, played: Sequence[Report]) -> float:
    """The true origin on the clock of the reports as they were played, all of which were moved alike."""
    moved = played[0].origin.time - scenario.reports[0].origin.time if played else 0.0
    return scenario.quake.origin.time + moved


def after_origin_s(scenario: Scenario, played: Sequence[Report], report: Report) -> float:
    """Seconds from the true origin to the release of one of the reports played."""
    return report.released - origin_of(scenario, played)


def story(scenario: Scenario) -> str:
    """The quake and its reports in a line."""
    reports, origin = scenario.reports, scenario.quake.origin
    magnitude = named(origin.magnitude, origin.magnitude_type)
    first, last = (instant(report.released - origin.time) for report in (reports[0], reports[-1]))
    return say("log.story", scenario.quake.called, magnitude, f"{origin.depth_km:g}", str(len(reports)), first, last)


def ideal_scores(
    scenario: Scenario, released: list[Report], order: str, known: NDArray[np.bool_]
) -> NDArray[np.float64] | None:
    """What the order makes of each report and user where `known` (shape (reports, users)); NaN elsewhere.

    None for the orders that go by no property of the user. `known` is who is known to have had each report, so it also
    says to whom the next is news. Who follows no place, and was told all the same, has none.
    """
    if order not in ORDERS or not ORDERS[order].ideal:
        return None
    scores = np.full(known.shape, np.nan)
    level = np.full(known.shape[1], -1, np.int8)
    for report, row, which in zip(released, scores, known, strict=False):
        users = np.flatnonzero(which & scenario.follows)
        followers = replace(Followers.of(scenario.audience.followed.of(users)), level=level[users])
        decided = plan(report, followers, NO_GATES, scenario.earth, ORDERS[order], np.random.default_rng())
        row[users[decided.order]] = decided.score
        level[users] = decided.level
    return scores

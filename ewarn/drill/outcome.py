"""What comes of one play: from what was sent and read to a verdict."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ewarn.clock import Clock
from ewarn.config.drill import DrillSettings
from ewarn.drill.accounts import Accounts, told_by
from ewarn.drill.commotion import Commotion
from ewarn.drill.inspection import verify
from ewarn.drill.platforms import Platforms
from ewarn.drill.scenario import Scenario, ideal_scores, origin_of
from ewarn.drill.watcher import Watcher
from ewarn.gateway.journal import Journal
from ewarn.publish import Release
from ewarn.seismic.origin import Report
from ewarn.swarm.crew import Swarm
from ewarn.verdict.budgets import Budgets
from ewarn.verdict.judge import Observed, Released, Verdict, judge
from ewarn.verdict.receipts import NEVER


@dataclass(frozen=True)
class Shared:
    """What all plays of a drill share."""

    scenario: Scenario
    platforms: Platforms
    journal: Journal
    swarm: Swarm
    due: list[int]
    """users to whom each report will be due, as far as can be told before"""
    clock: Clock
    view: Watcher
    quiet_s: float


@dataclass(frozen=True)
class Played:
    """One play, yet to be judged."""

    order: str
    releases: list[Release]
    cut_short: str | None
    """why it ended before the last report"""
    connected: int
    """devices, as it began"""
    commotion: Commotion
    slow_on: list[int] | None
    """the report that each slow client has ended on; None where there are none"""
    kept: list[tuple[int, bytes]]
    """(user, payload) of the sampled users' frames"""
    sent: dict[str, int | None]
    """what the gateways counted meanwhile, by name"""

    @property
    def reports(self) -> list[Report]:
        """Those that were released."""
        return [release.report for release in self.releases]


@dataclass(frozen=True)
class Outcome:
    """One play of a drill, judged."""

    scenario: Scenario
    settings: DrillSettings
    """in force in this play"""
    verdict: Verdict
    receipts: NDArray[Any]
    accounts: Accounts
    connected: int
    """devices"""
    environment: dict[str, Any]
    sent: dict[str, int | None]
    """by name, as the gateways counted it"""
    commotion: dict[str, Any]
    """what was done to the connections meanwhile, and how it ended"""
    platforms: dict[str, Any] | None
    """where there are two: who was told by which, and what the one saved of the other's fault"""
    complaints: list[str] = field(default_factory=list)


def draw_up(settings: DrillSettings, shared: Shared, played: Played) -> Outcome:
    """Draw up what came of a play, and judge it; its environment is told by whoever knows it."""
    scenario, book = shared.scenario, shared.swarm.book
    released = np.full(len(scenario.reports), NEVER, np.int64)
    released[: len(played.releases)] = [release.monotonic_ns for release in played.releases]
    receipts = book.table(released)
    accounts = Accounts.of(scenario, played.reports, receipts, book.via, shared.journal, book.there > 0)
    observed = _observed(shared, played, accounts, receipts)
    budgets = Budgets(**settings.budgets.model_dump())
    verdict = judge(_judged(scenario, played.reports), observed, scenario.truth, budgets, scenario.theoretical_km)
    slow_on = played.slow_on or []
    return Outcome(
        scenario=scenario,
        settings=settings,
        verdict=verdict,
        receipts=receipts,
        accounts=accounts,
        connected=played.connected,
        environment={},
        sent=played.sent,
        commotion=played.commotion.told(receipts, accounts.due)
        | {"slow": len(slow_on), "slow_on_newest": slow_on.count(len(played.releases))},
        platforms=told_by(settings.platforms, scenario, accounts) if settings.platforms else None,
    )


def _observed(shared: Shared, played: Played, accounts: Accounts, receipts: NDArray[Any]) -> Observed:
    scenario, book = shared.scenario, shared.swarm.book
    checked, wrong = verify(played.kept, played.reports, scenario)
    behind = None if played.slow_on is None else sum(number != len(played.releases) for number in played.slow_on)
    return Observed(
        receipts=receipts,
        duplicates=book.duplicates.sum(axis=0),
        out_of_order=book.out_of_order.sum(axis=0),
        connected=played.connected,
        checked=checked,
        wrong=wrong,
        disagreements=book.disagreements(),
        due=accounts.due,
        ideal=ideal_scores(scenario, played.reports, played.order, book.kernel > 0),
        cut_short=played.cut_short,
        left_behind=behind,
    )


def _judged(scenario: Scenario, played: list[Report]) -> list[Released]:
    """Release counts from the true origin, of which the reports know only an estimate."""
    origin_s, shortfall = origin_of(scenario, played), scenario.reports[len(played) :]
    release_s = [report.released - origin_s for report in played]
    release_s += [report.released - scenario.quake.origin.time for report in shortfall]
    return [
        Released(planned.number, planned.status, after_s, planned.origin.magnitude)
        for planned, after_s in zip(scenario.reports, release_s, strict=True)
    ]

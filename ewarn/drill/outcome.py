"""What comes of one play: from what was sent and read to a verdict."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from msgspec import structs
from numpy.typing import NDArray

from ewarn.config.drill import DrillSettings
from ewarn.dispatch.gates import Gate
from ewarn.drill.accounts import Accounts, told_by
from ewarn.drill.cabling import Cabling
from ewarn.drill.commotion import Commotion
from ewarn.drill.inspection import verify
from ewarn.drill.scenario import Scenario, after_origin_s, ideal_scores
from ewarn.drill.sides import Hosts, Readers, Sender
from ewarn.drill.watcher import Watcher
from ewarn.gateway.sending.journal import Journal
from ewarn.seismic.origin import Report
from ewarn.system.clock import Clock
from ewarn.verdict.clients import SOCKETS, Clients
from ewarn.verdict.document import ByPlatform, Disturbed, Environment, Made, Sent
from ewarn.verdict.fleet import Clocks, OfFleet
from ewarn.verdict.happened import Happened
from ewarn.verdict.judge import Verdict, judge
from ewarn.verdict.load import Load
from ewarn.verdict.observed import Observed, Released
from ewarn.verdict.receipts import NEVER
from ewarn.wire.releases import Release
from ewarn.words import chained, say


@dataclass(frozen=True)
class Shared:
    """What all plays of a drill share."""

    scenario: Scenario
    platforms: Sender
    journal: Journal
    swarm: Readers
    due: list[int]
    """users to whom each report will be due, as far as can be told before"""
    clock: Clock
    view: Watcher
    quiet_s: float
    clients: Clients = SOCKETS
    """as they are set, without what is counted of them"""
    cabling: Cabling | None = None
    """by which they are connected, where they are packets"""


@dataclass(frozen=True)
class Played:
    """One play, yet to be judged."""

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
    sent: Sent
    closed_ns: int
    """when nothing more was waited for, monotonic"""
    clients: Clients = SOCKETS
    """with what was counted of them in this play"""
    load: Load | None = None
    happened: tuple[Happened, ...] = ()
    """beside the reports, in the order of time"""

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
    environment: Environment
    sent: Sent
    commotion: Disturbed
    platforms: ByPlatform | None
    """None: there is one"""
    closed_s: float | None = None
    """seconds after the true origin at which nothing more was waited for; None where no report went out"""
    complaints: list[str] = field(default_factory=list)
    made: Made | None = None
    """None: not told"""
    load: Load | None = None
    """where the time went; None: nobody looked"""
    happened: tuple[Happened, ...] = ()
    """beside the reports, in the order of time"""
    fleet: OfFleet | None = None
    """its hosts; None: there is one"""
    clocks: Clocks | None = None
    """of the fleet, for files; None: there is one host"""


def draw_up(settings: DrillSettings, shared: Shared, played: Played) -> Outcome:
    """Draw up what came of a play, and judge it; of its environment only the clients, the rest has who knows it."""
    scenario, book = shared.scenario, shared.swarm.book
    released = np.full(len(scenario.reports), NEVER, np.int64)
    released[: len(played.releases)] = [release.monotonic_ns for release in played.releases]
    receipts = book.table(released)
    accounts = Accounts.of(scenario, played.reports, receipts, book.via, shared.journal)
    hosts = shared.swarm.hosts(receipts)
    observed = _observed(settings.gateway.order, shared, played, receipts, hosts)
    budgets = settings.budgets
    judged = _judged(scenario, played.reports)
    verdict = judge(judged, observed, scenario.truth, budgets, scenario.s_km)
    slow_on = played.slow_on or []
    return Outcome(
        scenario=scenario,
        settings=settings,
        verdict=verdict,
        receipts=receipts,
        accounts=accounts,
        connected=played.connected,
        environment=Environment(clients=played.clients),
        sent=played.sent,
        commotion=structs.replace(
            played.commotion.told(receipts, scenario.due),
            slow=len(slow_on),
            slow_on_newest=slow_on.count(len(played.releases)),
        ),
        platforms=told_by(settings.platforms, scenario, accounts, played.happened) if settings.platforms else None,
        closed_s=_closed_s(scenario, played),
        load=played.load,
        happened=played.happened,
        fleet=hosts.table if hosts else None,
        clocks=hosts.clocks if hosts else None,
    )


def _closed_s(scenario: Scenario, played: Played) -> float | None:
    """On the clock of the quake, which goes on as the machine's does after the last release."""
    if not played.releases:
        return None
    last = played.releases[-1]
    return after_origin_s(scenario, played.reports, last.report) + (played.closed_ns - last.monotonic_ns) / 1e9


def _observed(order: str, shared: Shared, played: Played, receipts: NDArray[Any], hosts: Hosts | None) -> Observed:
    scenario, book = shared.scenario, shared.swarm.book
    checked, wrong = verify(played.kept, played.reports, scenario, shared.platforms.key)
    behind = None if played.slow_on is None else sum(number != len(played.releases) for number in played.slow_on)
    return Observed(
        receipts=receipts,
        duplicates=book.duplicates.sum(axis=0),
        out_of_order=book.out_of_order.sum(axis=0),
        checked=checked,
        wrong=wrong,
        disagreements=[*book.disagreements(), *played.clients.doubts()],
        due=scenario.due,
        follows=scenario.follows,
        ideal=ideal_scores(scenario, played.reports, order, book.kernel > 0),
        cut_short=played.cut_short,
        left_behind=behind,
        earliest=hosts.clocks.earliest if hosts else None,
        fleet=hosts.table if hosts else None,
        on=hosts.clocks.on if hosts else None,
    )


def _judged(scenario: Scenario, played: list[Report]) -> list[Released]:
    """Release counts from the true origin, of which the reports know only an estimate."""
    shortfall = scenario.reports[len(played) :]
    release_s = [after_origin_s(scenario, played, report) for report in played]
    release_s += [report.released - scenario.quake.origin.time for report in shortfall]
    return [
        Released(planned.number, planned.status, after_s, planned.origin.magnitude, from_whom(gate[scenario.follows]))
        for planned, after_s, gate in zip(scenario.reports, release_s, scenario.gate, strict=True)
    ]


def from_whom(gate: NDArray[np.uint8]) -> str:
    """From how many followers a report was held back and by which gates, in words; empty where it was from none.

    `gate` has the `Gate` of each user who follows a place, shape (users,).
    """
    by = [(gate_, int((gate == gate_).sum())) for gate_ in Gate if gate_ is not Gate.OPEN]
    parts = [say("noted.by-gate", f"{users:,}", say(f"gate.{gate_.name.lower()}")) for gate_, users in by if users]
    if len(parts) == 1 and (gate != Gate.OPEN).all():
        return say("noted.from-all", parts[0])
    return say("noted.from", chained(parts, "figure.last")) if parts else ""

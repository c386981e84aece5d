"""How a play stands, for whoever looks on while it goes on: users by state, reports, and the promises so far.

An onlooker reads the receipts where the clients write them, a row of them only when something has been added to it.
Seconds after origin are the quake's: where waits are cut short by a drill's `speed`, they leap ahead at each release.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from ewarn.drill.meter import Meter
from ewarn.drill.scenario import Scenario, after_origin_s
from ewarn.gateway.sending.journal import Journal
from ewarn.verdict.budgets import Budgets
from ewarn.verdict.fate import counts, of_users
from ewarn.verdict.percentiles import percentile
from ewarn.verdict.receipts import ReceiptBook
from ewarn.watching.load import LoadOnlooker
from ewarn.watching.progress import first_receipts
from ewarn.wire.releases import Release
from ewarn.words import say

FARTHEST_KM = 20_000.0
"""all but around the earth"""


@dataclass(frozen=True)
class Known:
    """What is known of a drill before it is played."""

    scenario: Scenario
    distance_km: NDArray[np.float64]
    p_s: NDArray[np.float64]
    s_s: NDArray[np.float64]
    """when each wave has come to each of `distance_km`, seconds after origin"""

    @classmethod
    def of(cls, scenario: Scenario) -> Self:
        """Work it out."""
        distance_km = np.arange(0.0, FARTHEST_KM)
        return cls(scenario, distance_km, *scenario.earth.times.first(scenario.quake.origin.depth_km, distance_km))

    def reach_km(self, after_s: float) -> tuple[float, float]:
        """How far P and S have come from the epicentre; 0 before they surface."""
        p_km, s_km = (float(np.interp(after_s, times, self.distance_km, left=0.0)) for times in (self.p_s, self.s_s))
        return p_km, s_km


@dataclass(frozen=True)
class Told:
    """How one report stands."""

    number: int
    status: str
    magnitude: float
    release_s: float
    """after origin"""
    targets: int
    """users to whom it is due"""
    delivered: int


@dataclass(frozen=True)
class Promise:
    """How a promise stands; it may still be broken as long as it is open."""

    name: str
    """with `_` for spaces, a key of the words `standing`"""
    measured: float | None
    """seconds; None: nothing to measure yet"""
    limit: float
    broken: bool
    note: str = ""
    """in words, what is to be said of it besides"""


@dataclass(frozen=True)
class Standing:
    """How a play stands at an instant."""

    order: str
    after_s: float
    """since origin"""
    p_km: float
    s_km: float
    """how far the waves had come at the last whole second"""
    reports: tuple[Told, ...]
    """those released, oldest first"""
    users: dict[str, int] | None
    """to whom a warning will be due, by the key of their `Fate` at this instant; None: not known before all receipts
    are here"""
    promises: tuple[Promise, ...]


class Onlooker:
    """Looks at one play. Releases are told by the drill's thread, `look` is for another one."""

    def __init__(self, known: Known, budgets: Budgets, order: str, origin_ns: int, book: ReceiptBook) -> None:
        self._known, self._budgets, self._order = known, budgets, order
        self._origin_ns, self._book = origin_ns, book
        users = len(known.scenario.audience)
        self._releases: list[Release] = []
        self._told_s = np.full(users, np.inf)
        self._any_due: NDArray[np.bool_] = known.scenario.first_due < len(known.scenario.reports)
        self._targets: list[int] = known.scenario.due.sum(axis=1).tolist()
        self._receipts, self._was_here = -1, book.is_here
        self._delivered: list[int] = []
        self._slowest_s: list[float] = []
        """by report: what the slowest reading so far took"""
        self._near = np.zeros(users, np.bool_)
        self._near_s = float("inf")
        """of the first public report near the epicentre: time by which the promised share had read it; infinite until
        they have"""

    def released(self, release: Release) -> None:
        """A report is out."""
        self._releases.append(release)

    def of_load(self, meter: Meter, journal: Journal | None) -> LoadOnlooker:
        """Who looks at the load of the same play."""
        return LoadOnlooker(self._known.scenario, meter, journal, self._origin_ns, self._book)

    def look(self, now_ns: int) -> Standing:
        """How it stands now, monotonic ns."""
        releases = self._releases[:]
        self._take_down(releases)
        after_s = self._now_s(releases, now_ns)
        p_km, s_km = self._known.reach_km(float(int(after_s)))
        return Standing(
            order=self._order,
            after_s=after_s,
            p_km=p_km,
            s_km=s_km,
            reports=tuple(self._progress(row, release) for row, release in enumerate(releases)),
            users=self._fates(after_s, releases),
            promises=(
                self._first_report(releases),
                self._delivery(releases, now_ns),
                self._epicentre(releases, now_ns),
            ),
        )

    def _fates(self, after_s: float, releases: list[Release]) -> dict[str, int] | None:
        if not self._book.is_here:
            return None
        scenario = self._known.scenario
        release_s = np.full(len(scenario.reports) + 1, np.inf)
        release_s[: len(releases)] = [self._after_s(one) for one in releases]
        fates = of_users(
            scenario.truth.s_s,
            self._told_s,
            first_public_s=np.inf if scenario.first is None else release_s[scenario.first],
            due_from_s=release_s[scenario.first_due],
            due=self._any_due,
            at_s=after_s,
        )
        return counts(fates, self._any_due)

    def _now_s(self, releases: list[Release], now_ns: int) -> float:
        if not releases:
            return (now_ns - self._origin_ns) / 1e9
        return self._after_s(releases[-1]) + (now_ns - releases[-1].monotonic_ns) / 1e9

    def _after_s(self, release: Release) -> float:
        """As the verdict counts it."""
        return after_origin_s(self._known.scenario, [self._releases[0].report], release.report)

    def _take_down(self, releases: list[Release]) -> None:
        """Look through the rows of the book that have grown."""
        is_here = self._book.is_here
        anew, self._was_here = is_here and not self._was_here, is_here
        if not anew and len(releases) == len(self._delivered) and self._book.total("receipts") == self._receipts:
            return
        self._receipts = self._book.total("receipts")
        for row, release in enumerate(releases):
            received = self._book.received(release.report.number)
            if row == len(self._delivered):
                self._delivered.append(0)
                self._slowest_s.append(0.0)
            elif received == self._delivered[row] and not anew:
                continue
            self._delivered[row] = received
            self._scan(row, release)

    def _scan(self, row: int, release: Release) -> None:
        read = self._book.read[row]
        took_s = first_receipts(read[None], np.array([release.monotonic_ns]), np.zeros(1))
        if release.report.counts_as_warning:
            np.minimum(self._told_s, self._after_s(release) + took_s, out=self._told_s)
        has = np.isfinite(took_s)
        self._slowest_s[row] = float(took_s[has].max(initial=0.0))
        if row == self._known.scenario.first:
            truth = self._known.scenario.truth
            near = truth.distance_km <= self._budgets.epicentre_km
            self._near = near & (truth.s_s > self._after_s(release)) & self._known.scenario.due[row]
            self._near_s = percentile(took_s[self._near], 0.99)

    def _progress(self, row: int, release: Release) -> Told:
        report, due = release.report, self._targets[row]
        return Told(
            report.number, report.status, report.origin.magnitude, self._after_s(release), due, self._delivered[row]
        )

    def _first_report(self, releases: list[Release]) -> Promise:
        limit = self._budgets.first_report_s
        if (first := self._first(releases)) is None:
            return Promise("first report", None, limit, False)
        measured = self._after_s(first)
        return Promise("first report", measured, limit, measured > limit)

    def _first(self, releases: list[Release]) -> Release | None:
        """The first that was public, once it is out."""
        row = self._known.scenario.first
        return releases[row] if row is not None and row < len(releases) else None

    def _delivery(self, releases: list[Release], now_ns: int) -> Promise:
        """Of the slowest report; one that somebody has yet to read has taken as long as it has been out."""
        limit, took_s, users = self._budgets.delivery_s, 0.0, 0
        for row, release in enumerate(releases):
            due = self._targets[row]
            if due and release.report.counts_as_warning:
                so_far = self._slowest_s[row]
                if self._delivered[row] < due:
                    so_far = max(so_far, (now_ns - release.monotonic_ns) / 1e9)
                took_s, users = max(took_s, so_far), max(users, due)
        if not users:
            return Promise("delivery", None, limit, False)
        if not self._book.is_here:
            return Promise("delivery", None, limit, False, say("standing.later"))
        return Promise("delivery", took_s, limit, took_s > limit, _at(users, self._budgets.delivery_users))

    def _epicentre(self, releases: list[Release], now_ns: int) -> Promise:
        limit, fewest = self._budgets.epicentre_s, self._budgets.epicentre_fewest
        if (first := self._first(releases)) is None:
            return Promise("epicentre", None, limit, False)
        if (users := int(self._near.sum())) < fewest:
            return Promise("epicentre", None, limit, False, say("standing.few-near", f"{users:,}", f"{fewest:,}"))
        if not self._book.is_here:
            return Promise("epicentre", None, limit, False, say("standing.later"))
        took_s = self._near_s if np.isfinite(self._near_s) else (now_ns - first.monotonic_ns) / 1e9
        return Promise("epicentre", took_s, limit, took_s > limit, _at(users, self._budgets.epicentre_users))


def _at(users: int, promised: int) -> str:
    return say("standing.at", f"{users:,}", f"{promised:,}") if users < promised else ""

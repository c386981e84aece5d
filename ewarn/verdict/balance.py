"""The balance of a run: each user's fate over all its reports, who was lost to dispatch, and how much lead time. Pure.

Where S stands still to come, seconds are those between S and what happened in the same report's row, so that they hold
for a drill played at another speed too.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from msgspec import Struct
from numpy.typing import ArrayLike, NDArray

from ewarn.dispatch.gates import Gate
from ewarn.seismic.intensity import LEVELS
from ewarn.verdict.blind_zone import effective_km
from ewarn.verdict.displacement import displacement
from ewarn.verdict.document import Displacement, OfLevel, Summary
from ewarn.verdict.fate import Fate, counts, of_play
from ewarn.verdict.percentiles import finite, percentile, summary
from ewarn.verdict.receipts import NEVER

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Fates:
    """Arrays of shape (users,). A user's due report is the first that no gate held back from them."""

    fate: NDArray[np.uint8]
    """code of `Fate`"""
    had_s: Floats
    """seconds from the release of their due report to S, negative where S came first; NaN where none was due"""
    lead_s: Floats
    """seconds from the first report of any number that they read to S, negative for too late; -inf where none was"""
    needs: Floats
    """how many times faster deliveries would have had to be to warn them in time.

    Of each report that they read and that was released before S, its delay over the time from its release to S; the
    least of these. Below 1 they were warned; above 1 deliveries were so many times too slow; inf: no speed would have
    helped, as they read none, or none was released before S."""

    @property
    def in_time(self) -> NDArray[np.bool_]:
        """Read a report before S; shape (users,), as the others."""
        return np.asarray(self.fate == Fate.IN_TIME)

    @property
    def due(self) -> NDArray[np.bool_]:
        """Was to be told of the quake."""
        return ~np.isnan(self.had_s)

    @property
    def could_be_warned(self) -> NDArray[np.bool_]:
        """S was still to come when their due report was released."""
        return self.had_s > 0

    @property
    def lost(self) -> NDArray[np.bool_]:
        """Could have been warned in time, and was not: lost to dispatch."""
        return self.could_be_warned & ~self.in_time

    @property
    def delay_s(self) -> Floats:
        """Seconds from the release of their due report to their first receipt; inf: never, NaN: none was due."""
        return self.had_s - self.lead_s

    @property
    def lead_lost_s(self) -> Floats:
        """Seconds of the lead time that they could have had and did not get: at most all of it.

        Shape (users who could be warned,).
        """
        could = self.could_be_warned
        return np.maximum(self.had_s[could] - np.maximum(self.lead_s[could], 0.0), 0.0)


class Zone(Struct, frozen=True, kw_only=True):
    """A blind zone, theoretical or effective: a circle around the epicentre."""

    km: float | None
    """its radius; None: it has no end"""
    km2: float | None
    """its area; None: it has no end"""
    users: int
    """who live in it"""
    people: int | None
    """for whom these users stand; None where that is not known"""


class LevelLost(OfLevel, frozen=True, kw_only=True):
    """Users of a true level."""

    lost: int


class LeadLost(Struct, frozen=True, kw_only=True):
    """Lead time lost by those whom dispatch could warn, s; None: there are none."""

    mean_s: float | None
    p50_s: float | None
    p90_s: float | None
    user_s: float
    """sum over users"""
    person_s: float | None
    """sum over the people for whom they stand; None: not known"""


class Read(Struct, frozen=True, kw_only=True):
    """Of one report, who read it and when."""

    number: int
    due: int
    """users"""
    read: int
    delivery_ms: Summary
    """over those due"""
    displacement: Displacement | None
    """None: there is no such order"""


class Balance(Struct, frozen=True, kw_only=True):
    """The sums of a run over its users, as files have them: None stands for infinite, or for nothing to measure."""

    users: int
    """of whom each has a fate"""
    fates: dict[str, int]
    """users by the key of their `Fate`"""
    lost: int
    """users lost to dispatch: S came after the release of the first report they were due, yet before they read any"""
    by_level: dict[str, LevelLost]
    """by true level, the highest first"""
    lead_lost: LeadLost
    theoretical: Zone
    """where S came before the release of the first public report"""
    effective: Zone
    """where S came before warnings were read, of those who were to be told; never less than the theoretical one"""
    first_ms: Summary
    """from the release of the first report that a user was due to their first receipt"""
    reports: tuple[Read, ...]


def fates(rows: NDArray[Any], alarms: ArrayLike = True) -> Fates:
    """What came of a run for each user.

    `rows` have dtype `LEDGER`, by report and then user, of one report or more that counts as a warning. `alarms`, of
    shape (reports,), says which of them warn; a cancel does not.
    """
    table = by_report(rows)
    to_s = (table["s_arrival"] - table["released"]) / 1e9
    got = table["received"] != NEVER
    # All instants count from S at each user's home, since every report has a clock of its own.
    fate, read_s, due_from_s = of_play(
        0.0,
        -to_s,
        np.where(got, (table["received"] - table["s_arrival"]) / 1e9, np.inf),
        due=was_due(table),
        counts_as_warning=np.ones(len(table), np.bool_),
        alarms=np.broadcast_to(np.asarray(alarms, np.bool_), len(table)),
        follows=~(table["outcome"] == Fate.FOLLOWS_NONE).any(axis=0),
    )
    had_s = np.where(np.isfinite(due_from_s), -due_from_s, np.nan)
    return Fates(fate, had_s, -read_s, _needs(table, to_s, got))


def balance(
    rows: NDArray[Any],
    users: NDArray[Any],
    theoretical_km: float,
    *,
    residents_per_user: ArrayLike | None = None,
    score: Floats | None = None,
    alarms: ArrayLike = True,
) -> Balance:
    """Of a ledger (dtype `LEDGER`, one report or more) and its users (dtype `USERS`).

    `theoretical_km` is how far S had come when the first public report was released; infinite where there was none.
    `residents_per_user` is for how many people a user stands, shape (users,) or one number for all; None where that is
    not known. `score`, of shape (reports, users) like the ledger's rows, is what the order
    made of each, lowest first, NaN where not known; None where there is no such order.
    """
    of, table = fates(rows, alarms), by_report(rows)
    distance_km = users["distance_km"].astype(np.float64)
    # S has passed the theoretical zone before anyone could read: it counts even where no user lives in it. Who was not
    # to be told is in nobody's blind zone.
    effective = max(theoretical_km, effective_km(distance_km[of.due], of.in_time[of.due]))
    people = None if residents_per_user is None else np.broadcast_to(residents_per_user, len(users)).astype(np.float64)
    return Balance(
        users=len(users),
        fates=counts(of.fate),
        lost=int(of.lost.sum()),
        by_level=_by_level(of, users["level"]),
        lead_lost=_lead_lost(of.lead_lost_s, None if people is None else people[of.could_be_warned]),
        theoretical=_zone(theoretical_km, distance_km, people),
        effective=_zone(effective, distance_km, people),
        first_ms=summary(of.delay_s[of.due] * 1e3),
        reports=tuple(_read(row, None if score is None else score[index]) for index, row in enumerate(table)),
    )


def speed_for(run: Fates, in_time: int) -> float:
    """By what factor every delivery of a run would have to be quicker for `in_time` users to be warned in time.

    Each delay d becomes d/k; any k above what is returned does. At most 1 where the run itself does, 0 for no users;
    infinite where no speed can.
    """
    if in_time == 0:
        return 0.0
    if in_time > len(run.needs):
        return float("inf")
    return float(np.partition(run.needs, in_time - 1)[in_time - 1])


def was_due(rows: NDArray[Any]) -> NDArray[np.bool_]:
    """Whether each report was for each user, of rows of a ledger in any shape: no gate shut, and a place followed."""
    return np.asarray((rows["gate"] == Gate.OPEN) & (rows["outcome"] != Fate.FOLLOWS_NONE))


def by_report(rows: NDArray[Any]) -> NDArray[Any]:
    """A ledger's rows in shape (reports, users)."""
    return rows.reshape(-1, int((rows["report"] == rows["report"][0]).sum()))


def _needs(table: NDArray[Any], to_s: Floats, got: NDArray[np.bool_]) -> Floats:
    helps = got & (to_s > 0) & (table["outcome"] != Fate.FOLLOWS_NONE)
    needs = np.full(table.shape, np.inf)
    np.divide((table["received"] - table["released"]) / 1e9, to_s, out=needs, where=helps)
    return np.asarray(needs.min(axis=0))


def _by_level(of: Fates, level: NDArray[np.uint8]) -> dict[str, LevelLost]:
    columns = {"users": np.ones(len(level), np.bool_), "in_time": of.in_time, "lost": of.lost}
    return {
        name: LevelLost(**{column: int((which & (level == index)).sum()) for column, which in columns.items()})
        for index, name in reversed(list(enumerate(LEVELS)))
    }


def _lead_lost(lost_s: Floats, people: Floats | None) -> LeadLost:
    total = float(lost_s.sum())
    return LeadLost(
        mean_s=finite(total / len(lost_s), 4) if len(lost_s) else None,
        p50_s=finite(percentile(lost_s, 0.5), 4),
        p90_s=finite(percentile(lost_s, 0.9), 4),
        user_s=round(total, 3),
        person_s=None if people is None else round(float(lost_s @ people)),
    )


def _zone(km: float, distance_km: Floats, people: Floats | None) -> Zone:
    there = distance_km <= km
    return Zone(
        km=finite(km, 2),
        km2=finite(np.pi * km**2, 1),
        users=int(there.sum()),
        people=None if people is None else round(float(people[there].sum())),
    )


def _read(row: NDArray[Any], score: Floats | None) -> Read:
    due = was_due(row)
    got = row["received"] != NEVER
    delay_ms = np.where(got, (row["received"] - row["released"]) / 1e6, np.inf)
    written = np.where(row["written"] == NEVER, np.nan, row["written"].astype(np.float64))
    return Read(
        number=int(row["report"][0]),
        due=int(due.sum()),
        read=int(got.sum()),
        delivery_ms=summary(delay_ms[due]),
        displacement=None if score is None else displacement(score, written),
    )

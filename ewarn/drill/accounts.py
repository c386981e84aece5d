"""The accounts of one play: for each user and report what was due, planned, written and read, and how it ended."""

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from ewarn.config.drill import PlatformsTable
from ewarn.dispatch.gates import Gate
from ewarn.drill.platforms import BOTH
from ewarn.drill.scenario import Scenario, held_back, origin_of
from ewarn.gateway.journal import Journal
from ewarn.seismic.origin import Report
from ewarn.verdict.fate import first_due
from ewarn.verdict.ledger import USERS, ledger
from ewarn.verdict.receipts import NEVER


@dataclass(frozen=True)
class Accounts:
    """`gate` and `via` have shape (reports, users), reports that were never released included."""

    scenario: Scenario
    played: list[Report]
    gate: NDArray[np.uint8]
    """code of the `Gate` that held it back"""
    via: NDArray[np.uint8]
    """platform that brought it first, 1 or 2; 0: none did"""
    ledger: NDArray[Any]
    """dtype `LEDGER`"""

    @classmethod
    def of(
        cls,
        scenario: Scenario,
        played: list[Report],
        receipts: NDArray[Any],
        via: NDArray[np.uint8],
        journal: Journal,
        there: NDArray[np.bool_],
    ) -> Self:
        """Draw up the accounts; `receipts` are by report and then user, `journal` as the gateways kept it.

        `there`: whether a user was connected in the end.
        """
        table = receipts.reshape(via.shape)
        follows = scenario.audience.followed.count > 0
        gate = np.zeros(via.shape, np.uint8)
        read = table["read"] != NEVER
        gate[: len(played)] = held_back(scenario, played, read)
        kept = bool(journal.planned.any())
        for index in range(len(played) - 2, -1, -1):
            # What had yet to be written when a newer report, which is not for him, took over, was not for him either.
            # Whoever never connected, or did not come back, is still due it; so is everyone where nothing is known of
            # the writing, which a gateway that ran already keeps to itself.
            unsent = there & kept & ~read[index] & (journal.written[index] == 0)
            gate[index] = np.where(unsent & (gate[index] == Gate.OPEN), gate[index + 1], gate[index])
        s_ns = np.full(via.shape, NEVER, np.int64)
        origin_s = origin_of(scenario, played)
        for index, report in enumerate(played):
            # With a speed other than 1 the waits are shorter, and the waves are not: each report has its own clock.
            s_in_s = scenario.truth.s_s - (report.released - origin_s)
            s_ns[index] = table["released"][index, 0] + (s_in_s * 1e9).astype(np.int64)
        planned, written = (np.where(noted > 0, noted, NEVER) for noted in (journal.planned, journal.written))
        rows = ledger(
            receipts,
            planned=planned,
            written=written,
            via=via,
            gate=gate,
            s_ns=s_ns,
            follows=follows,
            warnings=np.array([report.counts_as_warning for report in scenario.reports]),
            alarms=np.array([report.may_alarm for report in scenario.reports]),
        )
        return cls(scenario, played, gate, via.copy(), rows)

    @property
    def due(self) -> NDArray[np.bool_]:
        """Whether a report was for a user: they follow a place, and no gate held it back; shape (reports, users)."""
        return np.asarray((self.gate == Gate.OPEN) & self.follows)

    @property
    def first_due(self) -> NDArray[np.intp]:
        """Row of the first warning that was due to each user; the number of reports where none was."""
        return first_due(self.due, np.array([report.may_alarm for report in self.scenario.reports]))

    @property
    def follows(self) -> NDArray[np.bool_]:
        """Who follows a place; shape (users,)."""
        return np.asarray(self.scenario.audience.followed.count > 0)


def users_table(scenario: Scenario) -> NDArray[Any]:
    """A row of dtype `USERS` a user: where he lives, and the truth there."""
    audience = scenario.audience
    users = np.empty(len(audience), USERS)
    for name, values in {
        "user": np.arange(len(audience)),
        "latitude": audience.latitude,
        "longitude": audience.longitude,
        "distance_km": scenario.truth.distance_km,
        "s_s": scenario.truth.s_s,
        "intensity": scenario.intensity,
        "level": scenario.earth.level_index(scenario.intensity),
        "places": audience.followed.count,
        "threshold": audience.threshold,
        "platforms": scenario.on,
    }.items():
        users[name] = values
    return users


def told_by(table: PlatformsTable, scenario: Scenario, accounts: Accounts) -> dict[str, Any]:
    """Of two platforms: users of each, who brought how many reports first, and what one saved of the other's fault.

    `saved` are users of both who were brought a report by the sound platform that was released while the other had
    its fault; `cut_off` are users of that other alone.
    """
    on = scenario.on
    found: dict[str, Any] = {
        name: {
            "users": int((on >> index & 1).sum()),
            "alone": int((on == index + 1).sum()),
            "first": int((accounts.via == index + 1).sum()),
        }
        for index, name in enumerate(table.names)
    }
    found["both"] = int((on == BOTH).sum())
    if table.fault != "none":
        end_s = np.inf if table.back_s is None else table.back_s
        origin_s = origin_of(scenario, accounts.played)
        meanwhile = [table.fault_s <= report.released - origin_s < end_s for report in accounts.played]
        brought = (accounts.via[: len(meanwhile)][meanwhile] == 3 - table.on).any(axis=0)
        found["fault"] = {
            "kind": table.fault,
            "on": table.names[table.on - 1],
            "from_s": table.fault_s,
            "back_s": table.back_s,
            "saved": int((brought & (on == BOTH)).sum()),
            "cut_off": int((on == table.on).sum()),
        }
    return found

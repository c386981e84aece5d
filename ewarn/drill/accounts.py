"""The accounts of one play: for each user and report what was due, planned, written and read, and how it ended."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from ewarn.config.drill import PlatformsTable
from ewarn.drill.on_platforms import BOTH
from ewarn.drill.scenario import Scenario, origin_of
from ewarn.gateway.sending.journal import Journal
from ewarn.seismic.origin import Report
from ewarn.system.happenings import Kind
from ewarn.verdict.document import ByPlatform, OfPlatform, PlatformFault
from ewarn.verdict.fate import alarms_of, warnings_of
from ewarn.verdict.happened import Happened
from ewarn.verdict.ledger import USERS, ledger
from ewarn.verdict.receipts import NEVER


@dataclass(frozen=True)
class Accounts:
    """What was due to whom is the scenario's; `via` has shape (reports, users), reports never released included."""

    scenario: Scenario
    played: list[Report]
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
    ) -> Self:
        """Draw up the accounts; `receipts` are by report and then user, `journal` as the gateways kept it."""
        table = receipts.reshape(via.shape)
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
            gate=scenario.gate,
            s_ns=s_ns,
            follows=scenario.follows,
            warnings=warnings_of(scenario.reports),
            alarms=alarms_of(scenario.reports),
        )
        return cls(scenario, played, via.copy(), rows)


def users_table(scenario: Scenario) -> NDArray[Any]:
    """A row of dtype `USERS` a user: where they live, and the truth there."""
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


def told_by(table: PlatformsTable, scenario: Scenario, accounts: Accounts, happened: Sequence[Happened]) -> ByPlatform:
    """Of two platforms: users of each, who brought how many reports first, and what one saved of the other's fault."""
    on = scenario.on
    names = {
        name: OfPlatform(
            users=int((on >> index & 1).sum()),
            alone=int((on == index + 1).sum()),
            first=int((accounts.via == index + 1).sum()),
        )
        for index, name in enumerate(table.names)
    }
    fault = None if table.fault == "none" else _fault(table, scenario, accounts, happened)
    return ByPlatform(names=names, both=int((on == BOTH).sum()), fault=fault)


def _fault(
    table: PlatformsTable, scenario: Scenario, accounts: Accounts, happened: Sequence[Happened]
) -> PlatformFault:
    """Saved counts what was released while it lasted: it may have begun late, and a gateway takes time to be back."""
    at = {one.kind: one.at_s for one in happened}
    begun = Kind.PLATFORM_DOWN if table.fault == "down" else Kind.PLATFORM_SLOW
    from_s, back_s = at.get(begun, table.fault_s), at.get(Kind.PLATFORM_BACK)
    end_s = np.inf if back_s is None else back_s
    origin_s = origin_of(scenario, accounts.played)
    meanwhile = [from_s <= report.released - origin_s < end_s for report in accounts.played]
    brought = (accounts.via[: len(meanwhile)][meanwhile] == 3 - table.on).any(axis=0)
    return PlatformFault(
        kind=table.fault,
        on=table.names[table.on - 1],
        from_s=from_s,
        back_s=back_s,
        saved=int((brought & (scenario.on == BOTH)).sum()),
        cut_off=int((scenario.on == table.on).sum()),
    )

"""The promised limits, as the public report of 2023 on the WeChat and QQ service for Sichuan has them."""

from dataclasses import dataclass
from typing import Annotated

from annotated_types import Ge, Gt, Le

Seconds = Annotated[float, Gt(0), Le(3600)]
Count = Annotated[int, Ge(1)]


@dataclass(frozen=True)
class Budgets:
    """What is promised, and to how many."""

    first_report_s: Seconds = 15.0
    """Latest time of the first report, seconds after origin."""
    first_report_magnitude: float = 5.0
    """Least magnitude of a quake for which the first report is promised."""
    delivery_s: Seconds = 1.0
    """Longest time from the release of a report until the last user has read it, seconds."""
    delivery_users: Count = 500_000
    """Number of users to whom that delivery is promised."""
    epicentre_s: Seconds = 0.3
    """Longest p99 from release to reading of the first report for users near the epicentre whose S wave is still to
    come, seconds."""
    epicentre_users: Count = 200_000
    """Number of users near the epicentre to whom that is promised, the "several hundred thousand" of the promise."""
    epicentre_km: Annotated[float, Gt(0)] = 50.0
    """Distance from the epicentre within which a user counts as near, km."""
    epicentre_fewest: Count = 1_000
    """Fewest users near the epicentre; a p99 of fewer shows nothing."""
    reach: Annotated[float, Ge(0), Le(1)] = 1.0
    """Share of targets who must end up with the report or a newer one, 0 to 1."""

"""The promised limits, as the public report of 2023 on the WeChat and QQ service for Sichuan has them."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Budgets:
    """What is promised, and to how many."""

    first_report_s: float = 15.0
    """seconds after origin, at the latest; promised for magnitude 5 and more"""
    first_report_magnitude: float = 5.0
    delivery_s: float = 1.0
    """seconds from release to the last user's reading"""
    delivery_users: int = 500_000
    """to so many at once"""
    epicentre_s: float = 0.3
    """seconds from release to reading, for 99 % of those near the epicentre whose S is still to come"""
    epicentre_users: int = 200_000
    """the "several hundred thousand" of the promise"""
    epicentre_km: float = 50.0
    """what counts as near: distance from the epicentre"""
    epicentre_fewest: int = 1_000
    """a p99 of fewer users than this shows nothing"""
    reach: float = 1.0
    """share of targets that must end up with the report or a newer one"""

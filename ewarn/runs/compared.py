"""What a comparison is made of: `compare.json`, as it is written and as its table, plot and page read it."""

from msgspec import Struct

from ewarn.verdict.balance import Balance
from ewarn.verdict.clients import SOCKETS, Clients


class Spread(Struct, frozen=True, kw_only=True):
    """Over the plays of a strategy; None: infinite."""

    median: float | None
    least: float | None
    most: float | None


class OfPlay(Balance, frozen=True, kw_only=True):
    """The sums of one play."""

    folder: str


class Row(Struct, frozen=True, kw_only=True):
    """A strategy: what was measured of it, by the names of `MEASURES`."""

    name: str
    order: str
    engine: str
    rate_per_s: float | None
    in_time: Spread
    lost: Spread
    lost_red: Spread
    lost_orange: Spread
    suppressed: Spread
    missing: Spread
    theoretical_km: Spread
    theoretical_km2: Spread
    theoretical_people: Spread
    effective_km: Spread
    effective_km2: Spread
    effective_people: Spread
    lead_lost_mean_s: Spread
    lead_lost_p90_s: Spread
    first_last_ms: Spread
    speed_needed: Spread
    """factor by which all deliveries would have to be quicker to warn as many in time as the best does"""
    rings: list[list[float]]
    """see `comparison.rings`"""
    plays: tuple[OfPlay, ...]


class Comparison(Struct, frozen=True, kw_only=True):
    """Runs of one quake side by side."""

    quake: str
    users: int
    best: str
    """name of the strategy that warned most in time"""
    unlike: tuple[str, ...]
    """how runs differ in more than their strategy"""
    unchecked: tuple[str, ...]
    """what could not be checked of that"""
    untrusted: tuple[str, ...]
    """why measurements cannot be trusted"""
    clients: Clients = SOCKETS
    """of the first run"""
    strategies: tuple[Row, ...]

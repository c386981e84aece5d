"""What an explanation is made of: `ewarn explain --json`, and what its lines are read from. None: never, or unknown."""

from msgspec import Struct

from ewarn.seismic.origin import Status
from ewarn.verdict.clients import SOCKETS, Clients

Level = str
"""one of `LEVELS`"""
Numbers = tuple[float, float]
"""that were compared: the user's or the report's own, and the least that lets a report through"""


class User(Struct, frozen=True, kw_only=True):
    """The user; where they live, what is true there, and what they asked for."""

    user: int
    latitude: float
    longitude: float
    distance_km: float
    s_s: float
    """S after origin"""
    intensity: float
    level: Level
    threshold: float
    places: int
    platforms: int
    host: str | None = None
    """of the swarm that they were on; None: there was one host"""


class There(Struct, frozen=True, kw_only=True):
    """What a report says of a place that the user follows."""

    distance_km: float
    s_in_s: float
    intensity: float
    level: Level


class Spared(Struct, frozen=True, kw_only=True):
    """A gate that was shut, and did not count, since the user had been told before."""

    gate: str
    compared: Numbers


class Decided(Struct, frozen=True, kw_only=True):
    """What the gates say to a report's numbers."""

    gate: str
    compared: Numbers | None
    intensity: float
    """strongest at the user's places"""
    tier: str
    spared: Spared | None


class Explained(Struct, frozen=True, kw_only=True):
    """One report, and what came of it for the user."""

    number: int
    status: Status
    released_s: float
    magnitude: float
    places: tuple[There, ...]
    gate: str
    """as the ledger has it"""
    decided: Decided | None
    """None: the user follows no place"""
    via: int | None
    """platform that brought it; of a fleet, the place of the gateway among all, from 1"""
    gateway: str | None = None
    """of a fleet, its name"""
    planned_ms: float | None
    """after release, as the next two"""
    written_ms: float | None
    received_ms: float | None
    """the latest that it can be, where there were several hosts"""
    earliest_ms: float | None = None
    """that `received_ms` can be, by what is known of the host's clock; None: there was one host, or never"""
    outcome: str
    """key of a `Fate`"""
    lead_s: float | None
    s_after_release_s: float


class Explanation(Struct, frozen=True, kw_only=True):
    """One user of one run."""

    user: User
    gates: dict[str, float]
    reports: tuple[Explained, ...]
    clients: Clients = SOCKETS
    """of the run"""

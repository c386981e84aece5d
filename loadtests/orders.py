"""What the conductor has the swarm processes know and do, as it travels from the master to each of them. Pure."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Self


@dataclass(frozen=True)
class Orders:
    """What is to be known and done now; each line stands in place of the one before."""

    releases: dict[int, int] = field(default_factory=dict)
    """by report, monotonic ns of the master"""
    clock: dict[str, Any] | None = None
    """the bound of this host's clock, as it is plain; None: it is not known yet, or cannot be told"""
    storms: int = 0
    """how many times all have to have hung up"""
    home: bool = False
    """every client has had its time"""

    @classmethod
    def from_plain(cls, said: Mapping[str, Any]) -> Self:
        """Back from what JSON or MessagePack makes of it."""
        return cls(**{**said, "releases": {int(number): ns for number, ns in said["releases"]}})

    def plain(self) -> dict[str, Any]:
        """As it travels."""
        return asdict(self) | {"releases": list(self.releases.items())}

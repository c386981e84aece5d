"""The hosts of a fleet and their clocks, as `verdict.json` has them. Types alone.

An instant of another host's clock lies in a bound on the conductor's, from the earliest that it can be to the latest.
How wide that is says how well the instant is known. All is judged by the latest where nothing else is said.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

EARLIEST = np.dtype(
    [
        ("kernel", "<i8"),  # earliest that `kernel` of the same row of the receipts can be, monotonic ns; -1 where not
        ("read", "<i8"),  # earliest that `read` of that row can be, monotonic ns; -1 for never
    ]
)
"""Row by row beside receipts (dtype `RECEIPT`), which have the latest."""

HOST = np.dtype(
    [
        ("host", "u1"),  # of the swarm that the user is of: its place in `swarms` of `clocks.json`, from 0
    ]
)
"""A row a user."""

SWARM, GATEWAY = "swarm", "gateway"
CONDUCTOR = "conductor"
"""what its machine is called among others"""


class Width(Struct, frozen=True, kw_only=True):
    """Widths of bounds, us; None: there are none."""

    p50: float | None = None
    p99: float | None = None
    max: float | None = None


class OfClock(Struct, frozen=True, kw_only=True):
    """A host's clock, held against the conductor's."""

    exchanges: int
    """that were answered"""
    lost: int = 0
    """that were not"""
    width_us: Width = Width()
    """of the instants that were asked of it"""
    wander_us: float | None = None
    """most that it and the conductor's strayed from running evenly, together; None, here and below: not known"""
    drift_ppm: float | None = None
    """how much faster than the conductor's it runs"""
    offset_s: float | None = None
    """how far it is ahead of the conductor's, in the middle of the play"""


class OfHost(Struct, frozen=True, kw_only=True):
    """A host; None: not known."""

    kind: str
    """swarm or gateway"""
    users: int = 0
    """of a swarm: its own; of a gateway: whose home it is"""
    connected: int | None = None
    """devices, as the play began"""
    clients: str | None = None
    """of a swarm: sockets or packets"""
    ewarn: str | None = None
    """version"""
    cpus: int | None = None
    memory_gib: float | None = None
    kernel: str | None = None
    python: str | None = None
    same_as: str | None = None
    """the conductor, or a host named before: they are on one machine, whose cores and memory are told of both"""
    cpu_s: float | None = None
    """of a swarm: CPU that its clients used in the play"""
    clock: OfClock | None = None
    """None: it has the conductor's own clock"""
    lost: str | None = None
    """why it went missing, and when, in words; None: it did not"""


class OfFleet(Struct, frozen=True, kw_only=True):
    """Hosts by their names."""

    hosts: dict[str, OfHost]
    width_us: Width = Width()
    """of the bounds of all receipts"""

    @property
    def swarms(self) -> tuple[str, ...]:
        """Names of the swarms' hosts, in the order of the table; a user's host is a place in it."""
        return tuple(name for name, host in self.hosts.items() if host.kind == SWARM)

    def together(self, cpus: int, memory_gib: float) -> tuple[int, float]:
        """Cores and memory of all machines that are known, and of the conductor's, which has so much."""
        known = [host for host in self.hosts.values() if host.cpus is not None and host.same_as is None]
        return cpus + sum(one.cpus or 0 for one in known), memory_gib + sum(one.memory_gib or 0.0 for one in known)

    @property
    def gateways(self) -> tuple[str, ...]:
        """Names of the gateways' hosts."""
        return tuple(name for name, host in self.hosts.items() if host.kind == GATEWAY)


@dataclass(frozen=True)
class Clocks:
    """What files keep of a fleet's clocks beside its table."""

    earliest: NDArray[np.void]
    """dtype `EARLIEST`, by report and then user"""
    on: NDArray[np.uint8]
    """place in `OfFleet.swarms` of each user's host; shape (users,)"""
    bounds: Mapping[str, Mapping[str, object]]
    """by host, its bound in plain numbers; none of who has the conductor's own clock"""

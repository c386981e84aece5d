"""How a swarm's clients reach their gateways as packets: over which cables, and by what last mile."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from ewarn.packets.last_mile import LastMile
from ewarn.packets.path import Path
from ewarn.system.machine import Machine

FEWEST_PER_PROCESS = 1_000
"""packets of a process, where cores are many"""


@dataclass(frozen=True)
class Wired:
    """What one process needs to connect its clients."""

    path: Path
    ack_delay_ns: int
    """after which a client acknowledges what came, where it has nothing to say meanwhile"""
    last_mile: LastMile | None = None
    """modelled between the cable and the clients"""


class Paths(Protocol):
    """Cables, of which each process has one."""

    def path(self, index: int) -> Path:
        """A cable's end at the phones; its descriptors are fresh, and the caller's to close."""


@dataclass(frozen=True)
class Over:
    """Of a whole swarm."""

    cables: Paths
    addresses: Sequence[tuple[str, int]]
    """by gateway: where it listens for those who come over the cables"""
    ack_delay_ns: int
    last_mile: LastMile | None = None

    def wired(self, index: int) -> Wired:
        """Of one process."""
        return Wired(self.cables.path(index), self.ack_delay_ns, self.last_mile)


def processes(clients: int, machine: Machine) -> int:
    """Of a swarm of packets: one a core, fewer where each would have too few; open files are no bound."""
    return max(1, min(machine.cpus, -(-clients // FEWEST_PER_PROCESS)))

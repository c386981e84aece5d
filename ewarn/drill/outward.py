"""Clients as packets towards a gateway on another host: over an interface of this one, with addresses of their own."""

from dataclasses import dataclass
from ipaddress import IPv4Network
from itertools import islice

from ewarn.drill.cabling import slots
from ewarn.packets.interface import over
from ewarn.packets.last_mile import LastMile
from ewarn.packets.path import Path
from ewarn.swarm.kind import Phones, private_range
from ewarn.swarm.over import Over, processes
from ewarn.system.machine import Machine

SLOT_BYTES = 2048
"""of a ring: frames are as long as Ethernet's"""
SLOW_PROCESSES = 2
"""of clients that read little, and of those that never read"""


@dataclass(frozen=True)
class Outward:
    """Ways over an interface of this host, to a gateway on another."""

    interface: str
    network: IPv4Network
    to: tuple[str, int]
    clients: int
    workers: int

    def path(self, index: int) -> Path:
        """See `Paths`: each process has a part of the range. Raises InputError, MeasurementError."""
        parts = self.network.subnets(prefixlen_diff=(self.workers - 1).bit_length())
        each = -(-self.clients // self.workers)
        mine = str(next(islice(parts, index, None)))
        return over(self.interface, mine, self.to[0], clients=each, slots=slots(each), slot_bytes=SLOT_BYTES)


def outward(
    phones: Phones,
    to: tuple[str, int],
    clients: int,
    machine: Machine,
    ack_delay_ns: int,
    mile: LastMile | None = None,
) -> Over:
    """How a swarm of so many reaches a gateway at this address; interface and range are there."""
    assert phones.interface and phones.range  # noqa: S101  or they would be sockets
    workers = processes(clients, machine) + SLOW_PROCESSES
    return Over(Outward(phones.interface, private_range(phones.range), to, clients, workers), [to], ack_delay_ns, mile)

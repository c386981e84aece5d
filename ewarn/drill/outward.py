"""Clients as packets towards gateways on other hosts: over an interface of this one, with addresses of their own."""

from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network
from itertools import islice

from ewarn.drill.cabling import slots
from ewarn.errors import InputError
from ewarn.packets.addresses import addresses_for
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
    """Ways over an interface of this host, to gateways on others."""

    interface: str
    parts: tuple[IPv4Network, ...]
    """of the range, by process"""
    to: tuple[tuple[str, int], ...]
    most: int
    """clients of a process"""

    def path(self, index: int) -> Path:
        """See `Paths`: each process has a part of the range. Raises InputError, MeasurementError."""
        mine, most = str(self.parts[index]), self.most
        first, *besides = (host for host, _ in self.to)
        return over(
            self.interface, mine, first, clients=most, slots=slots(most), slot_bytes=SLOT_BYTES, besides=besides
        )


def outward(
    phones: Phones,
    to: Sequence[tuple[str, int]],
    clients: int,
    machine: Machine,
    ack_delay_ns: int,
    mile: LastMile | None = None,
    *,
    slow: int = 0,
) -> Over:
    """How a swarm of so many reaches gateways at these addresses; interface and range are there.

    `slow`: the most that read little, or that never read; each of these kinds is in one process besides. Raises
    InputError where the range has too few addresses.
    """
    assert phones.interface and phones.range  # noqa: S101  or they would be sockets
    workers = processes(clients, machine)
    most = max(-(-clients // workers), slow)
    parts = shared_out(private_range(phones.range), workers + SLOW_PROCESSES, most)
    return Over(Outward(phones.interface, parts, tuple(to), most), to, ack_delay_ns, mile)


def shared_out(network: IPv4Network, count: int, clients: int) -> tuple[IPv4Network, ...]:
    """So many parts of a range, each for so many clients. Raises InputError where they are too small."""
    halvings, needed = (count - 1).bit_length(), addresses_for(clients)
    there = max(0, (network.num_addresses >> halvings) - 2)  # without the network's own, and its broadcast
    if there < needed:
        raise InputError(
            f"range: {network} has {there} addresses for phones in each of {1 << halvings} parts, one a process;"
            f" {clients:,} clients of a process take {needed}"
        )
    return tuple(islice(network.subnets(prefixlen_diff=halvings), count))

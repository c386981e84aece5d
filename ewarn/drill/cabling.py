"""The cables of a drill whose clients are packets; its gateways listen at one end of them."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from msgspec import structs

from ewarn.config.drill import DrillSettings
from ewarn.drill.sides import Readers
from ewarn.packets.cables import Cables
from ewarn.packets.kernel import KernelCounts
from ewarn.packets.last_mile import LastMile
from ewarn.swarm.over import Over, processes
from ewarn.system.machine import BOTH_ENDS, GATEWAYS_END, Ends, Machine
from ewarn.verdict.clients import Clients

ENDS: dict[str, Ends] = {"sockets": BOTH_ENDS, "packets": GATEWAYS_END}
"""what a client takes of this machine, by its kind"""
SLOT_BYTES = 1024
"""of a ring: a frame for one to four places fits a segment, and a ring takes half of what whole packets would"""
LEAST_SLOTS, MOST_SLOTS = 4096, 1 << 17
"""A ring has to hold what comes between two looks; from so many clients on it is 128 MiB."""


@dataclass(frozen=True)
class Cabling:
    """Cables, and those who go over them."""

    cables: Cables
    ack_delay_ns: int
    last_mile: LastMile | None

    def listener(self, port: int) -> socket.socket:
        """Where a gateway listens for those who come over the cables; port 0: on any."""
        return socket.socket(fileno=self.cables.listener(port))

    def over(self, addresses: list[tuple[str, int]]) -> Over:
        """What a swarm needs; `addresses` by gateway."""
        return Over(self.cables, addresses, self.ack_delay_ns, self.last_mile)

    def counted(self, clients: Clients, swarm: Readers, before: KernelCounts) -> Clients:
        """With what happened to them in a play, before which the kernel had counted so much."""
        now = self.cables.kernel()
        return structs.replace(
            counted(clients, swarm),
            lost=now.lost_to_phones - before.lost_to_phones,
            retransmitted=now.retransmitted - before.retransmitted,
        )


def slots(clients: int) -> int:
    """Of the ring of a process of so many: a power of two."""
    return min(MOST_SLOTS, max(LEAST_SLOTS, 1 << (clients - 1).bit_length()))


def counted(clients: Clients, swarm: Readers) -> Clients:
    """With what happened to them in a play."""
    return structs.replace(
        clients,
        mss=swarm.mss,
        ring_drops=swarm.book.total("dropped"),
        truncated=swarm.book.total("truncated"),
        bad=swarm.book.total("bad"),
    )


def last_mile(settings: DrillSettings) -> LastMile | None:
    """What lies between the cables and the users, as it is modelled."""
    table = settings.last_mile
    return LastMile(table.rtt_ms, table.jitter_ms, table.loss) if table else None


@contextmanager
def cabling(settings: DrillSettings, clients: Clients, devices: int, machine: Machine) -> Iterator[Cabling | None]:
    """As long as the context lasts; None where clients are sockets, or leave this machine. Raises MeasurementError."""
    if clients.kind == "sockets" or settings.swarm.interface:
        yield None
        return
    slow = bool(settings.swarm.stuck) + bool(settings.swarm.slow)
    with laid(devices, slow, machine, settings.swarm.ack_delay_ms, last_mile(settings)) as found:
        yield found


@contextmanager
def laid(
    clients: int, besides: int, machine: Machine, ack_delay_ms: float, mile: LastMile | None = None
) -> Iterator[Cabling]:
    """Cables for so many clients, and for so many processes of others besides. Raises MeasurementError."""
    workers = processes(clients, machine)
    with Cables(workers + besides, slots=slots(-(-clients // workers)), slot_bytes=SLOT_BYTES) as cables:
        yield Cabling(cables, round(ack_delay_ms * 1e6), mile)

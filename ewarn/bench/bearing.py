"""What one gateway's host bears: sends a second, and connections; modelled from the costs of a bench row. Pure."""

from dataclasses import dataclass
from math import ceil, inf

from ewarn.bench.capacity import PACKET_BYTES, SEGMENT_BYTES, Host, Measured
from ewarn.system.machine import Machine

RECORD_BYTES, RECORD_HOLDS = 22, 1 << 14
"""of TLS 1.3: header, kind, and tag around what a record holds at most (RFC 8446, sections 5.1 and 5.2; the tag of
AES-GCM and of ChaCha20-Poly1305 has 16 bytes, RFC 5116 and RFC 8439)"""
TLS_US, TLS_KIB = 16.0, 26.0
"""of CPU for a delivery, and of memory for a connection, that terminators take besides: 24.6 to 25.0 us in place of 8.1
to 8.7, and 24 to 26 KiB, at 4,000 users over loopback on 2 cores of an AMD EPYC; assumed elsewhere"""
TLS_FILES = 2
"""that a terminator has open for a connection"""
PORTS = 28_232
"""that one address has for connections to one gateway: Linux's ip_local_port_range, 32768 to 60999"""


@dataclass(frozen=True)
class Tls:
    """What TLS adds, as it is assumed."""

    send_us: float = TLS_US
    """CPU for a delivery"""
    kib: float = TLS_KIB
    """memory of a connection"""


@dataclass(frozen=True)
class Bounds:
    """What bounds a gateway besides its machine; None: nothing does."""

    rate_per_s: float | None = None
    """frames that it sends at most"""
    capacity: int | None = None
    """connections that it takes at most"""
    ports: int | None = None
    """connections for which the clients' addresses have ports, as in a drill; real users have addresses of their own"""
    tls: Tls | None = None


@dataclass(frozen=True)
class Bears:
    """By what limits it; what is not in it does not."""

    per_s: dict[str, float]
    """sends a second: `cpu`, `link`, `rate`"""
    rooms: dict[str, int]
    """connections: `memory`, `files`, `ports`, `capacity`"""

    def users(self, seconds: float) -> dict[str, float]:
        """That each limit bears, where sends may take so many seconds."""
        return {name: rate * seconds for name, rate in self.per_s.items()} | {**self.rooms}

    @property
    def rate(self) -> float:
        """The least of `per_s`."""
        return min(self.per_s.values(), default=inf)

    @property
    def room(self) -> float:
        """The least of `rooms`."""
        return min(self.rooms.values(), default=inf)


def bears(host: Host, row: Measured, send_us: float, bounds: Bounds) -> Bears:
    """A host of this size, if a send costs so many microseconds of CPU without TLS.

    per_s: cpu = cores x headroom / (send_us + that of TLS); link = gbit / 8 x headroom / (frame, record, packets);
    rooms: memory = memory x headroom / (gateway_bytes + its part of kernel_bytes + that of TLS); files = as many shards
    as a process can hold x (open_files - 256), half of it with TLS, where each connection takes two.
    """
    tls = bounds.tls
    per_s = {
        "cpu": host.cores * host.headroom * 1e6 / (send_us + (tls.send_us if tls else 0.0)),
        "link": host.gbit * 1e9 / 8 * host.headroom / wire_bytes(row.bytes_per_frame, tls=tls is not None),
    }
    if bounds.rate_per_s is not None:
        per_s["rate"] = bounds.rate_per_s
    machine = Machine(host.cores, host.memory_gib, host.open_files, "", "")
    shards = max(host.cores, machine.most_children)
    rooms = {"files": machine.connections_per_process * shards // (TLS_FILES if tls else 1)}
    if row.gateway_bytes and row.kernel_bytes:
        each = row.gateway_bytes + row.kernel_bytes * row.gateway_share + (tls.kib * 1024 if tls else 0.0)
        rooms["memory"] = int(host.memory_gib * 2**30 * host.headroom / each)
    if bounds.ports is not None:
        rooms["ports"] = bounds.ports
    if bounds.capacity is not None:
        rooms["capacity"] = bounds.capacity
    return Bears(per_s, rooms)


def wire_bytes(frame_bytes: float, *, tls: bool) -> float:
    """Of a frame on the link, with records, packets and what is between them."""
    said = frame_bytes + (RECORD_BYTES * ceil(frame_bytes / RECORD_HOLDS) if tls else 0)
    return said + PACKET_BYTES * ceil(said / SEGMENT_BYTES)

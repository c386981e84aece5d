"""How many hosts hold a promise: modelled from the costs that a bench file measured. No I/O but in `load`."""

from dataclasses import asdict, dataclass
from math import ceil
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, TypeAdapter, ValidationError

from ewarn.config.tables import content
from ewarn.errors import InputError
from ewarn.swarm.kind import Kind
from ewarn.system.machine import RESERVED_FILES
from ewarn.words import say

PACKET_BYTES = 40 + 38
"""around the frame bytes of a packet: TCP and IP headers; Ethernet header, checksum, preamble and gap"""
SEGMENT_BYTES = 1460
"""frame bytes that one packet carries at most"""

# Well away from zero and from infinity, so that no quotient overflows.
Positive = Annotated[float, Field(ge=1e-6, le=1e12, allow_inf_nan=False)]
Count = Annotated[int, Field(ge=1)]


@dataclass(frozen=True)
class Range:
    """A cost over the plays of a row."""

    median: Positive
    least: Positive
    most: Positive

    def __post_init__(self) -> None:
        """Refuse a range that does not hold its own median."""
        if not self.least <= self.median <= self.most:
            raise ValueError("least, median and most do not ascend")


@dataclass(frozen=True)
class MeasuredClients:
    """Who the clients were."""

    kind: Kind


@dataclass(frozen=True)
class Measured:
    """What sending by one engine in one order cost."""

    kind: Literal["engine"]
    name: str
    engine: str
    order: str
    frames: str
    """`own`: each user has one of their own"""
    users: Count
    delivered: Annotated[int, Field(ge=0)]
    """of them"""
    send_us: Range
    """CPU of the gateway's side for one delivery, kernel included; microseconds"""
    gateway_bytes: Positive | None
    """of one connection, in the gateway's processes"""
    kernel_bytes: Positive | None
    """of one connection; both its ends where clients are sockets, else the gateway's"""
    connects_per_s: Positive | None
    bytes_per_frame: Positive
    clients: MeasuredClients = MeasuredClients("sockets")
    doubts: tuple[str, ...] = ()
    """why it cannot be trusted, in words"""

    @property
    def gateway_share(self) -> float:
        """Of `kernel_bytes`, what is the gateway's end of a connection: the other end of a packet is no socket."""
        return 0.5 if self.clients.kind == "sockets" else 1.0


@dataclass(frozen=True)
class OtherRow:
    """What stands beside the engines for comparison, and is never planned with."""

    kind: Literal["stuck", "chat", "library", "floor", "null"]


@dataclass(frozen=True)
class BenchMachine:
    """Where it was measured."""

    cpus: Count
    memory_gib: Positive


@dataclass(frozen=True)
class Bench:
    """A bench file, as far as it is planned with."""

    machine: BenchMachine
    rows: tuple[Annotated[Measured | OtherRow, Field(discriminator="kind")], ...]


@dataclass(frozen=True)
class Goal:
    """What is to be held."""

    users: int
    within_s: float


@dataclass(frozen=True)
class Host:
    """The size of each host."""

    cores: int
    memory_gib: float
    open_files: int
    """that a process may have"""
    gbit: float
    """a second, of the network link"""
    headroom: float
    """share of cores, memory and link that may be used"""


@dataclass(frozen=True)
class Need:
    """What a promise needs; every number is modelled."""

    hosts: int
    limits: dict[str, int | None]
    """users that the `cpu`, `memory` and `link` of one host bear; None: not measured, so not bounded"""
    binding: str
    """the least of the limits"""
    users_per_host: int
    shards_per_host: int
    reconnect_s: float | None
    """until all users are back after all hosts restarted; None: not measured"""


@dataclass(frozen=True)
class Sizing:
    """What was asked, what was measured, and what is modelled from both."""

    promise: Goal
    host: Host
    machine: BenchMachine
    row: Measured
    needs: dict[str, Need]
    """at the `median`, `least` and `most` that a send cost"""


def load(path: Path) -> Bench:
    """Read a bench file. Raises InputError naming the file and the first wrong key."""
    try:
        return TypeAdapter(Bench).validate_json(content(path), strict=True)
    except ValidationError as error:
        raise InputError(f"{path}: {_complaint(error.errors()[0])}") from None


def _complaint(error: Any) -> str:
    if error["type"] == "json_invalid":
        return f"not JSON: {error['ctx']['error']}"
    # Behind a row's number stands its kind, which is no key.
    keys = [str(part) for place, part in enumerate(error["loc"]) if place != 2]
    if error["type"].startswith("union_tag"):
        return f"{'.'.join(keys)}.kind: expected engine, stuck, chat, library, floor or null"
    message = error["msg"].removeprefix("Value error, ")
    return f"{'.'.join(keys) or 'top level'}: {message[0].lower()}{message[1:]}"


def choose(
    bench: Bench, path: Path, engine: str | None = None, order: str | None = None, phones: str = "sockets"
) -> Measured:
    """The row to plan with: frames of the users' own, as asked for; the most users, then the cheapest median send.

    `phones` is the kind of its clients. A row that cannot be trusted is never chosen.
    """
    measured = [row for row in bench.rows if isinstance(row, Measured)]
    own = [row for row in measured if row.frames == "own" and row.clients.kind == phones]
    rows = [row for row in own if not row.doubts]
    fitting = [row for row in rows if engine in (None, row.engine) and order in (None, row.order)]
    if not fitting:
        asked = "".join(f", {key} {value}" for key, value in (("engine", engine), ("order", order)) if value)
        there = ", ".join(sorted({f"{row.engine}/{row.order}" for row in rows})) or "none"
        doubtful = f"; {len(own) - len(rows)} cannot be trusted" if len(own) > len(rows) else ""
        raise InputError(
            f"{path}: rows: none of kind engine, frames own, clients {phones}{asked}; those there are: "
            f"{there}{doubtful}"
        )
    return min(fitting, key=lambda row: (-row.users, row.send_us.median))


def need(promise: Goal, host: Host, machine: BenchMachine, row: Measured, send_us: float) -> Need:
    """Hosts for a promise if a send costs `send_us` microseconds of CPU.

    Raises InputError where not even one user fits on a host.
    """
    limits = _limits(promise, host, row, send_us)
    binding, most = min(((name, users) for name, users in limits.items() if users is not None), key=lambda one: one[1])
    if most < 1:
        raise InputError(say("sizing.nobody", say(f"sizing.{binding}"), f"{promise.within_s:g}"))
    hosts = -(-promise.users // most)
    users_per_host = -(-promise.users // hosts)
    shards = max(host.cores, -(-users_per_host // (host.open_files - RESERVED_FILES)))
    rate = row.connects_per_s and row.connects_per_s * hosts * host.cores / machine.cpus
    return Need(hosts, limits, binding, users_per_host, shards, rate and promise.users / rate)


def size(promise: Goal, host: Host, machine: BenchMachine, row: Measured) -> Sizing:
    """The need at the median, the least and the most that a send cost."""
    needs = {name: need(promise, host, machine, row, cost) for name, cost in asdict(row.send_us).items()}
    return Sizing(promise, host, machine, row, needs)


def _limits(promise: Goal, host: Host, row: Measured, send_us: float) -> dict[str, int | None]:
    seconds = promise.within_s * host.headroom
    memory = None
    if row.gateway_bytes and row.kernel_bytes:
        memory = int(
            host.memory_gib * 2**30 * host.headroom / (row.gateway_bytes + row.kernel_bytes * row.gateway_share)
        )
    wire_bytes = row.bytes_per_frame + PACKET_BYTES * ceil(row.bytes_per_frame / SEGMENT_BYTES)
    return {
        "cpu": int(host.cores * seconds * 1e6 / send_us),
        "memory": memory,
        "link": int(host.gbit * 1e9 / 8 * seconds / wire_bytes),
    }

"""What a gateway can be told."""

from dataclasses import dataclass, field
from typing import Annotated

import numpy as np
from annotated_types import Ge, Gt, Le

from ewarn.dispatch.gates import Gates
from ewarn.dispatch.orders import DEFAULT, ORDERS, OrderName
from ewarn.errors import InputError, not_one_of
from ewarn.gateway.engines import AUTO, CHOICES
from ewarn.gateway.way_in.shares import Ledger
from ewarn.seismic.course import Freshness
from ewarn.seismic.earth import EarthModel
from ewarn.seismic.origin import LASTS_S
from ewarn.seismic.streams import stream
from ewarn.system.address import CONTROL, LISTEN
from ewarn.system.allowed import ANY, Allowed
from ewarn.system.machine import RESERVED_FILES, Machine, files_to_hold
from ewarn.system.private_files import Ours
from ewarn.words import say

MOST_SHARDS = 64
"""that there can be while a gateway runs, unless more are there from the start"""
HANDOFF_BATCH = 64
"""descriptors in one message from the supervisor to a shard; the kernel takes at most 253"""


@dataclass(frozen=True)
class Strategy:
    """How a report is dispatched; it can be changed while the gateway runs."""

    order: OrderName = DEFAULT
    """Order of dispatch."""
    rate_per_s: Annotated[float, Gt(0), Le(1e9)] | None = None
    """Frames of a report a second that all shards together send at most, those to late connections besides; stands for
    a service that other traffic loads. Without it, what the machine can do."""


@dataclass(frozen=True)
class Tls:
    """With what the public port and the control port speak TLS."""

    certificate: str
    """file with the chain, PEM"""
    key: str
    """file with its key, PEM"""
    most_handshakes: Annotated[int, Gt(0)] = 512
    """handshakes under way in a terminator; beyond, the oldest gives way"""
    terminators: Annotated[int, Gt(0)] | None = None
    """processes that speak TLS; None: one a shard, or as many more as the capacity demands"""


@dataclass(frozen=True)
class Addresses:
    """Where it is reached."""

    listen: str = LISTEN
    control: str = CONTROL
    secret_file: str | None = None
    """of the control address; None: see `secret`"""
    allow_network: bool = False
    """bind an address other than loopback"""
    tls: Tls | None = None
    """None: both ports speak plain text"""
    proxy_from: tuple[str, ...] = ()
    """`ADDR[/BITS]` of proxies: connections to the public port from there begin with a PROXY header"""
    also: tuple[int, ...] = ()
    """descriptors of further listening TCP sockets, in another network namespace for example, that whoever starts the
    gateway has made and hands over: it accepts there as on its own port. Not with TLS"""

    @property
    def in_clear(self) -> str | None:
        """What `--allow-network` lets out in plain text, in words."""
        if not self.allow_network or self.tls:
            return None
        what = "the control secret goes" if self.proxy_from else "alerts and the control secret go"
        return f"--allow-network without --tls-cert: {what} over the network in clear"


@dataclass(frozen=True)
class Size:
    """How many connections, in how many shards."""

    shards: int | None = None
    """None: one a core, or as many more as the capacity demands"""
    capacity: int | None = None
    """connections in all; None: what the shards' open-file limits hold"""
    most_shards: int = MOST_SHARDS
    """that there can be while it runs, unless more are there from the start; nobody waits for those that are not"""
    drain_s: float = 10.0
    """over so long a shard that goes away spreads the closing of its connections"""


@dataclass(frozen=True)
class Limits:
    """What a connection may ask of it, and how long it is kept."""

    handshake_s: float = 10.0
    """a connection that has not finished its request by then is dropped"""
    handshake_bytes: int = 8192
    """longest request"""
    message_bytes: int = 4096
    """longest message from a client: ten followed places take some 400"""
    frames: Annotated[int, Gt(0)] = 128
    """frames of a connection that are heard in half a second, a wish (`follow`, `snapshot`) being 16 of them; what is
    more waits, and half a minute of that is a flood"""
    slow_s: float = 10.0
    """a connection that takes no byte for so long is dropped"""
    unacknowledged_s: Annotated[float, Ge(1), Le(3600)] = 100.0
    """the kernel ends a connection whose other end acknowledges nothing of what it was sent for so long, or keeps its
    window shut: at least 100 s (RFC 1122, 4.2.3.5), for a phone that has been in a tunnel gets what was sent meanwhile
    on the same connection; who was pinged, or sent a report, and is gone is found by then"""
    send_buffer: int = 4096
    """bytes that the kernel is asked to keep for a connection that does not read; it keeps twice that"""
    waiting_bytes: int = 16 << 20
    """of frames that wait for slow consumers, in a shard"""
    ping_s: float = 270.0
    """a connection is pinged so often, with jitter; home routers and mobile networks forget one after 300 s"""


@dataclass(frozen=True)
class Upkeep:
    """What becomes of shards that stall or die."""

    stalled_s: Annotated[float, Gt(0), Le(3600)] = 2.0
    """a shard whose loop has not turned for so long is named as stalled, and is given no connections"""
    buried_s: Annotated[float, Gt(0), Le(86400)] = 10.0
    """after so long it is ended, so that its clients come back to other shards, and replaced"""
    starting_s: Annotated[float, Gt(0), Le(86400)] = 120.0
    """a shard that is not up so long after its start is ended; a machine with many starts them one after the other"""
    attempts: Annotated[int, Ge(0), Le(1000)] = 5
    """a shard that died is replaced by itself; after so many failed starts in a row a gateway without any shard ends.
    0: no shard is replaced until the number of shards is said again"""


@dataclass(frozen=True)
class Callers:
    """Who may ask, and how many at a time."""

    door: Annotated[int, Ge(1), Le(65_536)] = 2048
    """connections of a shard that have yet to make their request, no part of its capacity; fewer where open files are
    short. Where more come, the oldest is refused"""
    door_share: Annotated[float, Gt(0), Le(1)] = 0.5
    """part of the door that one address may take up; an IPv6 /64 counts as one address. Carriers put thousands of
    phones behind one, but few of them connect in the same instant"""
    per_address: Annotated[int, Ge(1), Le(100_000_000)] | None = None
    """open connections that one address may have over all shards; None: any number"""
    retry_s: Annotated[float, Gt(0), Le(3600)] = 5.0
    """a caller for whom there is no room is asked to come back after so long at least, and at most twice as long"""
    hosts: tuple[str, ...] = ()
    """names by which it is reached, beside its addresses and, on a network, its machine's name; `*`: any"""
    origins: tuple[str, ...] = ()
    """pages that may ask, scheme://host:port, beside those of the Host that they ask"""


@dataclass(frozen=True)
class Alerts:
    """What users are told."""

    gates: Gates = field(default_factory=Gates)
    """what holds an alert back, and how it is shown"""
    earth: EarthModel = field(default_factory=EarthModel)
    """by which arrivals and intensity are computed"""
    frames: str = "own"
    """`own`: what each user is told is their own, in one alert for all their places; only a bench wants `shared`, the
    same for all, or `apart`, an alert a place"""
    in_force_s: float = LASTS_S
    """how long after its release a report is given to those who connect late, unless it expires before"""
    fresh: Freshness = field(default_factory=Freshness)
    """how far the times of a report may be from the clock here"""


@dataclass(frozen=True)
class Trust:
    """By whom reports must be signed; without keys and file, with one that is made for as long as the gateway runs."""

    keys: tuple[bytes, ...] = ()
    """public keys, 32 bytes each"""
    file: str | None = None
    """of public keys, which is read anew when it has changed"""
    unsigned: bool = False
    """reports need no signature"""


@dataclass(frozen=True)
class Bus:
    """How it is one of many hosts that are told the same."""

    lines: str | None = None
    """addresses of one or two NATS servers, `tls://HOST[:PORT]`, with a comma between; None: it is alone"""
    key: str | None = None
    """file with the nkey seed of a gateway"""
    authority: str | None = None
    """file with the certificates that servers of the bus are judged by, PEM; None: `ca.pem` beside the key, else the
    system's"""
    name: str | None = None
    """of this host; None: what the machine is called"""
    public_url: str | None = None
    """where users connect, as other hosts tell them; None: where it listens"""
    catch_up_s: Annotated[float, Ge(0), Le(3600)] = 10.0
    """it opens after so long at the latest, though no line has told it yet what is in force"""


@dataclass(frozen=True)
class Draws:
    """By what it draws: the random order, and all else that is left to chance."""

    seed: int = 0
    platform: str = ""
    """a name that sets what is drawn here apart from what another gateway of the same seed draws"""

    def stream(self, purpose: str, *more: int) -> np.random.Generator:
        """The generator for a purpose, of a shard where it is named."""
        return stream(self.seed, f"gateway {purpose}", self.platform, *more)


@dataclass(frozen=True)
class Notes:
    """Where it notes down what it is told, and what it sends."""

    state: str | None = None
    """folder for what it is told, so that it goes on after a crash; None: it keeps nothing"""
    journal: tuple[int, int, int] | None = None
    """descriptor, reports and users of a `Journal` in shared memory: when each frame was sent; on a bus, whoever
    conducts a drill is given it"""
    ear_port: int = 0
    """UDP, on which it answers exchanges of clocks while a drill asks for its journal; 0: any that is free"""
    told: bool = False
    """whoever started it is told by its channel what happens to its shards, see `Word`"""


@dataclass(frozen=True)
class GatewaySettings:
    """Defaults suit a drill on one machine."""

    addresses: Addresses = field(default_factory=Addresses)
    trust: Trust = field(default_factory=Trust)
    size: Size = field(default_factory=Size)
    limits: Limits = field(default_factory=Limits)
    upkeep: Upkeep = field(default_factory=Upkeep)
    callers: Callers = field(default_factory=Callers)
    alerts: Alerts = field(default_factory=Alerts)
    strategy: Strategy = field(default_factory=Strategy)
    """to begin with"""
    engine: str = AUTO
    """one of `CHOICES`"""
    draws: Draws = field(default_factory=Draws)
    notes: Notes = field(default_factory=Notes)
    bus: Bus = field(default_factory=Bus)


@dataclass(frozen=True)
class ShardSettings:
    """What the supervisor tells a shard."""

    gateway: GatewaySettings
    index: int
    shards: int
    """that there can be: rows of the shared memory"""
    capacity: int
    """of this shard"""
    handoff: int
    """descriptor of the socket over which connections come"""
    counters: int
    """descriptor of the shared counters"""
    pace: int
    """descriptor of the shared fronts"""
    allowed: Allowed = field(default_factory=Allowed)
    """whom it answers"""
    tidy: tuple[Ours, ...] = ()
    """files of the gateway's, to remove if the supervisor dies without doing so"""
    shares: Ledger | None = None
    """of open connections, an address; None: any number"""
    board: int | None = None
    """descriptor of the notice board, see `hosts`"""


@dataclass(frozen=True)
class Layout:
    """How the connections are spread."""

    shards: int
    capacity: int
    """of the whole gateway"""
    per_shard: tuple[int, ...]
    why: str
    """the sum, in words"""
    most_shards: int
    """that there can be while it runs"""

    def of(self, index: int) -> int:
        """Connections that a shard holds; one added later is as large as the first."""
        return self.per_shard[index if index < self.shards else 0]


def layout(size: Size, machine: Machine) -> Layout:
    """Work out shards and capacity. Raises InputError with the two numbers where they do not fit."""
    room = machine.connections_per_process
    if room < 1:
        raise InputError(f"open files: the limit is {machine.open_files}, a shard needs {RESERVED_FILES} for itself")
    shards = size.shards or (machine.processes_for(size.capacity) if size.capacity else machine.cpus)
    capacity = size.capacity or shards * room
    if capacity > shards * room:
        raise InputError(
            f"capacity: {capacity:,} connections do not fit {shards} shards of {room:,} (open-file limit "
            f"{machine.open_files:,} less {RESERVED_FILES}); {-(-capacity // room)} shards would"
        )
    if shards > machine.most_children:
        raise InputError(
            f"open files: the limit is {machine.open_files:,} a process (ulimit -n), the supervisor of {shards:,} "
            f"shards needs {files_to_hold(shards):,}; {machine.most_children:,} shards would fit"
        )
    each, more = divmod(capacity, shards)
    per_shard = tuple(each + (index < more) for index in range(shards))
    why = say(
        "gateway.layout",
        str(shards),
        str(machine.cpus),
        f"{capacity:,}",
        f"{per_shard[0]:,}",
        f"{machine.open_files:,}",
        str(RESERVED_FILES),
    )
    most = max(shards, min(size.most_shards, machine.most_children))
    return Layout(shards, capacity, per_shard, why, most)


def terminators(wanted: Tls, layout: Layout, machine: Machine) -> int:
    """How many processes speak TLS: each holds two descriptors a connection."""
    needed = -(-layout.capacity // max(1, machine.connections_per_process // 2))
    return min(wanted.terminators or max(needed, layout.shards), layout.most_shards)


def check(settings: GatewaySettings) -> None:
    """Raise InputError, as options are named, for a name that is not in the tables, or a number out of its bounds."""
    check_strategy(settings.strategy, "--order", "--rate-per-s")
    _check_upkeep(settings.upkeep)
    if (also := settings.addresses.also) and settings.addresses.tls:
        raise InputError(f"addresses.also: {len(also)} listeners by descriptor, which are not served with --tls-cert")
    if not 1 <= (limit := settings.limits.unacknowledged_s) <= 3600:
        raise InputError(f"unacknowledged_s: {limit:g} is not 1 to 3600")
    if (bus := settings.bus).lines and not bus.key:
        raise InputError("--bus: goes with --key, the bus key of a gateway (ewarn bus keys)")
    if bus.lines and not (settings.trust.keys or settings.trust.file or settings.trust.unsigned):
        raise InputError("--bus: goes with --trusted-keys, the public keys of the centre (ewarn keys), or --unsigned")
    if settings.engine not in CHOICES:
        raise not_one_of("--engine", settings.engine, CHOICES)


def given_away(settings: GatewaySettings) -> list[str]:
    """What an option of whoever runs it takes from the promises of the security page, a line each."""
    lines = [settings.addresses.in_clear] if settings.addresses.in_clear else []
    if settings.trust.unsigned:
        lines.append("--unsigned: whoever has the control secret can release any report")
    if ANY in settings.callers.hosts:
        lines.append(f"--allow-host {ANY}: pages elsewhere can reach it by a name of their own (DNS rebinding)")
    return lines


def _check_upkeep(upkeep: Upkeep) -> None:
    for name in ("stalled_s", "buried_s", "starting_s"):
        if not 0 < (value := getattr(upkeep, name)) < float("inf"):
            raise InputError(f"upkeep.{name}: {value:g} is not a number above 0")
    if upkeep.buried_s < upkeep.stalled_s:
        raise InputError(f"upkeep.buried_s: {upkeep.buried_s:g} s is before stalled_s, {upkeep.stalled_s:g} s")
    if upkeep.attempts < 0:
        raise InputError(f"upkeep.attempts: {upkeep.attempts} is below 0")


def check_strategy(strategy: Strategy, order: str = "order", rate_per_s: str = "rate_per_s") -> None:
    """Raise InputError for an order that is not there or a rate that is none; the others are the names of both."""
    if strategy.order not in ORDERS:
        raise not_one_of(order, strategy.order, ORDERS)
    if strategy.rate_per_s is not None and not 0 < strategy.rate_per_s < float("inf"):
        raise InputError(f"{rate_per_s}: {strategy.rate_per_s:g} is not a number above 0")

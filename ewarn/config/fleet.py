"""Fleet files: the hosts that a drill is played over, `ewarn drill --fleet`."""

import math
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path
from typing import Annotated, Any, Self
from urllib.parse import urlsplit

from pydantic import Field, StringConstraints, field_validator, model_validator

from ewarn.bus.addresses import parse_bus
from ewarn.bus.lines import HOST
from ewarn.config.tables import Table, read, validated
from ewarn.errors import InputError, WrongKeyError, quoted
from ewarn.swarm.client import parse_target
from ewarn.swarm.fleet import HOME_S, MOST_HOSTS
from ewarn.swarm.kind import Kind, Phones, check_way_out, private_range
from ewarn.system.address import literal

MOST_SWARMS = 254
"""hosts with a swarm: files say in a byte on which of them a user was"""
BROADCAST = IPv4Address("255.255.255.255")
MOST_WORDS = 64
"""of a command"""
BUS_KEYS = ("centre.nk", "conductor.nk", "ca.pem")
"""what the folder of keys has to have"""

Name = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")]
Word = Annotated[str, Field(min_length=1, max_length=4096)]
Command = Annotated[tuple[Word, ...], Field(max_length=MOST_WORDS)]


class BusTable(Table):
    """`[bus]`: what carries reports to gateways, and orders to swarms."""

    lines: tuple[str, ...]
    """Addresses of its servers, one or two: `tls://HOST` or `tls://HOST:PORT`; `nats://` for loopback."""
    keys: str
    """Folder with `centre.nk`, `conductor.nk` and `ca.pem` as `ewarn bus keys` makes them, from this file's folder."""
    signing_key: str
    """File with the key that signs the reports, from this file's folder; `ewarn keys` makes it."""

    @field_validator("lines")
    @classmethod
    def _lines(cls, given: tuple[str, ...]) -> tuple[str, ...]:
        if not given:
            raise ValueError("there is none; a bus has one or two")
        for one in given:
            _as_value(partial(_one_line, one))
        _as_value(lambda: parse_bus(",".join(given)))
        return given

    @property
    def joined(self) -> str:
        """The lines as `--bus` takes them."""
        return ",".join(self.lines)


class GatewayHost(Table):
    """`[[gateway]]`: a host with a gateway."""

    name: Name
    """Its `--name`, which is the name of its key too."""
    url: str
    """Where users connect: `ws://HOST:PORT`, or `wss://HOST:PORT` for TLS."""
    start: Command | None = None
    """Words that run a command on that host, such as `["ssh", "g1"]`; `[]` for this machine. Without it the gateway
    runs already."""
    command: Command = ()
    """Command that starts the gateway there, in words; goes with `start`."""
    capacity: int | None = Field(None, ge=1, le=10**9)
    """Connections that it has to hold at least; without it, what it says that it holds is enough."""

    @field_validator("url")
    @classmethod
    def _url(cls, given: str) -> str:
        _as_value(lambda: parse_target(given))
        parts = urlsplit(given)
        if parts.path.strip("/") or parts.query or parts.fragment:
            raise ValueError(f"expected nothing after the port, got {quoted(given)}")
        return given

    @model_validator(mode="after")
    def _started(self) -> Self:
        if self.start is not None and not self.command:
            raise WrongKeyError("command", "missing, and start is there; it is the command that starts the gateway")
        if self.start is None and self.command:
            raise WrongKeyError("start", "missing, and command is there; [] starts it on this machine")
        return self


class SwarmHost(Table):
    """`[[swarm]]`: a host with a share of the users."""

    name: Name
    """What the host is called in the verdict."""
    address: str
    """Name or address by which this machine reaches it, for exchanges of clocks over UDP."""
    start: Command | None = None
    """Words that run a command on that host, such as `["ssh", "s1"]`; `[]` for this machine. Without it
    `ewarn swarm --join` runs there already."""
    command: Command = ("ewarn",)
    """How ewarn is called there, in words."""
    key: str = ""
    """File on that host with its key, such as `s1.swarm.nk`, or `swarm.nk`; goes with `start`."""
    ca: str | None = None
    """File on that host with the certificates to trust for `wss://` gateways, PEM; goes with `start`. Without it, those
    of the fleet's `ca`, which are sent there."""
    weight: float = Field(1.0, gt=0, le=1e6)
    """Its share of the users is its part of the sum of all weights."""
    phones: Kind = "sockets"
    """What its clients are: sockets, or packets, which need `interface` and `range`."""
    interface: str | None = None
    """Its network interface through which packets reach the gateways."""
    range: str | None = None
    """Private addresses that packets have on that interface, such as 10.9.0.0/16; nobody else may have them."""
    sources: tuple[str, ...] = ()
    """Addresses of that host from which its sockets connect, each with ports of its own; without them, the kernel's
    choice."""
    ear_port: int = Field(0, ge=0, le=65535)
    """UDP port on which it answers exchanges of clocks; 0 takes a free one."""

    @field_validator("address")
    @classmethod
    def _address(cls, given: str) -> str:
        found = literal(given)
        if not (HOST.fullmatch(given) or found is not None):
            raise ValueError(f"expected the name or the address of a host, without a port, got {quoted(given)}")
        if found is not None and (found.is_unspecified or found.is_multicast or found == BROADCAST):
            raise ValueError(f"{given} is no host's own address")
        return given

    @field_validator("sources")
    @classmethod
    def _sources(cls, given: tuple[str, ...]) -> tuple[str, ...]:
        for one in given:
            try:
                IPv4Address(one)
            except ValueError:
                raise ValueError(f"expected IPv4 addresses such as 10.0.0.21, got {quoted(one)}") from None
        if (twice := _twice(given)) is not None:
            raise ValueError(f"{twice} is there twice")
        return given

    @model_validator(mode="after")
    def _sound(self) -> Self:
        check_way_out(self.interface, self.range)
        if self.phones == "packets" and self.interface is None:
            raise WrongKeyError("phones", "packets leave that host, and need interface and range")
        if self.phones == "sockets" and self.interface is not None:
            raise WrongKeyError("interface", 'goes with phones = "packets"')
        if self.phones == "packets" and self.sources:
            raise WrongKeyError("sources", 'goes with phones = "sockets"; packets have the addresses of range')
        if self.start is None and (self.key or self.ca):
            raise WrongKeyError("key" if self.key else "ca", "goes with start; whoever starts it there names its files")
        if self.start is not None and not self.key:
            raise WrongKeyError("key", "missing, and start is there; it is the file of its key on that host")
        if self.start is not None and not self.command:
            raise WrongKeyError("command", 'expected words such as ["ewarn"], got []')
        return self

    @property
    def kind(self) -> Phones:
        """What is wished for of its clients."""
        return Phones(self.phones, self.interface, self.range)


class FleetSettings(Table):
    """A fleet file."""

    bus: BusTable
    """What carries reports to gateways, and orders to swarms."""
    ca: str | None = None
    """File with the certificates to trust for `wss://` gateways, PEM, from this file's folder. Swarms are sent them.
    Without it, each host trusts those that its system does."""
    join_s: float = Field(60.0, ge=1, le=3600)
    """Seconds within which all hosts have to be there."""
    lease_s: float = Field(10.0, ge=3, le=600)
    """Seconds after which swarms let go of all connections by themselves, where they hear nothing of the drill."""
    home_s: float = Field(HOME_S, ge=1, le=3600)
    """Seconds over which users go home again to a gateway that was gone."""
    gateway: Annotated[tuple[GatewayHost, ...], Field(max_length=MOST_HOSTS)]
    """A host with a gateway. These have to be all that are on the bus."""
    swarm: Annotated[tuple[SwarmHost, ...], Field(max_length=MOST_SWARMS)]
    """A host with a share of the users, who find their gateways themselves."""

    @field_validator("gateway", "swarm")
    @classmethod
    def _some(cls, given: tuple[Any, ...]) -> tuple[Any, ...]:
        if not given:
            raise ValueError("there is none; a fleet has one at least")
        return given

    @model_validator(mode="after")
    def _apart(self) -> Self:
        if (name := _twice([one.name for one in self.gateway] + [one.name for one in self.swarm])) is not None:
            raise ValueError(f"name: {name} is there twice; each host has a name of its own")
        if (url := _twice(_authority(one.url) for one in self.gateway)) is not None:
            raise ValueError(f"gateway.url: {url} is there twice; each gateway has an address of its own")
        if (address := _twice(one.address.lower() for one in self.swarm)) is not None:
            raise ValueError(f"swarm.address: {address} is there twice; each swarm has a host of its own")
        if (pair := _overlapping(self.swarm)) is not None:
            raise ValueError(f"swarm.range: those of {pair} overlap; each phone has an address of its own")
        if len({one.url.partition(":")[0].lower() for one in self.gateway}) > 1:
            raise ValueError("gateway.url: some are ws:// and some wss://; users go from one gateway to another")
        if self.secure and (packets := [one.name for one in self.swarm if one.phones == "packets"]):
            raise ValueError(f"swarm.phones: packets speak no TLS, so {packets[0]} cannot reach gateways of wss://")
        six = [one.name for one in self.gateway if isinstance(literal(parse_target(one.url).host), IPv6Address)]
        for key, four in (("sources", "sources"), ("range", "phones")):
            if six and (bound := [one.name for one in self.swarm if getattr(one, key)]):
                raise ValueError(f"swarm.{four}: those of {bound[0]} have IPv4, and {six[0]} is at an IPv6 address")
        for key, given in (("ca", self.ca), *((f"swarm.{index}.ca", one.ca) for index, one in enumerate(self.swarm))):
            if given is not None and not self.secure:
                raise ValueError(f"{key}: goes with gateways of wss://")
        return self

    @property
    def secure(self) -> bool:
        """Whether users connect by TLS."""
        return self.gateway[0].url.lower().startswith("wss:")

    def shares(self, users: int) -> list[int]:
        """How many of the users are on each host with a swarm: whole numbers that sum to all of them, by weight.

        By largest remainder, the first of equal ones; nobody's share is off by one user or more.
        """
        total = math.fsum(one.weight for one in self.swarm)
        due = [users * one.weight / total for one in self.swarm]
        whole = [math.floor(one) for one in due]
        rest = sorted(range(len(due)), key=lambda index: (whole[index] - due[index], index))
        for index in rest[: users - sum(whole)]:
            whole[index] += 1
        return whole


def load_fleet(path: Path) -> FleetSettings:
    """Read a fleet file; what is on this machine comes back with paths resolved. Raises InputError.

    Keys and files are looked for when they are used, except where `check_files` is asked.
    """
    data = read(path)
    for table, key in ((data.get("bus"), "keys"), (data.get("bus"), "signing_key"), (data, "ca")):
        if isinstance(table, dict) and isinstance(table.get(key), str):
            table[key] = str(path.parent / table[key])
    return validated(FleetSettings, data, path)


def check_files(settings: FleetSettings, path: Path) -> None:
    """Raise InputError with a line for each file that the fleet file names, and that is not there."""
    keys = Path(settings.bus.keys)
    named = [("bus.keys", keys / name) for name in BUS_KEYS]
    named += [("bus.signing_key", Path(settings.bus.signing_key))]
    named += [("ca", Path(settings.ca))] if settings.ca else []
    if problems := [f"{path}: {key}: there is no file {file}" for key, file in named if not file.is_file()]:
        raise InputError(*problems)


def _one_line(given: str) -> None:
    if "," in given:
        raise InputError(f"expected one address in each, got {quoted(given)}")
    parse_bus(given)


def _authority(url: str) -> str:
    parts = urlsplit(url)
    return f"{(parts.hostname or '').lower()}:{parts.port}"


def _twice(given: Iterable[str]) -> str | None:
    """The first that is there for the second time."""
    seen: set[str] = set()
    for one in given:
        if one in seen:
            return one
        seen.add(one)
    return None


def _overlapping(swarms: Sequence[SwarmHost]) -> str | None:
    """The first two whose phones would have the same addresses, in words."""
    ranges = [(one.name, private_range(one.range)) for one in swarms if one.range]
    pairs = ((one, other) for index, one in enumerate(ranges) for other in ranges[:index])
    return next((f"{other[0]} and {one[0]}" for one, other in pairs if one[1].overlaps(other[1])), None)


def _as_value(read_it: Callable[[], object]) -> None:
    """What an option would be refused for, as the fault of a key."""
    try:
        read_it()
    except InputError as error:
        raise ValueError(str(error).removeprefix("--bus: ").removeprefix("--to: ")) from None

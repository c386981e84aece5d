"""The gateway of a drill: one of its own that ends with it, or one that runs already."""

import secrets
import socket
import ssl
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from http.client import HTTPException
from typing import TypeVar
from urllib.error import HTTPError

from msgspec.json import Decoder

from ewarn.centre.centre import earth_model
from ewarn.config.drill import DrillSettings
from ewarn.drill.ear import Hear, listening
from ewarn.drill.under_way import Player, players
from ewarn.errors import EwarnError, GatewayError, InputError
from ewarn.gateway.intake.secret import VARIABLE
from ewarn.gateway.settings import Addresses, Alerts, Draws, GatewaySettings, Size, Strategy, Trust
from ewarn.gateway.supervisor import Started
from ewarn.swarm.client import Target, parse_target
from ewarn.system import process, usage
from ewarn.system.address import is_own, resolve
from ewarn.system.tls import client_context, unanswered
from ewarn.wire.health import Health
from ewarn.wire.messages import understood
from ewarn.wire.signing import Signer

ANYWHERE = Addresses("127.0.0.1:0", "127.0.0.1:0")
"""free ports of loopback"""
PATIENCE_S = 10.0
SUPERVISOR = "ewarn.gateway.supervisor:main"


_HEALTH = Decoder(Health)
Page = TypeVar("Page")


@dataclass(frozen=True)
class External:
    """A gateway that runs already."""

    to: str
    control: str
    secret: str = field(repr=False)
    allow_network: bool = False
    signer: Signer | None = field(default=None, repr=False)
    """who signs the reports; None: the gateway takes them unsigned"""
    ca: str | None = None
    """file with the certificates to trust, where an address speaks TLS; None: those that this system trusts"""


@dataclass(frozen=True)
class Gateway:
    """The gateway of this drill, started here or not."""

    target: Target
    control: str
    secret: str = field(repr=False)
    health: Health
    why: str = ""
    """its layout and engine, in words"""
    child: process.Child | None = None
    pid: int | None = None
    """of its first process, where it was not started here and runs on this machine; None: not known"""
    elsewhere: bool = False
    """it runs on another host"""

    def players(self, of: str = "") -> list[Player]:
        """Its processes, on the platform `of`; none where they are not known, or it is gone."""
        first = self.child.process.pid if self.child else self.pid
        return [] if first is None else players(usage.below(first), of)

    def check(self) -> None:
        """Raise GatewayError if it was started here and has died."""
        if self.child and (status := self.child.ended()) is not None:
            raise GatewayError(f"the gateway died (status {status})")

    def counters(self) -> dict[str, int]:
        """Its totals by metric; none where it is gone."""
        return {name: int(value) for name, value in self._metrics().items()}

    def labelled(self, metric: str) -> dict[str, float]:
        """Totals of a metric by the values of its one label; none where it has no such metric, or is gone."""
        return {name.split('"')[1]: value for name, value in self._metrics().items() if name.startswith(f"{metric}{{")}

    def _metrics(self) -> dict[str, float]:
        try:
            lines = _get(self.target, "/metrics").splitlines()
            return {line.split()[0]: float(line.split()[1]) for line in lines if line and line[0] != "#"}
        except (OSError, ValueError):
            return {}


def external_gateway(external: External, settings: DrillSettings) -> Gateway:
    """One that runs already. Raises InputError where it may not be asked, does not answer, or has no room."""
    target = parse_target(external.to, external.ca)
    at = address_of(target, allow_network=external.allow_network)
    here, told = is_own(at), health(target)
    pid = _first_process(at) if here else None
    gateway = Gateway(target, external.control, external.secret, told, pid=pid, elsewhere=not here)
    room = gateway.health.capacity - gateway.health.connections
    if room < (clients := settings.audience.users + settings.swarm.stuck + settings.swarm.slow):
        raise InputError(f"audience.users: {clients:,} users, the gateway has room for {room:,}")
    check_gates(gateway.health, settings)
    return gateway


def check_gates(told: Health, settings: DrillSettings, who: str = "the gateway") -> None:
    """Raise InputError where a gateway holds back other alerts than the drill has it."""
    for name, theirs in told.gates.items():
        if theirs != (ours := getattr(settings.delivery, name)):
            raise InputError(f"delivery.{name}: {ours:g} in the drill, {theirs:g} on {who} (its --config)")


def _first_process(at: tuple[str, int]) -> int | None:
    """Of the gateway that listens there; None: it is not known, or somebody who has no shards, such as a proxy."""
    pid = usage.listening(at)
    found = [] if pid is None else players(usage.below(pid, deep=False))
    return pid if any(one.kind == "shard" for one in found) else None


def gateway_settings(settings: DrillSettings, clients: int) -> GatewaySettings:
    """Of a gateway of our own, on free ports; as few shards as it may come down to hold all its clients."""
    table = settings.gateway
    fewest = min((count for _, count in table.resize), default=table.shards or 1)
    capacity = max(clients, -(-clients * (table.shards or 1) // fewest))
    return GatewaySettings(
        addresses=ANYWHERE,
        size=Size(table.shards, capacity),
        alerts=Alerts(settings.delivery, earth_model(settings)),
        strategy=Strategy(table.order, table.rate_per_s),
        engine=table.engine,
        draws=Draws(settings.seed),
    )


@contextmanager
def own_gateway(
    wanted: GatewaySettings, signer: Signer, gateway_target: str = SUPERVISOR, hear: Hear | None = None
) -> Iterator[Gateway]:
    """A gateway in processes of its own, that end with the context; it takes what the signer signs, nothing else.

    `hear` is told, in a thread, what happens to its shards, and that it ended before the context did; None: nobody is.
    The listeners that it is to serve besides (`Addresses.also`) stay whoever's called, to close.
    """
    wanted = replace(wanted, trust=Trust((signer.public,)), notes=replace(wanted.notes, told=hear is not None))
    # By the environment, so that no file is left behind whichever way this ends.
    secret = secrets.token_urlsafe(32)
    journal = wanted.notes.journal[:1] if wanted.notes.journal else ()
    shared = *journal, *wanted.addresses.also
    child = process.spawn(gateway_target, wanted, descriptors=shared, environment={VARIABLE: secret})
    try:
        started = child.channel.recv()
        if isinstance(started, EwarnError):
            raise started
        assert isinstance(started, Started)  # noqa: S101  the only other thing it says
        target = parse_target(f"ws://{started.listen}")
        with listening(child.channel, hear) if hear else nullcontext():
            yield Gateway(target, started.control, secret, health(target), started.layout.why, child)
    except EOFError:
        raise GatewayError(f"the gateway died as it started (status {child.stop()})") from None
    finally:
        child.stop()


def _get(target: Target, path: str, patience_s: float = PATIENCE_S) -> str:
    """Raise OSError or ValueError where no gateway answers."""
    # Never through a proxy that the environment names: what is asked is this machine, or a host named on purpose.
    handlers: list[urllib.request.BaseHandler] = [urllib.request.ProxyHandler({})]
    if target.tls:
        handlers.append(urllib.request.HTTPSHandler(context=client_context(target.ca)))
    direct = urllib.request.build_opener(*handlers)
    try:
        with direct.open(
            f"{'https' if target.tls else 'http'}://{target.authority}{path}", timeout=patience_s
        ) as answer:
            return str(answer.read().decode())
    except HTTPException as error:
        raise ValueError(f"its answer is no HTTP ({type(error).__name__})") from None


def health(target: Target) -> Health:
    """What a gateway says of itself. Raises InputError where none answers."""
    return asked(target, "/healthz", lambda page: understood(page, _HEALTH))


def asked(target: Target, path: str, read: Callable[[str], Page], patience_s: float = PATIENCE_S) -> Page:
    """What a page of a gateway says. Raises InputError where none answers, or something else than `read` reads."""
    try:
        return read(_get(target, path, patience_s))
    except HTTPError as error:
        error.close()
        raise InputError(f"{target.authority} has no page {path} (HTTP {error.code})") from None
    except (OSError, ValueError, InputError) as error:
        if target.tls:
            raise unanswered(target.authority, error) from None
        raise InputError(f"no gateway answers on {target.authority}: {error}") from None


def check_certificate(target: Target, *, allow_network: bool) -> None:
    """Raise InputError where a target's certificate is not to be trusted; nobody has connected by then."""
    if not target.tls:
        return
    context = client_context(target.ca)
    to = address_of(target, allow_network=allow_network)
    try:
        with socket.create_connection(to, timeout=PATIENCE_S) as plain:
            context.wrap_socket(plain, server_hostname=target.host).close()
    except ssl.SSLError as error:
        raise unanswered(target.authority, error) from None
    except OSError:
        return  # which all clients will say


def address_of(target: Target, *, allow_network: bool) -> tuple[str, int]:
    """Where a target is. Raises InputError where it is nowhere, or not for use: nothing has been sent there by then."""
    return resolve("--to", target.host, target.port, allow_network=allow_network, otherwise="sends the load there")

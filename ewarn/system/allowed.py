"""Whom a service answers, by the Host and Origin headers of a request; pure.

A browser says in Origin whose page asks (RFC 6454). Without a check, any page that a visitor has open may read what is
served here (cross-site WebSocket hijacking), and one whose name is made to point at this machine (DNS rebinding) may
even where a firewall keeps its author out; the check of Host is for that. Who is no browser sends no Origin.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from http import HTTPStatus

from ewarn.errors import InputError, quoted
from ewarn.system.address import Address, literal

DEFAULT_PORTS = {"http": 80, "https": 443}
HIGHEST_PORT = 65535
ANY = "*"
"""every name, as `--allow-host` takes it"""
_AUTHORITY = re.compile(r"(?P<host>[A-Za-z0-9._~-]+|\[[0-9A-Fa-f:.]+\])(?::(?P<port>[0-9]{0,5}))?")
"""RFC 3986 section 3.2, of which a service's own name has no more than these characters"""
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*")


class Wrong(StrEnum):
    """What is wrong with a request."""

    REQUEST = "bad_request"
    HOST = "host"
    ORIGIN = "origin"


@dataclass(frozen=True)
class Refusal:
    """What to answer."""

    status: HTTPStatus
    why: Wrong
    text: str


@dataclass(frozen=True)
class Allowed:
    """What a service is called, and whose pages may speak to it."""

    hosts: frozenset[str] = frozenset()
    """names that it has, in lower case; `*`: any"""
    origins: frozenset[str] = frozenset()
    """beside those that equal the Host header; as `origin_of` writes them"""
    loopback: bool = True
    """it can be reached from this machine alone, so that an address elsewhere cannot be its own"""

    def refusal(self, hosts: Sequence[str], origins: Sequence[str]) -> Refusal | None:
        """Why a request is refused, by all its Host and Origin headers; None where it may go on."""
        if len(hosts) != 1:  # RFC 9112, 3.2
            return _bad(f"Host: expected one header, got {len(hosts)}")
        if (found := _AUTHORITY.fullmatch(hosts[0])) is None or (port := int(found["port"] or 0)) > HIGHEST_PORT:
            return _bad(f"Host: expected NAME or NAME:PORT, got {quoted(hosts[0])}")
        if len(origins) > 1:
            return _bad(f"Origin: expected at most one header, got {len(origins)}")
        host = found["host"].lower()
        if not self._is_ours(host):
            name = host.strip("[]")
            text = f"Host: {quoted(name)} is not a name of this service; --allow-host {name[:80]} makes it one"
            return Refusal(HTTPStatus.MISDIRECTED_REQUEST, Wrong.HOST, text)
        if origins and not self._may_ask(origins[0], host, port):
            text = f"Origin: {quoted(origins[0])} may not ask here; --allow-origin allows a page's scheme://host:port"
            return Refusal(HTTPStatus.FORBIDDEN, Wrong.ORIGIN, text)
        return None

    def _is_ours(self, host: str) -> bool:
        """An address that is written out is nobody's to rebind; the port may be another's, which forwards to ours."""
        if ANY in self.hosts or (name := host.rstrip(".")) in self.hosts:
            return True
        if address := literal(host.strip("[]")):
            return address.is_loopback or not self.loopback
        return name == "localhost" or name.endswith(".localhost")  # always loopback: RFC 6761, section 6.3

    def _may_ask(self, origin: str, host: str, port: int) -> bool:
        try:
            scheme, its_host, its_port = _origin_parts(origin)
        except ValueError:
            return origin in self.origins  # `null`, for one
        same = (_same(its_host), its_port) == (_same(host), port or DEFAULT_PORTS.get(scheme, 0))
        return (same and scheme in DEFAULT_PORTS) or f"{scheme}://{its_host}:{its_port}" in self.origins


def allowed(
    listen: tuple[str, int], own_names: Iterable[str], hosts: Iterable[str] = (), origins: Iterable[str] = ()
) -> Allowed:
    """For a service that listens at an address, with names of its machine and what is allowed besides.

    Raises InputError for one of `hosts` that is no name and no `*`, or of `origins` that is no origin.
    """
    address = literal(listen[0])
    loopback = address is not None and address.is_loopback
    # Most requests name one of these, which are found sooner than they are understood.
    usual = {"127.0.0.1", "localhost", "[::1]"}
    names = {name.lower().rstrip(".") for name in own_names} if not loopback else set()
    return Allowed(
        frozenset(usual | names | {host_of(name) for name in hosts}),
        frozenset(origin_of(one) for one in origins),
        loopback,
    )


def loopback_pages(port: int) -> frozenset[str]:
    """Origins of a page that this machine serves at a port of loopback, whichever of its names a browser was given."""
    return frozenset(f"http://{host}:{port}" for host in ("127.0.0.1", "localhost", "[::1]"))


def host_of(name: str) -> str:
    """A name of a service, as it is compared. Raises InputError for one with a port, or that is none."""
    if name == ANY:
        return ANY
    plain = name if literal(name) is None or ":" not in name else f"[{name}]"
    found = _AUTHORITY.fullmatch(plain)
    if found is None or found["port"] is not None:
        raise InputError(f"--allow-host: expected a name or an address, without a port, or *, got {quoted(name)}")
    return found["host"].lower().rstrip(".")


def origin_of(url: str) -> str:
    """An origin with its port. Raises InputError for a URL that is more, or none; `null` is one, of pages without."""
    if url == "null":
        return url
    try:
        scheme, host, port = _origin_parts(url.removesuffix("/"))
    except ValueError:
        raise InputError(f"--allow-origin: expected a page's scheme://HOST:PORT, got {quoted(url)}") from None
    return f"{scheme}://{host}:{port}"


def _origin_parts(origin: str) -> tuple[str, str, int]:
    """Scheme, host in lower case and port, RFC 6454 section 6; 0 where its scheme has none. Raises ValueError."""
    scheme, mark, rest = origin.partition("://")
    scheme, found = scheme.lower(), _AUTHORITY.fullmatch(rest)
    if not mark or not _SCHEME.fullmatch(scheme) or found is None:
        raise ValueError(origin)
    port = int(found["port"]) if found["port"] else DEFAULT_PORTS.get(scheme, 0)
    if port > HIGHEST_PORT:
        raise ValueError(origin)
    return scheme, found["host"].lower(), port


def _same(host: str) -> str | Address:
    """What two hosts are compared by: an IPv6 address may be written in several ways."""
    return literal(host.strip("[]")) or host.rstrip(".")


def _bad(text: str) -> Refusal:
    return Refusal(HTTPStatus.BAD_REQUEST, Wrong.REQUEST, text)

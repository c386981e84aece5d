"""Connections that begin with a PROXY header, since a proxy speaks there for somebody else. No I/O: see `entrance`.

From named addresses the header must come. Nobody else's is believed: it is no HTTP request, and refused as such.
"""

from collections.abc import Callable, Iterable
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

from ewarn.errors import InputError, quoted
from ewarn.wire.proxy_protocol import Header, parse

Network = IPv4Network | IPv6Network


class Named:
    """The addresses of proxies."""

    def __init__(self, given: Iterable[str]) -> None:
        """`ADDR[/BITS]` each. Raises InputError."""
        self._networks = [_network(text) for text in given]

    def __bool__(self) -> bool:
        """Whether there are any."""
        return bool(self._networks)

    def __contains__(self, host: str) -> bool:
        """Whether a proxy is there; an IPv4 address may come as IPv6 (RFC 4291 section 2.5.5.2)."""
        try:
            address = ip_address(host.partition("%")[0])
        except ValueError:  # of no internet socket
            return False
        mapped = getattr(address, "ipv4_mapped", None)
        return any((mapped or address) in network for network in self._networks)


class Proxied:
    """What each has said of its header, by descriptor."""

    def __init__(self, named: Named, *, everybody: bool) -> None:
        """`everybody`: all connections come by way of a terminator of our own, which writes one."""
        self._named, self._everybody = named, everybody
        self._said: dict[int, bytes] = {}

    def __contains__(self, descriptor: int) -> bool:
        """Whether its header is still to come."""
        return descriptor in self._said

    def admit(self, descriptor: int, peer: Callable[[int], str]) -> bool:
        """A new connection: whether its header is to come; `peer` says whose it is, where that matters."""
        self.forget(descriptor)
        if self._everybody or (self._named and peer(descriptor) in self._named):
            self._said[descriptor] = b""
        return descriptor in self._said

    def forget(self, descriptor: int) -> None:
        """A connection is gone."""
        self._said.pop(descriptor, None)

    def hear(self, descriptor: int, data: bytes) -> tuple[Header, bytes] | None:
        """The header and what came after it, once it is whole. Raises InputError, and is done with it, for none."""
        said = self._said.pop(descriptor) + data
        header = parse(said)
        if isinstance(header, Header):
            return header, said[header.length :]
        self._said[descriptor] = said
        return None


def _network(text: str) -> Network:
    try:
        return ip_network(text)
    except ValueError:
        raise InputError(
            f"--proxy-from: expected ADDR or ADDR/BITS, no bits beyond these, got {quoted(text)}"
        ) from None

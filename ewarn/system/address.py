"""Addresses: HOST:PORT as it is written, what it resolves to, bound to listen on, and whose a caller's is."""

import ipaddress
import socket

from ewarn.errors import InputError, quoted

LISTEN, CONTROL = "127.0.0.1:8600", "127.0.0.1:8601"
"""what is public, and what starts, stops and releases, unless told otherwise"""
BACKLOG = 4096
BROWSERS_REFUSE = {
    1719,
    1720,
    1723,
    2049,
    3659,
    4045,
    4190,
    5060,
    5061,
    6000,
    6566,
    *range(6665, 6670),
    6679,
    6697,
    10080,
}
"""bad ports of the WHATWG Fetch standard from 1024 up: no browser connects to them, whatever listens"""
V6_SUBSCRIBER_BYTES = 8
"""A /64 is one subscriber: it is the least that a network gives out, and a host in it has all its addresses (RFC 6177,
RFC 7421)."""
V4_MAPPED = bytes(10) + b"\xff\xff"
"""what an IPv4 address begins with as IPv6 has it: RFC 4291, section 2.5.5.2"""

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def split_address(key: str, address: str) -> tuple[str, int]:
    """HOST:PORT or [IPV6]:PORT as its parts, without brackets. Raises InputError naming `key`."""
    host, colon, port = address.rpartition(":")
    if not colon or not host or not port.isdecimal() or not port.isascii() or len(port) > 5 or int(port) > 65535:
        raise InputError(f"{key}: expected HOST:PORT, got {quoted(address)}")
    if ":" in host or "[" in host or "]" in host:
        inside = host[1:-1] if host.startswith("[") and host.endswith("]") else ""
        if ":" not in inside or literal(inside) is None:
            raise InputError(f"{key}: expected HOST:PORT, or [IPV6]:PORT such as [::1]:8600, got {quoted(address)}")
        return inside, int(port)
    return host, int(port)


def joined(host: str, port: int) -> str:
    """HOST:PORT as it is written, with brackets around an IPv6 address."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def literal(host: str) -> Address | None:
    """An IP address as it is written, IPv4 within IPv6 as IPv4; None where it is a name."""
    try:
        found = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return None
    return (found.ipv4_mapped or found) if isinstance(found, ipaddress.IPv6Address) else found


def resolve(key: str, host: str, port: int, *, allow_network: bool, otherwise: str) -> tuple[str, int]:
    """The address of a host, IPv4 where it has both. Raises InputError naming `key`: there is none, or not for use.

    `otherwise`: what `--allow-network` does with one that is not loopback, in words.
    """
    try:
        found = sorted(
            socket.getaddrinfo(host, port, type=socket.SOCK_STREAM), key=lambda one: one[0] != socket.AF_INET
        )
    except (OSError, UnicodeError) as error:
        raise InputError(f"{key}: cannot resolve {host!r} ({getattr(error, 'strerror', 'not a name')})") from None
    address = str(found[0][4][0]), port
    if not is_loopback(address) and not allow_network:
        raise InputError(f"{key}: {address[0]} is not loopback; --allow-network {otherwise} all the same")
    return address


def is_loopback(address: tuple[str, int]) -> bool:
    """Whether nobody but this machine can be there."""
    found = literal(address[0])
    return found is not None and found.is_loopback


def is_own(address: tuple[str, int]) -> bool:
    """Whether a resolved address is one of this machine's: the kernel lets nobody else's be bound."""
    try:
        with socket.socket(family(address), socket.SOCK_DGRAM) as one:
            one.bind((address[0], 0))
    except OSError:
        return False
    return True


def has_many_sources(address: tuple[str, int]) -> bool:
    """Whether it is reached from any of 127.0.0.0/8, each with ports of its own; IPv6 has one loopback address."""
    return is_loopback(address) and family(address) is socket.AF_INET


def family(address: tuple[str, int]) -> socket.AddressFamily:
    """By which family of sockets a resolved address is reached."""
    return socket.AF_INET6 if ":" in address[0] else socket.AF_INET


def bind(key: str, address: str, allow_network: bool, *, listens: bool = True) -> socket.socket:
    """Listen on HOST:PORT, or only take it, see `listen`; on `[::]`, for IPv4 too.

    Raises InputError naming `key`, also where it is not loopback and that is not allowed.
    """
    found = resolve(key, *split_address(key, address), allow_network=allow_network, otherwise="binds it")
    listener = None
    try:
        listener = socket.socket(family(found), socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if listener.family is socket.AF_INET6:
            # Not what the machine happens to be set to (net.ipv6.bindv6only).
            listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        listener.bind(found)
        if listens:
            listener.listen(BACKLOG)
    except OSError as error:
        if listener:
            listener.close()
        raise InputError(f"{key}: cannot listen on {address} ({error.strerror})") from None
    listener.setblocking(False)
    return listener


def listen(key: str, listener: socket.socket) -> None:
    """Have one that is bound listen, which it may do already. Raises InputError naming `key`."""
    try:
        listener.listen(BACKLOG)
    except OSError as error:
        raise InputError(f"{key}: cannot listen on {address_of(listener)} ({error.strerror})") from None


def address_of(listener: socket.socket) -> str:
    """HOST:PORT that it has in the end."""
    return joined(*listener.getsockname()[:2])


def subscriber_of(peer: object) -> bytes:
    """Whom limits an address count as one: the 4 bytes of an IPv4 address, the /64 of an IPv6 one, 8 bytes.

    `peer` is what `getpeername` gives; no bytes where that is no IP address.
    """
    if not isinstance(peer, tuple) or not peer:
        return b""
    host = str(peer[0]).partition("%")[0]
    if ":" not in host:
        return socket.inet_pton(socket.AF_INET, host)
    packed = socket.inet_pton(socket.AF_INET6, host)
    return packed[len(V4_MAPPED) :] if packed.startswith(V4_MAPPED) else packed[:V6_SUBSCRIBER_BYTES]

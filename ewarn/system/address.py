"""Addresses: HOST:PORT as it is written, what it resolves to, bound to listen on, and read back."""

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


def split_address(key: str, address: str) -> tuple[str, int]:
    """HOST:PORT as its parts. Raises InputError naming `key`."""
    host, colon, port = address.rpartition(":")
    if not colon or not host or not port.isdecimal() or len(port) > 5 or int(port) > 65535:
        raise InputError(f"{key}: expected HOST:PORT, got {quoted(address)}")
    return host, int(port)


def resolve(key: str, host: str, port: int, *, allow_network: bool, otherwise: str) -> tuple[str, int]:
    """The IPv4 address of a host. Raises InputError naming `key` where there is none, or where it may not be used.

    `otherwise`: what `--allow-network` does with one that is not loopback, in words.
    """
    try:
        found = socket.getaddrinfo(host, port, socket.AF_INET, socket.SOCK_STREAM)[0][4]
    except (OSError, UnicodeError) as error:
        raise InputError(f"{key}: cannot resolve {host!r} ({getattr(error, 'strerror', 'not a name')})") from None
    address = str(found[0]), port
    if not is_loopback(address) and not allow_network:
        raise InputError(f"{key}: {address[0]} is not loopback; --allow-network {otherwise} all the same")
    return address


def is_loopback(address: tuple[str, int]) -> bool:
    """Whether nobody but this machine can be there."""
    return address[0].startswith("127.")


def bind(key: str, address: str, allow_network: bool) -> socket.socket:
    """Listen on HOST:PORT. Raises InputError naming `key`, also where it is not loopback and that is not allowed."""
    found = resolve(key, *split_address(key, address), allow_network=allow_network, otherwise="binds it")
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(found)
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        raise InputError(f"{key}: cannot listen on {address} ({error.strerror})") from None
    listener.setblocking(False)
    return listener


def address_of(listener: socket.socket) -> str:
    """HOST:PORT that it has in the end."""
    host, port = listener.getsockname()[:2]
    return f"{host}:{port}"

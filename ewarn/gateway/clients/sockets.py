"""The system calls of single connections, with what went wrong as a value."""

import os
import select
import socket
from collections.abc import Iterable

from ewarn.system.address import subscriber_of
from ewarn.system.descriptors import as_socket


def read(descriptor: int, most_bytes: int) -> bytes | None:
    """What came, `b""` where the connection is over, and None where nothing has come."""
    try:
        return os.read(descriptor, most_bytes)
    except BlockingIOError:
        return None
    except OSError:
        return b""


def write(descriptor: int, data: bytes) -> int:
    """Bytes that the connection took, -1 where it is gone."""
    try:
        return os.write(descriptor, data)
    except BlockingIOError:
        return 0
    except OSError:
        return -1


def peer(descriptor: int) -> str:
    """Address of the other end; empty where it has none, or is gone."""
    try:
        with as_socket(descriptor) as connection:
            name = connection.getpeername()
    except OSError:
        return ""
    return str(name[0]) if isinstance(name, tuple) else ""


def readable(descriptors: Iterable[int]) -> list[int]:
    """Those from which there is something to read now, their end included."""
    poll = select.poll()
    for descriptor in descriptors:
        poll.register(descriptor, select.POLLIN)
    return [descriptor for descriptor, _ in poll.poll(0)]


def is_gone(descriptor: int) -> bool:
    """Whether a connection was reset by the other end, or shut by both."""
    poll = select.poll()
    poll.register(descriptor, 0)
    return bool(poll.poll(0))


def give_up_after(listener: socket.socket, seconds: float) -> None:
    """Have the kernel end each connection accepted here whose other end acknowledges nothing for so long.

    They inherit it (tcp(7), TCP_USER_TIMEOUT). Reading or writing then fails as where the other end has reset it.
    """
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, round(1000 * seconds))


def widen(descriptor: int, send_bytes: int) -> None:
    """Have the kernel keep so many bytes that the other end has yet to read."""
    with as_socket(descriptor) as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, send_bytes)


def end_writing(descriptor: int) -> bool:
    """Send end of file after what is on the way; False where the connection is gone."""
    try:
        with as_socket(descriptor) as connection:
            connection.shutdown(socket.SHUT_WR)
    except OSError:
        return False
    return True


def subscriber(descriptor: int) -> bytes:
    """Whose a connection is, as limits count addresses (`subscriber_of`); no bytes where it is gone or local."""
    # Its family is not looked up, which takes longer than all else: an IPv6 address leaves room for each of the others.
    connection = socket.socket(socket.AF_INET6, socket.SOCK_STREAM, 0, descriptor)
    try:
        return subscriber_of(connection.getpeername())
    except OSError:
        return b""
    finally:
        connection.detach()

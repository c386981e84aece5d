"""What can be done to an open connection of which only the descriptor is kept."""

import contextlib
import os
import socket
import struct

from ewarn.system.descriptors import as_socket

SO_TIMESTAMPNS = 35  # asm-generic/socket.h; not in Python's socket module
_RESET = struct.pack("ii", 1, 0)
"""struct linger: on, for no time"""
QUIET_S, ASKED_EVERY_S, GONE_S = 60, 10, 90
"""a gateway that has been quiet for so long is asked whether it is there, so often, and is gone after so long"""


def stamp(descriptor: int) -> None:
    """Have the kernel note when bytes arrive."""
    with as_socket(descriptor) as connection:
        connection.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)


def watch(connection: socket.socket) -> None:
    """Have the kernel end it once nothing at the other end answers: a cable that is cut says nothing of itself."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, QUIET_S)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, ASKED_EVERY_S)
    # tcp(7): it stands instead of a number of questions, and goes for what was said and never acknowledged as well.
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, 1000 * GONE_S)


def say(descriptor: int, frame: bytes) -> int:
    """Bytes that were written: none where the connection is gone or full, whose end will show by itself."""
    try:
        return os.write(descriptor, frame)
    except OSError:
        return 0


def hang_up(descriptor: int) -> None:
    """Say that no more will come; the end is read, as that of any other, before it is closed."""
    with as_socket(descriptor) as connection, contextlib.suppress(OSError):  # gone already: then its end will show
        connection.shutdown(socket.SHUT_RDWR)


def reset(descriptor: int) -> None:
    """Close it at once, as a phone that loses its network does; it also leaves no port waiting."""
    with socket.socket(fileno=descriptor) as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)

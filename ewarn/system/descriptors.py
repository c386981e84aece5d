"""Connections of which only the descriptor is kept: accepted as such, and as socket objects for a while."""

import ctypes
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager

_libc = ctypes.CDLL(None, use_errno=True)
_FLAGS = socket.SOCK_NONBLOCK | socket.SOCK_CLOEXEC


def accept(listener: int) -> int:
    """A new connection of a listener, by its descriptor: its reading and writing never waits.

    Nobody asks whose it is, and no object is made for it. Raises OSError, as `socket.accept` does.
    """
    descriptor = int(_libc.accept4(listener, None, None, _FLAGS))
    if descriptor < 0:
        error = ctypes.get_errno()
        raise OSError(error, os.strerror(error))  # a BlockingIOError, where nobody has come
    return descriptor


@contextmanager
def as_socket(descriptor: int) -> Iterator[socket.socket]:
    """A socket object that leaves the connection open, whatever is done to it. Raises OSError for one that is gone."""
    connection = socket.socket(fileno=descriptor)
    try:
        yield connection
    finally:
        connection.detach()

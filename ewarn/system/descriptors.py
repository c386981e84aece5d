"""Connections of which only the descriptor is kept, as socket objects for a while."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def as_socket(descriptor: int) -> Iterator[socket.socket]:
    """A socket object that leaves the connection open, whatever is done to it. Raises OSError for one that is gone."""
    connection = socket.socket(fileno=descriptor)
    try:
        yield connection
    finally:
        connection.detach()

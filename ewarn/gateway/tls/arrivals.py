"""Where connections come from that shards are to hold: the public port, or terminators that speak TLS there."""

import errno
import os
import socket
from typing import Protocol

from ewarn.system.descriptors import accept


class Arrivals(Protocol):
    """Something to take connections from, one at a time."""

    def fileno(self) -> int:
        """Readable when there may be one."""

    def take(self) -> int:
        """A descriptor, whose reading and writing never waits.

        Raises BlockingIOError where there is none, OSError where none can be had just now.
        """


class FromPort:
    """Accepted on a port (see `ports`), from which connections have their options."""

    def __init__(self, listener: socket.socket) -> None:
        self._listener = listener
        self.fileno = listener.fileno

    def take(self) -> int:
        """See `Arrivals.take`."""
        return accept(self._listener.fileno())


class FromTerminators:
    """Handed over, one a message."""

    def __init__(self, handoff: socket.socket) -> None:
        self._handoff = handoff
        self.fileno = handoff.fileno

    def take(self) -> int:
        """See `Arrivals.take`."""
        _, descriptors, _, _ = socket.recv_fds(self._handoff, 1, 1)
        if not descriptors:  # the kernel closed it: this process may open no more
            raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))
        os.set_blocking(descriptors[0], False)
        return descriptors[0]

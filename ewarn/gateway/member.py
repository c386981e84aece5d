"""One shard as its supervisor has it: a process, a pipe to command it, and a socket over which connections go."""

import errno
import logging
import os
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum

from ewarn.gateway.commands import Verb
from ewarn.gateway.settings import ShardSettings
from ewarn.system import process

logger = logging.getLogger("ewarn.gateway")


class Life(Enum):
    """How far a shard is in its life."""

    STARTING = "starting"
    OPEN = "open"
    DRAINING = "draining"


class Handed(Enum):
    """What became of connections that were given to a shard."""

    TAKEN = "taken"
    NOT_NOW = "not now"
    """its socket is full: they are ours still"""
    LOST = "lost"
    """the shard is gone: they are ours still"""


@dataclass
class Member:
    """A shard that was started."""

    index: int
    child: process.Child
    handoff: socket.socket
    life: Life = Life.STARTING

    def tell(self, verb: Verb, *arguments: object) -> None:
        """Command it; one that has ended is not told, which its pipe will show."""
        try:
            self.child.channel.send((verb, *arguments))
        except OSError:  # where it had drained there was nobody to tell
            logger.info("shard %d could not be told to %s", self.index, verb)

    def hand_over(self, descriptors: list[int]) -> Handed:
        """Give it connections, and close ours of them, unless it can take none."""
        try:
            socket.send_fds(self.handoff, [b"\0"], descriptors)
        except OSError as error:
            # Its socket is full, or more descriptors are in flight than one user may have (unix(7), SCM_RIGHTS).
            if error.errno in (errno.EAGAIN, errno.ETOOMANYREFS):
                return Handed.NOT_NOW
            logger.warning("shard %d took no connections: %s", self.index, error.strerror)
            return Handed.LOST
        for descriptor in descriptors:
            os.close(descriptor)
        return Handed.TAKEN


def start(target: str, index: int, settings: Callable[[int], ShardSettings], shared: Sequence[int]) -> Member | None:
    """Start a shard; None where that cannot be done, which is logged.

    It is told the settings made from the descriptor of its end of the socket; that and `shared` keep their numbers.
    """
    try:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        ours.setblocking(False)
        with theirs:
            handoff = theirs.fileno()
            try:
                return Member(index, process.spawn(target, settings(handoff), descriptors=(handoff, *shared)), ours)
            except OSError:
                ours.close()
                raise
    except OSError as error:
        logger.error("shard %d cannot be started: %s", index, error.strerror)
        return None

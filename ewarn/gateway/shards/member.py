"""One shard as its supervisor has it: a process, a pipe to command it, and a socket over which connections go."""

import asyncio
import errno
import logging
import os
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import Enum

from ewarn.gateway.settings import ShardSettings
from ewarn.gateway.shards.commands import Verb
from ewarn.gateway.shards.mail import Mail
from ewarn.system import process
from ewarn.system.descriptors import as_socket
from ewarn.system.parcels import pack

PIPE_BYTES = 8192
"""The kernel is asked to keep for a shard that does not read; it keeps twice that, a dozen reports. Those are taken up
one after the other, however old they are by then, so what is more waits here, where newer ones take its place."""

logger = logging.getLogger("ewarn.gateway")


class Life(Enum):
    """How far a shard is in its life."""

    STARTING = "starting"
    OPEN = "open"
    DRAINING = "draining"
    KILLED = "killed"
    """it stood still for too long, and its process has yet to leave"""


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
    began: float
    """when it was started, monotonic s"""
    life: Life = Life.STARTING
    up_since: float | None = None
    """when it said that it was ready, monotonic s"""
    stalled: bool = False
    instead: bool = False
    """of one that died"""
    mail: Mail = field(default_factory=Mail)
    """what it has yet to be told"""
    _begun: bytes = b""
    """the rest of a message of which its pipe took a part"""
    _waits: bool = False
    """for its pipe to take more"""

    def tell(self, verb: Verb, *arguments: object) -> int:
        """Command it, at once or as soon as its pipe takes it; never waits.

        Returns how many reports it will never be told, since this one is newer.
        """
        given_way = self.mail.put(verb, *arguments)
        if not self._waits:
            self._send()
        return given_way

    def _send(self) -> None:
        pipe = self.child.channel.fileno()
        try:
            while self._begun or (message := self.mail.take()):
                self._begun = self._begun or pack(message)
                self._begun = self._begun[os.write(pipe, self._begun) :]
        except BlockingIOError:
            if not self._waits:
                self._waits = True
                asyncio.get_running_loop().add_writer(pipe, self._send)
            return
        except OSError:  # its end shows on the pipe too, and is seen to there
            logger.info("shard %d has ended, and is told nothing more", self.index)
            self.mail.clear()
            self._begun = b""
        self._wait_no_more()

    def _wait_no_more(self) -> None:
        if self._waits:
            self._waits = False
            asyncio.get_running_loop().remove_writer(self.child.channel.fileno())

    def let_go(self) -> None:
        """Tell and hear it no more."""
        self._wait_no_more()
        asyncio.get_running_loop().remove_reader(self.child.channel.fileno())

    def up_s(self, now: float) -> float:
        """Seconds for which it has been ready, at `now`."""
        return 0.0 if self.up_since is None else now - self.up_since

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


def start(
    target: str, index: int, settings: Callable[[int], ShardSettings], shared: Sequence[int], now: float
) -> Member | None:
    """Start a shard, at `now` (monotonic s); None where that cannot be done, which is logged.

    It is told the settings made from the descriptor of its end of the socket; that and `shared` keep their numbers.
    """
    try:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        ours.setblocking(False)
        with theirs:
            handoff = theirs.fileno()
            try:
                child = process.spawn(target, settings(handoff), descriptors=(handoff, *shared))
            except OSError:
                ours.close()
                raise
    except OSError as error:
        logger.error("shard %d cannot be started: %s", index, error.strerror)
        return None
    with as_socket(child.channel.fileno()) as pipe:
        pipe.setblocking(False)
        pipe.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, PIPE_BYTES)
    return Member(index, child, ours, now)

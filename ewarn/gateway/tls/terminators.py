"""The terminators of a gateway, as its supervisor has them: started, told to reload, and started again if one dies."""

import asyncio
import logging
import socket

from ewarn.gateway.counters import Counters
from ewarn.gateway.settings import GatewaySettings
from ewarn.gateway.tls.terminator import Job
from ewarn.system import process
from ewarn.system.tls import Pem

TARGET = "ewarn.gateway.tls.terminator:main"
AGAIN_S = 0.5
"""until one that died is started again"""

logger = logging.getLogger("ewarn.gateway")


class Terminators:
    """All of them accept on one public port, and hand plain connections to `arrivals`."""

    def __init__(
        self,
        settings: GatewaySettings,
        pem: Pem,
        count: int,
        listener: socket.socket,
        counters: Counters,
        shared: tuple[int, int],
    ) -> None:
        """`shared`: descriptor and rows of the memory behind `counters`."""
        self._settings, self._pem, self._count, self._listener = settings, pem, count, listener
        self._counters, self._shared = counters, shared
        self.arrivals, self._theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.arrivals.setblocking(False)
        self._theirs.setblocking(False)
        self._children: dict[int, process.Child] = {}
        self._again: dict[int, asyncio.TimerHandle] = {}

    def start(self) -> None:
        """Start all."""
        for index in range(self._count):
            self._start(index)

    def renew(self, pem: Pem) -> None:
        """Have them use another pair; so does one that is started later."""
        self._pem = pem
        for child in self._children.values():
            try:
                child.channel.send(pem)
            except OSError:
                continue  # its channel's end is about to be seen

    def close(self) -> None:
        """End all; what shards have said by now is passed on first."""
        loop = asyncio.get_running_loop()
        for timer in self._again.values():
            timer.cancel()
        for child in self._children.values():
            loop.remove_reader(child.channel.fileno())
            child.channel.close()
        for child in self._children.values():
            child.stop()
        self.arrivals.close()
        self._theirs.close()

    def _start(self, index: int) -> None:
        self._again.pop(index, None)
        memory, rows = self._shared
        listener, handoff = self._listener.fileno(), self._theirs.fileno()
        job = Job(self._settings, self._pem, index, self._count, listener, handoff, memory, rows)
        try:
            child = process.spawn(TARGET, job, descriptors=(listener, handoff, memory))
        except OSError as error:
            logger.error("terminator %d cannot be started: %s", index, error.strerror)
            self._start_again(index)
            return
        self._children[index] = child
        asyncio.get_running_loop().add_reader(child.channel.fileno(), self._bury, index)

    def _bury(self, index: int) -> None:
        """It never says anything, so its channel is readable at its end alone."""
        child = self._children.pop(index)
        loop = asyncio.get_running_loop()
        loop.remove_reader(child.channel.fileno())
        self._counters.put_of(index, "tls_connections", 0)
        ended = loop.run_in_executor(None, child.stop)
        ended.add_done_callback(lambda done: _say_end(index, done.result()))
        self._start_again(index)

    def _start_again(self, index: int) -> None:
        self._again[index] = asyncio.get_running_loop().call_later(AGAIN_S, self._start, index)


def _say_end(index: int, status: int) -> None:
    logger.error("terminator %d ended (status %d); its connections are lost, and another starts", index, status)

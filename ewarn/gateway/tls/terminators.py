"""The terminators of a gateway, as its supervisor has them: started, told to reload, and started again if one dies.

One that stands still would keep alerts from its clients for ever, and they would not know; so it is ended, as a shard
is, and they come back to others.
"""

import asyncio
import logging
import socket
import time

from ewarn.gateway.counters import Counters
from ewarn.gateway.settings import GatewaySettings
from ewarn.gateway.shards.heartbeat import Heartbeats, Pulsation, every_s
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
        self._heartbeats = Heartbeats(shared[1], settings.upkeep, time.monotonic())
        self._unborn: dict[int, int] = {}
        """heartbeats in the place of one that starts, before its first"""
        self._next_look: asyncio.TimerHandle | None = None
        """there is one from the start to the close"""

    def start(self) -> None:
        """Start all."""
        for index in range(self._count):
            self._start(index)
        self._look()

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
        for timer in (*self._again.values(), *([self._next_look] if self._next_look else [])):
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
        self._heartbeats.begin(index)
        self._unborn[index] = int(self._counters.by_shard("tls_beats")[index])
        asyncio.get_running_loop().add_reader(child.channel.fileno(), self._bury, index)

    def _bury(self, index: int) -> None:
        """It never says anything, so its channel is readable at its end alone."""
        child = self._children.pop(index)
        loop = asyncio.get_running_loop()
        loop.remove_reader(child.channel.fileno())
        for gauge in ("tls_connections", "tls_stalled"):
            self._counters.put_of(index, gauge, 0)
        ended = loop.run_in_executor(None, child.stop)
        ended.add_done_callback(lambda done: _say_end(index, done.result()))
        self._start_again(index)

    def _look(self) -> None:
        """Name those that stand still, and end those that have for too long: their channels' ends follow."""
        self._next_look = asyncio.get_running_loop().call_later(every_s(self._settings.upkeep), self._look)
        beats = self._counters.by_shard("tls_beats")
        self._heartbeats.look(beats, time.monotonic())
        for index, child in self._children.items():
            pulsation = self._heartbeats.of(index, starting=int(beats[index]) == self._unborn[index])
            self._counters.put_of(index, "tls_stalled", int(pulsation is not Pulsation.SOUND))
            if pulsation is Pulsation.LOST and child.ended() is None:
                still_s = self._heartbeats.still_s(index)
                logger.error("terminator %d has stood still for %.1f s: it is ended", index, still_s)
                child.process.kill()

    def _start_again(self, index: int) -> None:
        self._again[index] = asyncio.get_running_loop().call_later(AGAIN_S, self._start, index)


def _say_end(index: int, status: int) -> None:
    logger.error("terminator %d ended (status %d); its connections are lost, and another starts", index, status)

"""The gateway's supervisor: accepts on the public port, hands each connection to the emptiest shard, takes reports.

`SO_REUSEPORT` would spare the hand-off, but the kernel then spreads connections by a blind hash: some shards are
full while others have room. Handing over costs some 10 µs a connection, once, and nothing per report.
"""

import asyncio
import contextlib
import logging
import os
import signal
import socket
from collections import defaultdict
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, replace

import numpy as np
import uvloop
from numpy.typing import NDArray

from ewarn import process
from ewarn.errors import EwarnError, GatewayError, InputError
from ewarn.gateway import counters, pace, secret, settings
from ewarn.gateway.control import Control
from ewarn.gateway.counters import Counters
from ewarn.gateway.engines import choose
from ewarn.gateway.pace import Pace
from ewarn.gateway.settings import GatewaySettings, Layout, ShardSettings, Strategy
from ewarn.gateway.shard import HANDOFF_BATCH
from ewarn.machine import RESERVED_FILES, this_machine

BACKLOG = 4096
MOST_ON_THE_WAY = 2048
"""connections handed over and not yet taken; the kernel bounds descriptors in flight by the open-file limit"""
HANDFUL = 16
"""of a rush, so many go to one shard before the next is chosen: waking 26 shards for two each costs more than them"""
PAUSE_S = 0.005
MOST_AT_THE_DOOR = RESERVED_FILES // 2
"""connections that a full shard may hold beyond its capacity, while they are refused or shown a page"""
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

logger = logging.getLogger("ewarn.gateway")


@dataclass(frozen=True)
class Started:
    """What a gateway says once it listens."""

    listen: str
    control: str
    secret_file: str | None
    layout: Layout


class Supervisor:
    """Owns the listeners and the shards."""

    shard_target = "ewarn.gateway.shard:main"

    def __init__(self, wanted: GatewaySettings) -> None:
        settings.check(wanted)
        engine, why = choose(wanted.engine)
        layout = settings.layout(wanted, this_machine())
        self.layout = replace(layout, why=f"{layout.why}; {why}")
        self.settings = replace(wanted, engine=engine, capacity=layout.capacity, shards=layout.shards)
        with ExitStack() as undo:
            self._public = undo.enter_context(_bind("gateway.listen", wanted.listen, wanted.allow_network))
            # Connections inherit it: what one that never reads can make the kernel keep.
            self._public.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, wanted.send_buffer)
            self._control = undo.enter_context(_bind("gateway.control", wanted.control, wanted.allow_network))
            port = self._control.getsockname()[1]
            self._secret, self._secret_path = secret.establish(wanted.secret_file, port)
            undo.pop_all()
        self._memory, self._fronts = counters.create(self.layout.shards), pace.create(self.layout.shards)
        self._counters, self._pace = Counters(self._memory, layout.shards), Pace(self._fronts, layout.shards)
        self._handed = np.zeros(self.layout.shards, np.int64)
        self._handoffs: list[socket.socket] = []
        self._shards: list[process.Child] = []

    async def run(self, stop: asyncio.Event, on_start: Callable[[Started], None]) -> None:
        """Serve until `stop` is set. Raises GatewayError if no shard is left."""
        loop = asyncio.get_running_loop()
        try:
            self._start_shards()
            for shard in self._shards:
                await loop.run_in_executor(None, shard.channel.recv)
            for index, shard in enumerate(self._shards):
                loop.add_reader(shard.channel.fileno(), self._lost, index, stop)
            strategy = Strategy(self.settings.order, self.settings.rate_per_s)
            control = await Control(self._secret, self._publish, self._change, strategy).listen(self._control)
            loop.add_reader(self._public.fileno(), self._accept)
            if (public := self._public.getsockname()[1]) in BROWSERS_REFUSE:
                logger.warning("no browser will connect to port %d (a bad port of the Fetch standard)", public)
            on_start(self.started())
            await stop.wait()
            control.close()
            if not self._alive().any():
                raise GatewayError("every shard of the gateway has died")
        finally:
            self._end()

    def started(self) -> Started:
        """Addresses as bound, so port 0 shows what it became."""
        path = str(self._secret_path) if self._secret_path else self.settings.secret_file
        return Started(_name(self._public), _name(self._control), path, self.layout)

    def _start_shards(self) -> None:
        for index, capacity in enumerate(self.layout.per_shard):
            ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            ours.setblocking(False)
            self._handoffs.append(ours)
            tidy = str(self._secret_path) if self._secret_path and index == 0 else None
            with theirs:
                shared = (theirs.fileno(), self._memory, self._fronts)
                told = ShardSettings(self.settings, index, self.layout.shards, capacity, *shared, tidy)
                journal = self.settings.journal[:1] if self.settings.journal else ()
                self._shards.append(process.spawn(self.shard_target, told, descriptors=(*shared, *journal)))

    def _alive(self) -> NDArray[np.bool_]:
        return np.array([not shard.channel.closed for shard in self._shards])

    def _accept(self) -> None:
        """Accept a batch and hand each connection to the shard with the most room."""
        on_the_way = int((self._handed - self._counters.accepted()).sum())
        if on_the_way > MOST_ON_THE_WAY:
            self._pause()
            return
        room = self._room()
        crowd = self._handed - self._counters.ended_connections() - self.layout.per_shard
        crowd[~self._alive()] = MOST_AT_THE_DOOR
        batches: dict[int, list[int]] = defaultdict(list)
        emptiest: int | None = None
        for _ in range(HANDOFF_BATCH):
            try:
                connection, _ = self._public.accept()
            except BlockingIOError:
                break
            except OSError as error:
                logger.warning("cannot accept: %s", error.strerror)
                self._pause()
                break
            if emptiest is None or len(batches[emptiest]) % HANDFUL == 0 or room[emptiest] <= 0:
                emptiest = int(np.where(crowd < MOST_AT_THE_DOOR, room, np.iinfo(np.int64).min).argmax())
            if crowd[emptiest] >= MOST_AT_THE_DOOR:
                connection.close()
                self._counters.add("turned_away")
                continue
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            room[emptiest] -= 1
            crowd[emptiest] += 1
            batches[emptiest].append(connection.detach())
        for shard, descriptors in batches.items():
            self._hand_over(shard, descriptors)

    def _room(self) -> NDArray[np.int64]:
        """By shard: how many more connections it can hold."""
        capacity = np.array(self.layout.per_shard)
        room = capacity - (self._handed - self._counters.ended_connections())
        if not (room > 0).any():
            # Some of those still at the door may only want a page: go by those who stay.
            room = capacity - self._counters.parked()
        room[~self._alive()] = np.iinfo(np.int64).min
        return np.asarray(room, np.int64)

    def _hand_over(self, shard: int, descriptors: list[int]) -> None:
        try:
            socket.send_fds(self._handoffs[shard], [b"\0"], descriptors)
            self._handed[shard] += len(descriptors)
        except OSError as error:
            logger.warning("shard %d took no connections: %s", shard, error.strerror)
        for descriptor in descriptors:
            os.close(descriptor)

    def _pause(self) -> None:
        loop = asyncio.get_running_loop()
        loop.remove_reader(self._public.fileno())
        loop.call_later(PAUSE_S, lambda: loop.add_reader(self._public.fileno(), self._accept))

    def _publish(self, report: str) -> int:
        round_ = self._pace.start(self._alive())
        for index, shard in enumerate(self._shards):
            if not shard.channel.closed:
                try:
                    shard.channel.send((round_, report))
                except OSError:
                    logger.warning("shard %d took no report", index)
        return self._counters.total("followers")

    def _change(self, strategy: Strategy) -> None:
        for shard in self._shards:
            if not shard.channel.closed:
                with contextlib.suppress(OSError):  # it is gone, which will show
                    shard.channel.send((None, strategy))

    def _lost(self, index: int, stop: asyncio.Event) -> None:
        """A shard says nothing after its start, so its channel is readable only at its end."""
        shard = self._shards[index]
        asyncio.get_running_loop().remove_reader(shard.channel.fileno())
        status = shard.stop()
        self._counters.bury(index)
        self._pace.bury(index)
        self._handed[index] = self._counters.accepted()[index]
        logger.error("shard %d ended (status %d); its connections are lost", index, status)
        if not self._alive().any():
            stop.set()

    def _end(self) -> None:
        loop = asyncio.get_running_loop()
        loop.remove_reader(self._public.fileno())
        self._public.close()
        self._control.close()
        for shard in self._shards:
            if not shard.channel.closed:
                loop.remove_reader(shard.channel.fileno())
                shard.channel.close()
        for shard in self._shards:
            shard.stop()
        for handoff in self._handoffs:
            handoff.close()
        os.close(self._memory)
        os.close(self._fronts)
        if self._secret_path:
            secret.remove(self._secret_path)


def split_address(key: str, address: str) -> tuple[str, int]:
    """HOST:PORT as its parts. Raises InputError naming `key`."""
    host, colon, port = address.rpartition(":")
    if not colon or not host or not port.isdecimal() or int(port) > 65535:
        raise InputError(f"{key}: expected HOST:PORT, got {address!r}")
    return host, int(port)


def _bind(key: str, address: str, allow_network: bool) -> socket.socket:
    host, port = split_address(key, address)
    try:
        found = socket.getaddrinfo(host, port, socket.AF_INET, socket.SOCK_STREAM)[0][4]
    except OSError as error:
        raise InputError(f"{key}: cannot resolve {host!r} ({error.strerror})") from None
    if not str(found[0]).startswith("127.") and not allow_network:
        raise InputError(f"{key}: {host} is not loopback; --allow-network binds it all the same")
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


def _name(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"{host}:{port}"


def run(supervisor: Supervisor, on_start: Callable[[Started], None]) -> None:
    """Serve in the foreground until SIGINT or SIGTERM."""

    async def serve() -> None:
        stop = asyncio.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        await supervisor.run(stop, on_start)

    uvloop.run(serve())


def main(channel: process.Channel, wanted: GatewaySettings, make: type[Supervisor] = Supervisor) -> None:
    """Entry of a gateway that runs as a child: says `Started` or the error, and ends when its parent does."""

    async def serve() -> None:
        stop = asyncio.Event()
        asyncio.get_running_loop().add_reader(channel.fileno(), stop.set)
        await make(wanted).run(stop, channel.send)

    try:
        uvloop.run(serve())
    except EwarnError as error:
        channel.send(error)

"""The gateway's supervisor: accepts on the public port, hands connections to shards (see `seating`), takes reports.

`SO_REUSEPORT` would spare the hand-off, but the kernel then spreads connections by a blind hash: some shards are
full while others have room. Handing over costs some 10 µs a connection, once, and nothing per report.
"""

import asyncio
import logging
import os
import signal
import socket
from collections import defaultdict, deque
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import uvloop

from ewarn.errors import EwarnError, GatewayError
from ewarn.gateway import secret, settings, trust
from ewarn.gateway.control import Behind, Control
from ewarn.gateway.engines import choose
from ewarn.gateway.fleet import Fleet
from ewarn.gateway.keeping import Keeping
from ewarn.gateway.occupancy import NO_ROOM
from ewarn.gateway.seating import HANDFUL, Seating
from ewarn.gateway.settings import HANDOFF_BATCH, GatewaySettings, Layout
from ewarn.system import process
from ewarn.system.address import BROWSERS_REFUSE, address_of, bind
from ewarn.system.clock import WallClock
from ewarn.system.machine import RESERVED_FILES, this_machine

MOST_ON_THE_WAY = 2048
"""connections handed over and not yet taken; the kernel bounds descriptors in flight by the open-file limit"""
PAUSE_S = 0.005
MOST_AT_THE_DOOR = RESERVED_FILES // 2
"""connections that a full shard may hold beyond its capacity, while they are refused or shown a page"""

logger = logging.getLogger("ewarn.gateway")


@dataclass(frozen=True)
class Started:
    """What a gateway says once it listens."""

    listen: str
    control: str
    secret_file: str | None
    layout: Layout


class Supervisor:
    """Owns the listeners and the fleet of shards."""

    shard_target = "ewarn.gateway.shard:main"

    def __init__(self, wanted: GatewaySettings) -> None:
        settings.check(wanted)
        engine, why = choose(wanted.engine)
        machine = this_machine()
        layout = settings.layout(wanted.size, machine)
        self.layout = replace(layout, why=f"{layout.why}; {why}")
        size = replace(wanted.size, capacity=layout.capacity, shards=layout.shards)
        self.settings, at = replace(wanted, engine=engine, size=size), wanted.addresses
        with ExitStack() as undo:
            self._public = undo.enter_context(bind("--listen", at.listen, at.allow_network))
            # Connections inherit it: what one that never reads can make the kernel keep.
            self._public.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, wanted.limits.send_buffer)
            self._control = undo.enter_context(bind("--control", at.control, at.allow_network))
            port = self._control.getsockname()[1]
            self._secret, self._secret_path = secret.establish(at.secret_file, port)
            if self._secret_path:
                undo.callback(secret.remove, self._secret_path)
            self._trusted, self._key_path = trust.establish(wanted.trust, port)
            if self._key_path:
                undo.callback(secret.remove, self._key_path)
            self._keeping = Keeping(Path(wanted.state) if wanted.state else None, WallClock().time())
            undo.pop_all()
        written = [path for path in (self._secret_path, self._key_path) if path]
        tidy = tuple(map(str, written))
        self._fleet = Fleet(self.settings, self.layout, self.shard_target, tidy, WallClock())
        for one in self._keeping.kept:
            self._fleet.recall(one.report)
        self._seating = Seating()
        self._most_on_the_way = min(MOST_ON_THE_WAY, machine.open_files // 2)
        self._refused: deque[int] = deque()
        """connections that their shard could not take just now; they are the next to be given one"""
        self._resting: asyncio.TimerHandle | None = None
        """ends a pause"""

    async def run(self, stop: asyncio.Event, on_start: Callable[[Started], None]) -> None:
        """Serve until `stop` is set. Raises GatewayError if no shard is left."""
        loop = asyncio.get_running_loop()
        try:
            await self._fleet.start(stop.set)
            fleet, now = self._fleet, self.settings
            behind = Behind(fleet.publish, fleet.resize, fleet.change, fleet.counters.add)
            rules = self._trusted.check, behind, now.strategy, now.alerts
            made = Control(self._secret, *rules, WallClock(), self._keeping)
            control = await made.listen(self._control)
            loop.add_reader(self._public.fileno(), self._accept)
            if (public := self._public.getsockname()[1]) in BROWSERS_REFUSE:
                logger.warning("no browser will connect to port %d (a bad port of the Fetch standard)", public)
            on_start(self.started())
            await stop.wait()
            control.close()
            if not self._fleet.occupancy.open.any():
                raise GatewayError("every shard of the gateway has died")
        finally:
            self._end()

    def started(self) -> Started:
        """Addresses as bound, so port 0 shows what it became."""
        path = str(self._secret_path) if self._secret_path else self.settings.addresses.secret_file
        return Started(address_of(self._public), address_of(self._control), path, self.layout)

    def _accept(self) -> None:
        """Accept a batch and hand each connection to a shard, see `seating`."""
        fleet, occupancy = self._fleet, self._fleet.occupancy
        behind = occupancy.on_the_way()
        if behind.sum() > self._most_on_the_way:
            self._pause()
            return
        room, held = occupancy.room(), occupancy.held()
        crowd = held - occupancy.capacity
        crowd[~occupancy.open] = MOST_AT_THE_DOOR
        batches: dict[int, list[int]] = defaultdict(list)
        shard: int | None = None
        for _ in range(HANDOFF_BATCH):
            if (connection := self._next()) is None:
                break
            if shard is None or len(batches[shard]) % HANDFUL == 0 or room[shard] <= 0:
                shard = self._seating.choose(np.where(crowd < MOST_AT_THE_DOOR, room, NO_ROOM), held, behind)
            if crowd[shard] >= MOST_AT_THE_DOOR:
                os.close(connection)
                fleet.counters.add("turned_away")
                continue
            room[shard] -= 1
            crowd[shard] += 1
            behind[shard] += 1
            batches[shard].append(connection)
        for taker, connections in batches.items():
            if not fleet.hand_over(taker, connections):
                self._refused += connections
        if self._refused:
            self._pause()

    def _next(self) -> int | None:
        """A connection that was refused, else a new one; None where there is none, or none can be had just now."""
        if self._refused:
            return self._refused.popleft()
        try:
            connection, _ = self._public.accept()
        except BlockingIOError:
            return None
        except OSError as error:
            logger.warning("cannot accept: %s", error.strerror)
            self._pause()
            return None
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return connection.detach()

    def _pause(self) -> None:
        """Accept nobody for a moment; then look again, whether somebody has come by or not: the refused wait too."""
        if self._resting is None:
            loop = asyncio.get_running_loop()
            loop.remove_reader(self._public.fileno())
            self._resting = loop.call_later(PAUSE_S, self._go_on)

    def _go_on(self) -> None:
        self._resting = None
        asyncio.get_running_loop().add_reader(self._public.fileno(), self._accept)
        self._accept()

    def _end(self) -> None:
        loop = asyncio.get_running_loop()
        loop.remove_reader(self._public.fileno())
        if self._resting:
            self._resting.cancel()
        self._public.close()
        self._control.close()
        for connection in self._refused:
            os.close(connection)
        self._fleet.close()
        self._keeping.close()
        for path in (self._secret_path, self._key_path):
            if path:
                secret.remove(path)


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

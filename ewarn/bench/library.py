"""Baselines: the same plan and the same payloads, sent by WebSocket libraries over connections of their own.

Each process listens on a port of its own, or by a listener that it is given, and says which port that is; then a
report on the channel is a play. Compression is off, and so are the libraries' own pings.
"""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import uvloop

from ewarn.audience.followed import Followed
from ewarn.dispatch.gates import NO_GATES, TIERS
from ewarn.dispatch.orders import ORDERS
from ewarn.dispatch.plan import Followers, plan
from ewarn.seismic.earth import Earth, EarthModel
from ewarn.seismic.origin import Report
from ewarn.system.process import Channel
from ewarn.wire import framing
from ewarn.wire.matrix import BUILDERS, Frames
from ewarn.wire.subscriptions import Place, parse_path

BACKLOG = 4096
"""connections that wait to be accepted"""


@dataclass(frozen=True)
class LibraryJob:
    """What one process is told."""

    library: str
    """a key of `LIBRARIES`"""
    order: str
    frames: str
    seed: int
    listener: int | None = None
    """descriptor of a listening socket to serve instead of a port of its own"""

    def where(self) -> dict[str, Any]:
        """What asyncio's `create_server` is told of it."""
        if self.listener is None:
            return {"host": "127.0.0.1", "port": 0}
        return {"sock": socket.socket(fileno=self.listener)}


Seat = Callable[[Any, Sequence[Place]], None]


class Library(Protocol):
    """A server of a library."""

    async def listen(self, seat: Seat, where: dict[str, Any]) -> int:
        """Serve there and return the port; `seat` is told of every connection and its places."""

    async def send(self, connections: list[Any], payloads: list[bytes]) -> None:
        """One payload to each connection; a single payload is for all."""


class Websockets:
    """The websockets library; `broadcast()`, or await per connection."""

    def __init__(self, broadcast: bool) -> None:
        self._broadcast = broadcast
        self._server: Any = None

    async def listen(self, seat: Seat, where: dict[str, Any]) -> int:
        """See `Library.listen`."""
        from websockets.asyncio.server import ServerConnection, serve

        async def stay(connection: ServerConnection) -> None:
            assert connection.request  # noqa: S101  the handshake is over
            seat(connection, parse_path(connection.request.path).places)
            await connection.wait_closed()

        self._server = await serve(stay, **where, compression=None, ping_interval=None, backlog=BACKLOG)
        return int(self._server.sockets[0].getsockname()[1])

    async def send(self, connections: list[Any], payloads: list[bytes]) -> None:
        """See `Library.send`."""
        from websockets.asyncio.server import broadcast

        if self._broadcast:
            broadcast(connections, payloads[0].decode())
            return
        texts = [payload.decode() for payload in payloads]
        for index, connection in enumerate(connections):
            await connection.send(texts[index % len(texts)])


class Picows:
    """The picows library."""

    def __init__(self) -> None:
        self._server: asyncio.Server | None = None

    async def listen(self, seat: Seat, where: dict[str, Any]) -> int:
        """See `Library.listen`."""
        from picows import WSListener, WSTransport, WSUpgradeRequest, ws_create_server

        class Guest(WSListener):
            def __init__(self, places: Sequence[Place]) -> None:
                self._places = places

            def on_ws_connected(self, transport: WSTransport) -> None:
                seat(transport, self._places)

        def admit(request: WSUpgradeRequest) -> Guest:
            return Guest(parse_path(request.path.decode()).places)

        self._server = await ws_create_server(admit, **where, backlog=BACKLOG)
        return int(self._server.sockets[0].getsockname()[1])

    async def send(self, connections: list[Any], payloads: list[bytes]) -> None:
        """See `Library.send`."""
        from picows import WSMsgType

        for index, connection in enumerate(connections):
            connection.send(WSMsgType.TEXT, payloads[index % len(payloads)])


LIBRARIES: dict[str, Callable[[], Library]] = {
    "broadcast": lambda: Websockets(broadcast=True),
    "sequential": lambda: Websockets(broadcast=False),
    "picows": Picows,
}


class Hall:
    """The connections of one process, and their places."""

    def __init__(self, job: LibraryJob) -> None:
        self._job = job
        self._connections: list[Any] = []
        self._places: list[Sequence[Place]] = []
        self._earth = Earth(EarthModel())
        self._builder = BUILDERS[job.frames](TIERS)
        self._rng = np.random.default_rng(job.seed)

    def seat(self, connection: Any, places: Sequence[Place]) -> None:
        """See `Library.listen`; who follows no place is told nothing."""
        if places:
            self._connections.append(connection)
            self._places.append(places)

    async def play(self, report: Report, send: Callable[[list[Any], list[bytes]], Awaitable[None]]) -> None:
        """Plan, build, and have the library send."""
        count = np.array([len(places) for places in self._places], np.int64)
        at = np.array([place for places in self._places for place in places]).reshape(-1, 2)
        followers = Followers.of(Followed(count, at[:, 0], at[:, 1]))
        decided = plan(report, followers, NO_GATES, self._earth, ORDERS[self._job.order], self._rng)
        for frames in self._builder.build(decided, decided.order):
            payloads = _payloads(frames, 1 if self._job.frames == "shared" else len(frames.users))
            await send([self._connections[row] for row in frames.users.tolist()], payloads)


def _payloads(frames: Frames, count: int) -> list[bytes]:
    """The first so many."""
    whole = frames.bytes.tobytes()
    first = framing.next_frame(whole)
    assert first  # noqa: S101  the builder makes whole ones
    # Their headers are of one length: longer than 125 bytes they all are, and than 64 KiB none.
    starts, ends = frames.starts[:count] + first.start, frames.starts[:count] + frames.lengths[:count]
    return [whole[start:end] for start, end in zip(starts.tolist(), ends.tolist(), strict=True)]


async def _serve(channel: Channel, job: LibraryJob) -> None:
    loop, over = asyncio.get_running_loop(), asyncio.Event()
    library, hall = LIBRARIES[job.library](), Hall(job)
    tasks: set[asyncio.Task[None]] = set()

    def hear() -> None:
        try:
            report = channel.recv()
        except (EOFError, OSError):
            loop.remove_reader(channel.fileno())
            over.set()
            return
        task = loop.create_task(hall.play(report, library.send))
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    channel.send(await library.listen(hall.seat, job.where()))
    loop.add_reader(channel.fileno(), hear)
    await over.wait()


def main(channel: Channel, job: LibraryJob) -> None:
    """Entry of the child process; its connections end with it."""
    uvloop.run(_serve(channel, job))

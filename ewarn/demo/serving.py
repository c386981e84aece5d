"""How the demo's servers serve: a feed on a socket, until the process is told to stop."""

import asyncio
import signal
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from websockets.asyncio.server import serve

from ewarn.demo.doorkeeper import Doorkeeper
from ewarn.demo.feed import Feed
from ewarn.gateway.intake.answering import answering
from ewarn.system.address import address_of, bind
from ewarn.system.allowed import Allowed, allowed

FAREWELL_S = 1.0
"""for viewers to say goodbye: one who reads no more shall not hold up the end"""


@dataclass(frozen=True)
class Place:
    """Where a page is served, and whom it answers."""

    listen: str
    """HOST:PORT, loopback"""
    hosts: tuple[str, ...] = ()
    """names by which it is reached, beside those of loopback"""
    origins: tuple[str, ...] = ()
    """pages that may ask, scheme://host:port, beside its own"""

    def take(self) -> tuple[socket.socket, Allowed]:
        """Listen there. Raises InputError."""
        page = bind("--listen", self.listen, False)
        return page, allowed(page.getsockname()[:2], (), self.hosts, self.origins)


@asynccontextmanager
async def serving(feed: Feed, page: socket.socket, allowed: Allowed) -> AsyncIterator[None]:
    """A context in which a feed is served; viewers who ask from elsewhere are refused."""
    async with serve(
        feed.tell,
        sock=page,
        process_request=Doorkeeper(allowed, feed.let_in).let_in,
        create_connection=answering(),
        compression=None,
        max_size=1024,
        close_timeout=FAREWELL_S,
    ):
        yield


def asked_to_stop() -> asyncio.Event:
    """Set on SIGINT or SIGTERM."""
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    return stop


def url_of(page: socket.socket) -> str:
    """The address that a browser opens."""
    return f"http://{address_of(page)}/"

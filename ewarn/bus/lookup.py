"""Where a line's host is: asked for before each connection, and never twice at a time.

A resolver may take half a minute to say that it does not know, and holds a thread of the few that an event loop has for
as long. Were it asked anew each time, one name would keep all threads from all others.
"""

import asyncio
import socket
from collections.abc import Callable
from itertools import count
from typing import Any

from ewarn.bus.addresses import LineAddress
from ewarn.errors import BusError
from ewarn.system.address import literal

LOOKUP_S = 1.0
"""for which an answer is waited for; it is used the next time if it comes later"""


class Lookup:
    """Finds one host, for one event loop."""

    def __init__(self, address: LineAddress, resolve: Callable[..., list[Any]] = socket.getaddrinfo) -> None:
        """`resolve` is called in a thread, as `socket.getaddrinfo` is."""
        self._address, self._resolve = address, resolve
        self._asked: asyncio.Future[list[Any]] | None = None
        self._turns = count()

    async def find(self, patience_s: float = LOOKUP_S) -> str:
        """An address of the host, each time the next of those that it has, IPv4 first. Raises BusError."""
        host, port = self._address.host, self._address.port
        if literal(host) is not None:
            return host
        if self._asked is None:
            loop = asyncio.get_running_loop()
            self._asked = loop.run_in_executor(None, lambda: self._resolve(host, port, type=socket.SOCK_STREAM))
        await asyncio.wait((self._asked,), timeout=patience_s)
        if not self._asked.done():
            raise BusError(f"{self._address}: no answer about where {host} is")
        answer, self._asked = self._asked, None
        try:
            found = answer.result()
        except (OSError, UnicodeError) as error:
            raise BusError(
                f"{self._address}: cannot resolve {host} ({getattr(error, 'strerror', 'no name')})"
            ) from None
        return str(found[next(self._turns) % len(found)][4][0])

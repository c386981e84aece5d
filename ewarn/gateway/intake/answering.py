"""Connections of the websockets library's server: none is hung up on in silence, and few can wait without a request."""

import asyncio
from http import HTTPStatus
from typing import ClassVar

from websockets.asyncio.server import ServerConnection
from websockets.exceptions import InvalidMessage

from ewarn.wire.unreadable import unreadable

MOST_CALLERS = 512
"""that have yet to make their request; beyond, the oldest goes. An event loop takes in some 100 at once, so one who
speaks at once is heard before"""


class Answering(ServerConnection):
    """What cannot be read as a request is answered by 400, which says why; see `answering`."""

    callers: ClassVar[dict[ServerConnection, None]]
    """of one server, in the order in which they came"""
    _told = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """See `ServerConnection`."""
        super().connection_made(transport)
        self.callers[self] = None
        if len(self.callers) > MOST_CALLERS:
            oldest = next(iter(self.callers))
            del self.callers[oldest]
            text = "too many callers who have yet to say what they want\n"
            refused = oldest.protocol.reject(HTTPStatus.SERVICE_UNAVAILABLE, text)
            refused.headers["Retry-After"] = "1"
            oldest.transport.write(refused.serialize())
            oldest.transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        """See `ServerConnection`."""
        self.callers.pop(self, None)
        super().connection_lost(exc)

    def send_data(self) -> None:
        """See `ServerConnection`; whatever it has to say goes out by this, its end of file too."""
        problem = self.protocol.handshake_exc
        if self.request is not None:
            self.callers.pop(self, None)
        elif isinstance(problem, InvalidMessage) and not self._told:
            self._told = True
            self.transport.write(self.protocol.reject(HTTPStatus.BAD_REQUEST, unreadable(problem)).serialize())
        super().send_data()


def answering() -> type[Answering]:
    """For `create_connection` of one server."""

    class Here(Answering):
        callers: ClassVar[dict[ServerConnection, None]] = {}

    return Here

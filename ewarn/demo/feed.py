"""The page's files, and the show for whoever looks: the one that goes on, or a finished run. It starts nothing."""

import asyncio
import contextlib
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl

from websockets.asyncio.server import ServerConnection
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

from ewarn.demo.library import Library
from ewarn.demo.log import ShowLog
from ewarn.demo.static import TYPES, Files, response
from ewarn.system.json_files import encoded

PATH = "/v1/stage"
VIEW = "view"
"""names a finished run in a query"""
BEAT_S = 10.0
"""a page that hears nothing for much longer calls anew: a host that vanished says no goodbye"""
BEAT = encoded({"type": "beat"})


class Feed:
    """Tells viewers; what they say is ignored."""

    def __init__(self, files: Files, library: Library, log: ShowLog | None = None, hello: Any = None) -> None:
        """Without a log, the library's first run is what is shown to who asks for none."""
        self._files, self._library, self._log, self._hello = files, library, log, hello

    def let_in(self, _connection: ServerConnection, request: Request) -> Response | None:
        """Answer for a file; a viewer goes on to `tell`."""
        path, mark, _ = request.path.partition("?")
        if path != PATH:
            return self._files.answer(request.path)
        # Of a run that is not there a viewer is told as of one: a browser does not say why it was refused.
        if not mark or viewed(request.path) is not None:
            return None
        return response(HTTPStatus.NOT_FOUND, TYPES[".txt"], f"expected {PATH}, or {PATH}?{VIEW}=RUN\n".encode())

    async def tell(self, connection: ServerConnection) -> None:
        """Until the viewer leaves, or the server does."""
        telling = [asyncio.create_task(task) for task in (self._tell_all(connection), _beat(connection))]
        with contextlib.suppress(ConnectionClosed):
            async for _ in connection:
                pass
        for task in telling:
            task.cancel()
            with contextlib.suppress(ConnectionClosed, asyncio.CancelledError):
                await task

    async def _tell_all(self, connection: ServerConnection) -> None:
        name = viewed(connection.request.path) if connection.request else None
        if name is not None or self._log is None:
            for message in await self._library.told(name):
                await connection.send(message)
            return
        await connection.send(encoded(self._hello))
        async for message in self._log.follow():
            await connection.send(message)


def viewed(path: str) -> str | None:
    """The run that a request asks for; None: it asks for none, or for more than that."""
    asked = parse_qsl(path.partition("?")[2], keep_blank_values=True)
    return asked[0][1] if len(asked) == 1 and asked[0][0] == VIEW else None


async def _beat(connection: ServerConnection) -> None:
    while True:
        await asyncio.sleep(BEAT_S)
        await connection.send(BEAT)

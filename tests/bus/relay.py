"""A cable between a client and a line: it passes bytes on, or swallows them, so that no end knows."""

import asyncio
from contextlib import suppress


class Relay:
    """Listens on a port of its own. `cut`: what is said is lost, and nobody is told."""

    def __init__(self, port: int) -> None:
        self._to, self.cut = port, False
        self.port = 0
        self.passed = bytearray()
        """what clients said"""
        self._tasks: set[asyncio.Task] = set()

    async def __aenter__(self) -> "Relay":
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._tasks.add(asyncio.current_task())
        there_reader, there = await asyncio.open_connection("127.0.0.1", self._to)
        try:
            async with asyncio.TaskGroup() as both:
                both.create_task(self._pass(reader, there, self.passed))
                both.create_task(self._pass(there_reader, writer, bytearray()))
        except* (OSError, asyncio.CancelledError):
            pass
        finally:
            for one in (writer, there):
                with suppress(OSError):
                    one.transport.abort()

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, noted: bytearray) -> None:
        while data := await reader.read(65536):
            noted += data
            if not self.cut:
                writer.write(data)
                await writer.drain()
        if self.cut:
            await asyncio.Event().wait()
        raise ConnectionResetError


async def speaking(said: bytes, heard: bytearray) -> asyncio.Server:
    """A server that says this to whoever comes, and notes what it hears."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(said)
        with suppress(ConnectionResetError):  # who gives it up is gone at once
            while data := await reader.read(65536):
                heard.extend(data)
        writer.close()

    return await asyncio.start_server(serve, "127.0.0.1", 0)

"""What the library's server answers to what it cannot read."""

import asyncio
import socket

import pytest
from websockets.asyncio.client import connect
from websockets.asyncio.server import serve

from ewarn.gateway.intake.answering import MOST_CALLERS, answering


async def echo(connection):
    async for message in connection:
        await connection.send(message)


HEAD = b"Host: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"


@pytest.mark.parametrize(
    "data",
    [
        b"\x16\x03\x01 hello\r\n\r\n",
        b"GET / HTTP/1.1\r\n" + HEAD + b"Transfer-Encoding: chunked\r\n\r\n",
        b"GET / HTTP/1.1\r\n" + HEAD + b"Content-Length: 5\r\n\r\nhello",
        b"GET / HTTP/1.1\r\n" + HEAD + b"X: a\r\n b\r\n\r\n",
        b"GET /\xc3\xa9 HTTP/1.1\r\n" + HEAD + b"\r\n",
        b"GET / HTTP/1.1\n\n",
        b"GET / HT",
        b"GET /" + b"a" * 9_000 + b" HTTP/1.1\r\n",
        b"GET / HTTP/1.1\r\n" + b"A: b\r\n" * 200 + b"\r\n",
    ],
)
async def test_it_is_told_what_is_wrong_once_and_nothing_is_logged(data, caplog):
    async with serve(lambda _: None, "127.0.0.1", 0, create_connection=answering()) as server:
        reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname()[:2])
        writer.write(data)
        writer.write_eof()
        said = await asyncio.wait_for(reader.read(), 10)
        assert said.startswith((b"HTTP/1.1 400 ", b"HTTP/1.1 414 ", b"HTTP/1.1 431 "))
        assert said.count(b"HTTP/1.1 ") == 1 or b"HTTP/1.1\\n" in said or b"HTTP/1.1'" in said
        writer.transport.abort()
    assert not [one for one in caplog.records if one.levelname in ("WARNING", "ERROR")]


async def test_who_hangs_up_or_resets_is_told_nothing_that_fails(caplog):
    async with serve(lambda _: None, "127.0.0.1", 0, create_connection=answering()) as server:
        for data in (b"", b"GET"):
            connection = socket.create_connection(server.sockets[0].getsockname()[:2])
            connection.sendall(data)
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            connection.close()
        reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname()[:2])
        writer.write(b"nonsense\r\n\r\n")
        assert (await asyncio.wait_for(reader.read(), 10)).startswith(b"HTTP/1.1 400 ")
        writer.close()
    assert not [one for one in caplog.records if one.levelname in ("WARNING", "ERROR")]


async def test_callers_who_say_nothing_keep_nobody_out_and_the_oldest_is_told():
    async with serve(echo, "127.0.0.1", 0, create_connection=answering()) as server:
        host, port = server.sockets[0].getsockname()[:2]
        silent = [await asyncio.open_connection(host, port) for _ in range(MOST_CALLERS)]
        async with connect(f"ws://{host}:{port}") as one, connect(f"ws://{host}:{port}") as other:
            for client in (one, other):
                await client.send("still here")
                assert await client.recv() == "still here"
            assert (await asyncio.wait_for(silent[0][0].read(), 10)).startswith(b"HTTP/1.1 503 ")
            silent += [await asyncio.open_connection(host, port) for _ in range(20)]
            await one.send("still here")
            assert await one.recv() == "still here"
        for _, writer in silent:
            writer.transport.abort()

"""What callers get and what the log has of them, over a real server of the library."""

import asyncio
import logging
import socket

import pytest
from websockets.asyncio.server import serve

from ewarn.gateway.intake.hasty import SAID, library_log


@pytest.mark.parametrize("heels", [b"Sec-WebSocket-Version: 13\r\n", b"\xff\xff", b"\x81\x01x"])
async def test_what_is_no_frame_on_the_heels_of_a_request_is_one_line_and_no_traceback(caplog, heels):
    def refuse(connection, _request):
        return connection.respond(404, "no\n")

    listener = socket.create_server(("127.0.0.1", 0))
    async with serve(lambda _: None, sock=listener, process_request=refuse, logger=library_log("here")):
        reader, writer = await asyncio.open_connection(*listener.getsockname())
        writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n" + heels)
        await asyncio.wait_for(reader.read(), 5)
        writer.close()
    said = [record for record in caplog.records if record.levelno >= logging.WARNING]
    assert [(record.getMessage(), record.exc_info) for record in said] == [(SAID % "here", None)]


async def test_an_error_of_our_own_keeps_its_traceback(caplog):
    try:
        raise ZeroDivisionError
    except ZeroDivisionError:
        library_log("here").error("unexpected internal error", exc_info=True)
    assert caplog.records[-1].exc_info[0] is ZeroDivisionError
    assert len(library_log("here").filters) == 1

"""nats-py as a line needs it: it never reconnects by itself, is dropped at once, and says nothing.

Over TLS the library hangs on reconnecting after a cut (nats-io/nats.py, issue 671), so a client is used for one
connection, and another is made after it. It is imported by functions alone: few who use ewarn have it.
"""

import asyncio
import logging
import os
import socket
import ssl
import struct
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from typing import Any

from nats.aio.client import Client
from nats.errors import Error, SecureConnRequiredError
from nats.protocol.parser import AWAITING_MSG_PAYLOAD, CRLF_SIZE, Parser

from ewarn.bus.addresses import Identity, LineAddress

CONNECT_S = 1.0
"""for each step: a connection, TLS, an answer"""
OPEN_S = 2.0
"""for all of them"""
CLOSE_S = 0.5
NEVER_S = 86_400
"""for what the line does in the library's place: pings"""
MOST_PENDING = 4096
MOST_PENDING_BYTES = 8 << 20
"""what may wait for a subscription's callback; beyond it messages are lost, and so is the line, which catches up"""
_READABLE = bytes(ord("?") if byte in b"\v\f" else byte for byte in range(256))
_AT_ONCE = struct.pack("ii", 1, 0)
"""struct linger: a close waits 0 s for what is unsent"""
LOST = (Error, OSError, TimeoutError)
"""what the library raises where a connection is gone, or is none"""


class _LineParser(Parser):
    """Reads subjects with bytes that it would take for the end of one; a message stays as it is."""

    async def parse(self, data: bytes = b"") -> None:
        while data:
            if self.state == AWAITING_MSG_PAYLOAD:
                end = self.needed + CRLF_SIZE - len(self.buf)
                part = data[:end]
            else:
                end = data.find(b"\n") + 1 or len(data)
                part = data[:end].translate(_READABLE)
            data = data[end:]
            await super().parse(part)


class LineClient(Client):
    """A client for one connection. What others say with a key of theirs must not end it, however it is written."""

    def __init__(self, address: LineAddress) -> None:
        super().__init__()
        self._address = address
        self._ps = _LineParser(self)
        self.trusted_until: float | None = None
        """when the certificate ends that the server showed, seconds since 1970; None where it showed none"""

    @property
    def deaf(self) -> bool:
        """Whether it reads or writes no more; it would say that all is well then, without a question to the server."""
        return any(task is None or task.done() for task in (self._reading_task, self._flusher_task))

    @property
    def unsent(self) -> int:
        """Bytes that wait to be written."""
        waiting = self._transport._io_writer.transport.get_write_buffer_size() if self._transport else 0
        return int(self.pending_data_size + waiting)

    async def open(self, at: str, identity: Identity, on_error: Callable[[Exception], Awaitable[None]]) -> None:
        """Connect to the host's address `at`, within `OPEN_S`. Raises one of `LOST`."""
        logging.getLogger("nats").setLevel(logging.CRITICAL)  # it would log a traceback for what `on_error` hears too
        try:
            async with asyncio.timeout(OPEN_S):
                await self._connect(at, identity, on_error)
        except LOST:
            raise  # ahead of the next: a certificate that is not trusted is a ValueError too
        except (ValueError, TypeError, AttributeError, LookupError, AssertionError):
            raise Error("no INFO message") from None  # as the library says of some of what is none

    async def _connect(self, at: str, identity: Identity, on_error: Callable[[Exception], Awaitable[None]]) -> None:
        await self.connect(
            str(replace(self._address, host=at)),
            error_cb=on_error,
            name=f"ewarn {identity.role.key}",
            allow_reconnect=False,
            max_reconnect_attempts=1,
            reconnect_time_wait=0,
            connect_timeout=CONNECT_S,
            ping_interval=NEVER_S,
            no_echo=True,
            tls=identity.context,
            tls_hostname=self._address.host,
            nkeys_seed_str=identity.seed,
            inbox_prefix=identity.role.inbox,
            pending_size=0,  # it never makes a publisher wait: a wait there would swallow a cancellation
        )

    def _connect_command(self) -> bytes:
        """What proves who calls is not said without TLS: the library lets the server decide.

        Who stands in between could pass the server's challenge on, and be taken for the caller.
        """
        transport = self._transport._io_writer.transport
        if (secured := transport.get_extra_info("ssl_object")) is not None:
            self.trusted_until = float(ssl.cert_time_to_seconds(secured.getpeercert()["notAfter"]))
            # The library leaves this out: nothing would be held back, and asyncio would log a word at each end.
            transport.get_protocol().connection_made(transport)
        elif self._address.tls:
            raise SecureConnRequiredError
        return bytes(super()._connect_command())

    def _build_message(self, sid: int, subject: bytes, reply: bytes, data: bytes, headers: Any) -> Any:
        """A subject may have any bytes."""
        found, answer = (one.decode(errors="replace").encode() for one in (subject, reply))
        return super()._build_message(sid, found, answer, data, headers)

    async def _process_headers(self, headers: bytes) -> Any:
        """So may headers."""
        try:
            return await super()._process_headers(headers)
        except (ValueError, LookupError):
            return None

    async def discard(self) -> None:
        """Be gone at once, with all tasks; a farewell would wait for an answer that does not come."""
        if bare := getattr(self._transport, "_bare_io_writer", None):
            _forget(bare.transport)
        for writer in (getattr(self._transport, name, None) for name in ("_io_writer", "_bare_io_writer")):
            if writer is not None:
                writer.transport.abort()
        own = [self._reading_task, self._ping_interval_task, self._flusher_task]
        tasks = [task for task in [*own, *(one._wait_for_msgs_task for one in self._subs.values())] if task]
        for task in tasks:
            task.cancel()
        with suppress(*LOST):
            async with asyncio.timeout(CLOSE_S):
                await self.close()
        await asyncio.gather(*tasks, return_exceptions=True)


def _forget(transport: asyncio.Transport) -> None:
    """Have the kernel drop what it has yet to send on a connection that is not over by itself.

    Else it goes on sending after a cut, beside the next connection: a report that was given up would come once more,
    and be answered before there is anybody to hear it.
    """
    if not transport.is_closing():  # else the number of its socket may be another's by now
        with suppress(OSError), socket.socket(fileno=os.dup(transport.get_extra_info("socket").fileno())) as own:
            own.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _AT_ONCE)

"""Messages over a child's channel for those who must never wait for the other end: as bytes, whole or in parts.

They are what `multiprocessing.connection.Connection` sends and receives (a length of four bytes, and a pickle; both
ends are ours), so that one end may use that, and the other this.
"""

import os
import pickle
from collections.abc import Iterator
from multiprocessing.reduction import ForkingPickler
from struct import Struct
from typing import Any

READ_BYTES = 65536
_LENGTH = Struct("!i")


def pack(message: object) -> bytes:
    """A message, at most 2 GiB, as it goes over a channel."""
    body = bytes(ForkingPickler.dumps(message))
    return _LENGTH.pack(len(body)) + body


class Unpacker:
    """Messages out of bytes that come in any parts."""

    def __init__(self) -> None:
        self._kept = bytearray()

    def unpack(self, data: bytes) -> Iterator[Any]:
        """All that are whole by now, in order."""
        self._kept += data
        at = 0
        try:
            while len(self._kept) - at >= _LENGTH.size:
                start = at + _LENGTH.size
                end = start + _LENGTH.unpack_from(self._kept, at)[0]
                if len(self._kept) < end:
                    break
                at = end
                yield pickle.loads(memoryview(self._kept)[start:end])  # noqa: S301  the other end is ours
        finally:
            del self._kept[:at]


class Inbox:
    """A channel as its reader's loop has it: what is there is taken, and nothing is waited for."""

    def __init__(self, descriptor: int) -> None:
        """`descriptor` is of the channel, whose reading and writing never waits from now on."""
        os.set_blocking(descriptor, False)
        self._descriptor, self._parts = descriptor, Unpacker()

    def messages(self) -> Iterator[Any]:
        """Those that are whole by now, when the channel can be read. Raises EOFError at its end."""
        try:
            data = os.read(self._descriptor, READ_BYTES)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            raise EOFError
        yield from self._parts.unpack(data)

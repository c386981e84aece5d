"""TLS for light clients: slower than without, and never without verification.

The library's TLS is fed bytes and gives bytes, so that sockets are read as those of other clients are, and the kernel
still says when bytes arrived. A receipt is stamped once the plain text is there.
"""

import os
import ssl
from collections.abc import Callable

from ewarn.swarm.client import Target
from ewarn.swarm.receivers import EpollReceiver
from ewarn.system.tls import READ_BYTES, client_context


class Line:
    """TLS of one connection, as a client: bytes in, bytes out; no I/O."""

    __slots__ = ("_incoming", "_outgoing", "_tls", "open", "over", "unsent")

    def __init__(self, context: ssl.SSLContext, host: str) -> None:
        """The certificate must be of `host`. What is to be sent first is in `unsent`."""
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._incoming, self._outgoing, server_hostname=host)
        self.open = False
        """the handshake is done, and the certificate trusted"""
        self.over = False
        """the other end has said that no more will come"""
        self.unsent = b""
        """to be written to the socket"""
        self._shake()

    def hear(self, data: bytes) -> bytes:
        """The plain text that is there once these bytes are. Raises ssl.SSLError."""
        self._incoming.write(data)
        pieces: list[bytes] = []
        if self.open or self._shake():
            try:
                while piece := self._tls.read(READ_BYTES):
                    pieces.append(piece)
                self.over = True
            except ssl.SSLWantReadError:
                pass
            except ssl.SSLZeroReturnError:
                self.over = True
        self._collect()
        return b"".join(pieces)

    def say(self, plain: bytes) -> None:
        """Have this sent, too."""
        self._tls.write(plain)
        self._collect()

    def _shake(self) -> bool:
        try:
            self._tls.do_handshake()
            self.open = True
        except ssl.SSLWantReadError:
            pass
        finally:
            self._collect()  # also what tells the other end why it is not trusted
        return self.open

    def _collect(self) -> None:
        if self._outgoing.pending:
            self.unsent += self._outgoing.read()


class Lines:
    """Makes them; a context for each file of certificates."""

    def __init__(self) -> None:
        self._contexts: dict[str | None, ssl.SSLContext] = {}

    def to(self, target: Target) -> Line | None:
        """A new line to a target; None where it is to be reached without TLS."""
        if not target.tls:
            return None
        if target.ca not in self._contexts:
            self._contexts[target.ca] = client_context(target.ca)
        return Line(self._contexts[target.ca], target.host)


class SecureReceiver(EpollReceiver):
    """Reads connections that have a line; see `Receiver`."""

    name = "epoll, TLS"

    def __init__(self) -> None:
        super().__init__()
        self._lines: dict[int, Line] = {}

    def keep(self, descriptor: int, line: Line) -> None:
        """It belongs to a connection that is about to be added."""
        self._lines[descriptor] = line

    def forget(self, descriptor: int) -> None:
        """See `Receiver.forget`."""
        super().forget(descriptor)
        del self._lines[descriptor]

    def say(self, descriptor: int, frame: bytes) -> int:
        """Bytes that go out: none where the connection is gone, or has yet to take what it was told before."""
        line = self._lines.get(descriptor)
        if line is None or not flush(line, lambda data: os.write(descriptor, data)):
            return 0
        try:
            line.say(frame)
        except ssl.SSLError:
            return 0
        flush(line, lambda data: os.write(descriptor, data))
        return len(frame)

    def _read(self, descriptor: int) -> tuple[bytes, int]:
        """Raise BlockingIOError where no plain text came of it."""
        data, arrived = super()._read(descriptor)
        if not data:
            return b"", 0
        line = self._lines[descriptor]
        plain = line.hear(data)
        flush(line, lambda out: os.write(descriptor, out))
        if not plain and not line.over:
            raise BlockingIOError
        return plain, arrived


def flush(line: Line, write: Callable[[bytes], int]) -> bool:
    """Write what is to be sent; whether all of it is gone. Of a connection that is lost, the end shows by itself."""
    try:
        while line.unsent:
            line.unsent = line.unsent[write(line.unsent) :]
    except OSError:
        return False
    return True

"""A client of a terminator until TLS is agreed on: a PROXY header, where one must come, and the handshake."""

import select
import socket
import ssl
from ipaddress import ip_address

from ewarn.wire.proxy_protocol import Header, parse

_TEXT = b"this port speaks TLS: use wss:// or https://\n"
ABOUT_TLS = b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s" % (len(_TEXT), _TEXT)
"""to who asks in plain HTTP"""


class Handshake:
    """One of them; it is asked to go on whenever its socket is as it wanted."""

    __slots__ = ("_header", "_socket", "deadline", "source")

    def __init__(self, client: socket.socket, peer: tuple[str, int], deadline: float, *, behind_proxy: bool) -> None:
        """`client` does not block; `deadline` is the owner's."""
        self._socket = client
        self._header: bytes | None = b"" if behind_proxy else None
        """of a PROXY header, what is there so far; None: none is to come"""
        self.source, self.deadline = peer, deadline

    @property
    def secure(self) -> ssl.SSLSocket:
        """The connection, once its handshake has begun."""
        assert isinstance(self._socket, ssl.SSLSocket)  # noqa: S101
        return self._socket

    @property
    def destination(self) -> tuple[str, int]:
        """Where it came to; of the same family as the source, or nowhere in particular."""
        host, port = self._socket.getsockname()[:2]
        if ip_address(host).version == ip_address(self.source[0]).version:
            return host, port
        return "0.0.0.0" if ip_address(self.source[0]).version == 4 else "::", port  # noqa: S104  nobody listens there

    def go_on(self, context: ssl.SSLContext) -> int:
        """Events to wait for; 0: done. Raises InputError, OSError or ValueError where it comes to nothing."""
        if self._header is not None and not self._read_header():
            return select.EPOLLIN
        if not isinstance(self._socket, ssl.SSLSocket):
            self._socket = context.wrap_socket(self._socket, server_side=True, do_handshake_on_connect=False)
        try:
            self._socket.do_handshake()
        except ssl.SSLWantReadError:
            return select.EPOLLIN
        except ssl.SSLWantWriteError:
            return select.EPOLLOUT
        except ssl.SSLError as error:
            if error.reason == "HTTP_REQUEST":
                self._say_in_clear(ABOUT_TLS)
            raise
        return 0

    def close(self) -> None:
        """Hang up."""
        self._socket.close()

    def _say_in_clear(self, said: bytes) -> None:
        """What it asked is read first, or closing would take the answer back."""
        socket.socket.recv(self._socket, 8192)
        socket.socket.send(self._socket, said)

    def _read_header(self) -> bool:
        """Whether it is whole now; no byte beyond it is read, for that is TLS."""
        assert self._header is not None  # noqa: S101
        while not isinstance(said := parse(self._header), Header):
            try:
                data = self._socket.recv(said.least)
            except BlockingIOError:
                return False
            if not data:
                raise ConnectionResetError
            self._header += data
        self.source, self._header = said.source or self.source, None
        return True

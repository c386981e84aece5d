"""One TLS connection and the plain one that stands for it at a shard: bytes go both ways, and never pile up.

Of each direction at most one piece is held. What the one end does not take is not read from the other, so a phone
that does not read is as slow a consumer to its shard as one without TLS.
"""

import contextlib
import select
import socket
import ssl

from ewarn.system.tls import READ_BYTES

PIECE = 4096
"""bytes of plain text read at once from a shard: ten frames, and one TLS record"""
IN, OUT, GONE = select.EPOLLIN, select.EPOLLOUT, select.EPOLLHUP | select.EPOLLERR


class Relay:
    """Both ends, by what each waits for; the handshake is done."""

    __slots__ = ("_ending", "_epoll", "_near", "_secure", "_to_far", "_to_near", "_watched", "far", "near")

    def __init__(self, epoll: select.epoll, secure: ssl.SSLSocket, near: socket.socket, head: bytes) -> None:
        """`near` is our end of the plain connection, on which `head` is said first."""
        self._epoll, self._secure, self._near = epoll, secure, near
        self.far, self.near = secure.fileno(), near.fileno()
        self._to_near, self._to_far = head, b""
        self._ending = False
        """the shard has said its last; the client is yet to hang up"""
        self._watched = {self.far: 0, self.near: 0}
        for descriptor in self._watched:
            epoll.register(descriptor, 0)
        self._to_near = self._give_near(head)
        self._watch()

    def go_on(self, descriptor: int, event: int) -> bool:
        """Do what an event allows; False where the connection is over."""
        try:
            if descriptor == self.near:
                return self._from_near(event)
            return self._from_far(event)
        except (OSError, ValueError):  # ssl raises ValueError on a connection that it has shut down
            return False

    def close(self) -> None:
        """Close both ends; the client is told, if it can be."""
        with contextlib.suppress(OSError, ValueError):
            if not self._ending and not self._to_far:
                self._secure.unwrap()
        self._secure.close()
        self._near.close()

    def _from_near(self, event: int) -> bool:
        if self._to_near and event & OUT:
            self._to_near = self._give_near(self._to_near)
        if not self._to_far and event & (IN | GONE) and not self._ending:
            try:
                data = self._near.recv(PIECE)
            except BlockingIOError:
                data = None
            if data == b"":
                if event & GONE:
                    return False
                if not self._end():
                    return False
            elif data:
                self._to_far = self._give_far(data)
        elif event & GONE:
            return False  # what the client has not taken by now is not waited for
        self._watch()
        return True

    def _from_far(self, event: int) -> bool:
        if event & select.EPOLLERR:
            return False
        if self._to_far:
            self._to_far = self._give_far(self._to_far)
        if not self._to_near and event & (IN | GONE):
            try:
                data = self._secure.recv(READ_BYTES)
            except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
                data = None
            if data == b"":
                return False
            if data:
                self._to_near = self._give_near(data)
        elif event & GONE:
            return False
        self._watch()
        return True

    def _give_near(self, data: bytes) -> bytes:
        """What the shard does not take now."""
        try:
            return data[self._near.send(data) :]
        except BlockingIOError:
            return data

    def _give_far(self, data: bytes) -> bytes:
        """What the client does not take now; of a piece, all or nothing: TLS is given the same piece again."""
        try:
            return data[self._secure.send(data) :]
        except (ssl.SSLWantWriteError, ssl.SSLWantReadError):
            return data

    def _end(self) -> bool:
        """Say that no more will come; whether there is anybody left to hear until they hang up, too."""
        self._ending = True
        try:
            self._secure.unwrap()
        except OSError:  # it has yet to say so as well, or still says other things
            socket.socket.shutdown(self._secure, socket.SHUT_WR)
            return True
        return False

    def _watch(self) -> None:
        self._await(self.far, (0 if self._to_near else IN) | (OUT if self._to_far else 0))
        self._await(self.near, (0 if self._to_far or self._ending else IN) | (OUT if self._to_near else 0))

    def _await(self, descriptor: int, events: int) -> None:
        if self._watched[descriptor] != events:
            self._watched[descriptor] = events
            self._epoll.modify(descriptor, events)

"""The way in: connections that the supervisor hands over, until the door has answered them."""

import os
import socket
from collections.abc import Callable, Mapping

from ewarn.gateway import sockets
from ewarn.gateway.connections import Connections
from ewarn.gateway.counters import Reason
from ewarn.gateway.door import Door
from ewarn.gateway.handshake import Answer, Page, Wait, Welcome
from ewarn.gateway.hearing import READABLE
from ewarn.gateway.leaving import Leaving
from ewarn.gateway.questions import Questions
from ewarn.gateway.settings import HANDOFF_BATCH, Limits

READ_BYTES = 8192


class Entrance:
    """Reads and writes for a door."""

    def __init__(
        self,
        limits: Limits,
        pages: Mapping[str, Page],
        connections: Connections,
        leaving: Leaving,
        capacity: int,
        welcome: Callable[[int, Welcome], None],
        questions: Questions,
    ) -> None:
        """`welcome` is given a connection that has been accepted."""
        self.door = Door(limits.handshake_s, limits.handshake_bytes, pages)
        self._connections = connections
        self._leaving = leaving
        self._questions = questions
        self._capacity = capacity
        self._welcome = welcome

    def admit(self, handoff: socket.socket) -> None:
        """Take over connections that the supervisor accepted."""
        try:
            _, descriptors, _, _ = socket.recv_fds(handoff, 1, HANDOFF_BATCH)
        except BlockingIOError:
            return
        connections = self._connections
        now = connections.now()
        for descriptor in descriptors:
            connections.counters.add("accepted")
            if descriptor >= len(connections.roster.parked):
                os.close(descriptor)
                connections.counters.ended(Reason.FULL)
                continue
            os.set_blocking(descriptor, False)
            connections.epoll.register(descriptor, READABLE)
            self.door.admit(descriptor, now)

    def read(self, descriptor: int) -> None:
        """Read what a caller says, and answer once it is a whole request."""
        data = sockets.read(descriptor, READ_BYTES)
        if data == b"":
            self.door.forget(descriptor)
            self._connections.drop(descriptor, Reason.LOST)
        elif data:
            full = self._connections.roster.connections >= self._capacity
            if answer := self.door.hear(descriptor, data, full=full):
                self._give(descriptor, answer)

    def wait(self, descriptor: int) -> None:
        """Whatever is said by who waits for a page is let be, unless it is that they are gone."""
        if sockets.read(descriptor, READ_BYTES) == b"":
            self._questions.forget(descriptor)
            self._connections.drop(descriptor, Reason.LOST)

    def expire(self, now: float) -> None:
        """End those who took too long."""
        for descriptor in self.door.expire(now):
            self._connections.drop(descriptor, Reason.HANDSHAKE_TIMEOUT)

    def _give(self, descriptor: int, answer: Answer) -> None:
        """A fresh connection's buffer holds an answer, so a short write means that it is gone."""
        if isinstance(answer, Wait):
            self._questions.ask(descriptor, answer.later, lambda page: self._give(descriptor, answer.show(page)))
        elif not isinstance(answer, Welcome):
            if answer.reason is Reason.HTTP:
                # A page may be longer than alerts are: the buffer takes it whole, and it is gone with the connection.
                sockets.widen(descriptor, 2 * len(answer.said))
            sockets.write(descriptor, answer.said)
            self._leaving.depart(descriptor, answer.reason)
        elif sockets.write(descriptor, answer.said) == len(answer.said):
            self._welcome(descriptor, answer)
        else:
            self._leaving.depart(descriptor, Reason.BAD_REQUEST)

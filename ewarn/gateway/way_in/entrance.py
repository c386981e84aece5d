"""The way in: connections that the supervisor hands over, until the door has answered them."""

import os
import socket
from collections.abc import Callable
from functools import partial
from http import HTTPStatus

from websockets.server import ServerProtocol

from ewarn.errors import InputError
from ewarn.gateway.clients import sockets
from ewarn.gateway.clients.connections import Connections
from ewarn.gateway.clients.hearing import READABLE
from ewarn.gateway.clients.leaving import Leaving
from ewarn.gateway.clients.questions import Questions
from ewarn.gateway.counters import Reason
from ewarn.gateway.settings import HANDOFF_BATCH, Callers, Limits
from ewarn.gateway.tls.proxied import Proxied
from ewarn.gateway.way_in import busy
from ewarn.gateway.way_in.door import Door
from ewarn.gateway.way_in.handshake import Answer, Goodbye, House, Wait, Welcome
from ewarn.gateway.way_in.seats import Seats
from ewarn.gateway.way_in.shares import Shares
from ewarn.system.address import subscriber_of

READ_BYTES = 8192


class Entrance:
    """Reads and writes for a door."""

    def __init__(
        self,
        limits: Limits,
        callers: Callers,
        house: House,
        connections: Connections,
        leaving: Leaving,
        seats: Seats,
        welcome: Callable[[int, Welcome], None],
        proxied: Proxied,
        questions: Questions,
        shares: Shares | None = None,
    ) -> None:
        """`welcome` is given a connection that has been accepted; without `shares` an address may have any number."""
        self.door = Door(limits.handshake_s, limits.handshake_bytes, house, callers.door_share)
        self._house = house
        self._connections = connections
        self._leaving = leaving
        self._seats = seats
        self._questions = questions
        self._welcome = welcome
        self._proxied = proxied
        self._shares = shares
        if shares:
            connections.forgetters.append(shares.give_back)

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
                sockets.write(descriptor, self._house.busy.said(busy.WHY[Reason.FULL]))
                os.close(descriptor)
                connections.counters.ended(Reason.FULL)
                continue
            os.set_blocking(descriptor, False)
            connections.epoll.register(descriptor, READABLE)
            expects_header = self._proxied.admit(descriptor, sockets.peer)
            # Of those who come by a proxy only its header says whose they are.
            self.door.admit(descriptor, now, b"" if expects_header else sockets.subscriber(descriptor))

    def read(self, descriptor: int) -> None:
        """Read what a caller says, and answer once it is a whole request."""
        data = sockets.read(descriptor, READ_BYTES)
        if data == b"":
            self.lose(descriptor)
            return
        if data and descriptor in self._proxied:
            data = self._after_header(descriptor, data)
        if data:
            subscriber = self.door.subscriber(descriptor)
            if answer := self.door.hear(descriptor, data, self._full(subscriber)):
                self._give(descriptor, answer, subscriber)

    def surplus(self) -> tuple[int, Reason] | None:
        """Who has to leave the door, and why, since others came; ask again after `dismiss`."""
        return self.door.surplus(self._seats.at_the_door(self._connections.roster.connections))

    def lose(self, descriptor: int) -> None:
        """A caller is gone, so that nothing can be answered, whatever it asked: that is not even read."""
        self.door.forget(descriptor)
        self._connections.drop(descriptor, Reason.LOST)

    def dismiss(self, descriptor: int, reason: Reason, *, heard: bool = True) -> None:
        """Hear a caller a last time, since its request may have come meanwhile; else it has to come back.

        Not `heard`: it has to, whatever it said.
        """
        if heard:
            self.read(descriptor)
        else:
            sockets.read(descriptor, READ_BYTES)
        if descriptor in self.door:
            self.door.forget(descriptor)
            # All that it said has been read, so closing is no reset, which would take this answer back.
            sockets.write(descriptor, self._house.busy.said(busy.WHY[reason]))
            self._connections.drop(descriptor, reason)

    def _after_header(self, descriptor: int, data: bytes) -> bytes | None:
        """What a caller says itself, once its proxy has said whose caller it is."""
        try:
            found = self._proxied.hear(descriptor, data)
        except InputError as error:
            self.door.forget(descriptor)
            said = ServerProtocol().reject(HTTPStatus.BAD_REQUEST, f"{error}\n").serialize()
            self._give(descriptor, Goodbye(said, Reason.BAD_REQUEST), b"")
            return None
        if not found:
            return None
        self.door.recognise(descriptor, subscriber_of(found[0].source))
        return found[1]

    def wait(self, descriptor: int) -> None:
        """Whatever is said by who waits for a page is let be, unless it is that they are gone."""
        if sockets.read(descriptor, READ_BYTES) == b"":
            self._questions.forget(descriptor)
            self._connections.drop(descriptor, Reason.LOST)

    def expire(self, now: float) -> None:
        """End those who took too long."""
        for descriptor in self.door.expire(now):
            self._connections.drop(descriptor, Reason.HANDSHAKE_TIMEOUT)

    def _full(self, subscriber: bytes) -> Reason | None:
        """Why nobody from an address can be taken in, or None."""
        if not self._seats.free(self._connections.roster.connections):
            return Reason.FULL
        return Reason.ADDRESS if self._shares and self._shares.spent(subscriber) else None

    def _give(self, descriptor: int, answer: Answer, subscriber: bytes) -> None:
        """A fresh connection's buffer holds an answer, so a short write means that it is gone."""
        if isinstance(answer, Wait):
            give = partial(self._give, descriptor, subscriber=subscriber)
            self._questions.ask(descriptor, answer.later, lambda page: give(answer.show(page)))
        elif not isinstance(answer, Welcome):
            if answer.reason is Reason.HTTP:
                # A page may be longer than alerts are: the buffer takes it whole, and it is gone with the connection.
                sockets.widen(descriptor, 2 * len(answer.said))
            sockets.write(descriptor, answer.said)
            self._leaving.depart(descriptor, answer.reason)
        elif sockets.write(descriptor, answer.said) == len(answer.said):
            if self._shares:
                self._shares.take(descriptor, subscriber)
            self._welcome(descriptor, answer)
        else:
            self._leaving.depart(descriptor, Reason.BAD_REQUEST)

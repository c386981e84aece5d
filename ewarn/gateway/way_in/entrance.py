"""The way in: connections that the supervisor hands over, until the door has answered them."""

import os
import socket
import time
from collections.abc import Callable
from functools import partial
from http import HTTPStatus
from typing import Protocol

from websockets.server import ServerProtocol

from ewarn.errors import InputError
from ewarn.gateway.clients import sockets
from ewarn.gateway.clients.budget import Budget
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
from ewarn.gateway.way_in.usual import Usual
from ewarn.system.address import subscriber_of

READ_BYTES = 8192


class Welcoming(Protocol):
    """What is done with a connection that has been accepted."""

    def __call__(self, descriptor: int, welcome: Welcome, *, watched: bool) -> None:
        """`watched`: it is in the epoll of the door."""


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
        welcome: Welcoming,
        proxied: Proxied,
        questions: Questions,
        shares: Shares | None = None,
    ) -> None:
        """`welcome` is given a connection that has been accepted; without `shares` an address may have any number."""
        self.door = Door(limits.handshake_s, limits.handshake_bytes, house, callers.door_share)
        self._house = house
        self._usual = Usual(house.allowed, limits.handshake_bytes, time.time)
        self._connections = connections
        self._leaving = leaving
        self._seats = seats
        self._questions = questions
        self._welcome = welcome
        self._proxied = proxied
        self._shares = shares
        if shares:
            connections.forgetters.append(shares.give_back)

    def admit(self, handoff: socket.socket, budget: Budget, on_fault: Callable[[int], None]) -> None:
        """Take over connections that the supervisor accepted; while there is time, hear what they have said by now.

        What goes wrong with one is said to `on_fault`, from within the handling of the exception.
        """
        try:
            _, descriptors, _, _ = socket.recv_fds(handoff, 1, HANDOFF_BATCH)
        except BlockingIOError:
            return
        connections = self._connections
        now = connections.now()
        connections.counters.add("accepted", len(descriptors))
        for descriptor in descriptors:
            if descriptor >= len(connections.roster.parked):
                sockets.write(descriptor, self._house.busy.said(busy.WHY[Reason.FULL]))
                os.close(descriptor)
                connections.counters.ended(Reason.FULL)
                continue
            try:
                self._meet(descriptor, now, heard=budget.left)
            except Exception:  # noqa: BLE001  told
                on_fault(descriptor)

    def _meet(self, descriptor: int, now: float, *, heard: bool) -> None:
        """In a rush a request has come by the time that its caller does: who is welcome never stands at the door."""
        expects_header = self._proxied.admit(descriptor, sockets.peer)
        data = sockets.read(descriptor, READ_BYTES) if heard else None
        if data == b"":
            self._connections.drop(descriptor, Reason.LOST)
            return
        if data and not expects_header and self._welcome_at_once(descriptor, data):
            return
        self._connections.epoll.register(descriptor, READABLE)
        # Of those who come by a proxy only its header says whose they are.
        self.door.admit(descriptor, now, b"" if expects_header else sockets.subscriber(descriptor))
        if data and sockets.is_gone(descriptor):  # what takes long to answer is not answered to nobody
            self.lose(descriptor)
        elif data:
            self._hear(descriptor, data)

    def _welcome_at_once(self, descriptor: int, data: bytes) -> bool:
        """False for whoever wants a closer look."""
        if self._shares or self._full(b"") or (answer := self._usual.welcome(data)) is None:
            return False
        if sockets.write(descriptor, answer.said) == len(answer.said):
            self._welcome(descriptor, answer, watched=False)
        else:  # a fresh connection's buffer holds an answer
            self._connections.drop(descriptor, Reason.LOST)
        return True

    def read(self, descriptor: int) -> None:
        """Read what a caller says, and answer once it is a whole request."""
        data = sockets.read(descriptor, READ_BYTES)
        if data == b"":
            self.lose(descriptor)
        elif data:
            self._hear(descriptor, data)

    def _hear(self, descriptor: int, said: bytes) -> None:
        data: bytes | None = said
        if descriptor in self._proxied:
            data = self._after_header(descriptor, said)
        if data:
            subscriber = self.door.subscriber(descriptor)
            full = self._full(subscriber)
            answer: Answer | None = None
            if not full and self.door.is_silent(descriptor) and (answer := self._usual.welcome(data)):
                self.door.forget(descriptor)
            if answer or (answer := self.door.hear(descriptor, data, full)):
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
            self._welcome(descriptor, answer, watched=True)
        else:
            self._leaving.depart(descriptor, Reason.BAD_REQUEST)

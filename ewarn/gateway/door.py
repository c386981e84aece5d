"""The door of a shard: opening handshakes, and the few pages that plain HTTP can ask for.

The handshake itself is the websockets library's; its protocol object lives until the answer is written.
"""

import os
import socket
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Protocol

from websockets.http11 import Request
from websockets.server import ServerProtocol

from ewarn.errors import InputError
from ewarn.gateway.counters import Reason
from ewarn.gateway.settings import Limits
from ewarn.wire.subscriptions import ALERTS_PATH, Subscription, parse_path

HEAD_END = b"\r\n\r\n"


@dataclass(slots=True)
class _Caller:
    deadline: float
    protocol: ServerProtocol | None = None
    """None until he has said something: a silent connection costs next to nothing"""
    said: bytes = b""


class Host(Protocol):
    """What the door asks of its shard."""

    def has_room(self) -> bool:
        """Whether one more connection can be parked."""

    def welcome(self, descriptor: int, subscription: Subscription, said_since: bytes) -> None:
        """Take in a connection whose handshake is done; `said_since` came on its heels."""

    def depart(self, descriptor: int, reason: Reason) -> None:
        """End a connection that has been told why; its last words may still be on the way."""

    def drop(self, descriptor: int, reason: Reason) -> None:
        """End a connection at once."""


Page = Callable[[str], tuple[str, str]]
"""from the path and query asked for to (content type, body); raises InputError for a query that will not do"""


class Door:
    """Connections that have yet to say who they are."""

    def __init__(self, host: Host, limits: Limits, pages: dict[str, Page]) -> None:
        self._host = host
        self._limits = limits
        self._pages = pages
        self._callers: dict[int, _Caller] = {}

    def __contains__(self, descriptor: int) -> bool:
        """Whether a descriptor is still at the door."""
        return descriptor in self._callers

    def __len__(self) -> int:
        """Connections at the door."""
        return len(self._callers)

    def admit(self, descriptor: int, now: float) -> None:
        """A new connection."""
        self._callers[descriptor] = _Caller(now + self._limits.handshake_s)

    def forget(self, descriptor: int) -> None:
        """A connection is gone."""
        self._callers.pop(descriptor, None)

    def expire(self, now: float) -> None:
        """End those who took too long."""
        for descriptor, caller in list(self._callers.items()):
            if caller.deadline > now:
                break  # admitted in order, and all have the same time
            del self._callers[descriptor]
            self._host.drop(descriptor, Reason.HANDSHAKE_TIMEOUT)

    def read(self, descriptor: int) -> None:
        """Read what a caller says, and answer once it is a whole request."""
        caller = self._callers[descriptor]
        try:
            data = os.read(descriptor, self._limits.handshake_bytes)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            del self._callers[descriptor]
            self._host.drop(descriptor, Reason.LOST)
            return
        if caller.protocol is None:
            caller.protocol = ServerProtocol(max_size=self._limits.message_bytes)
        caller.said += data
        caller.protocol.receive_data(data)
        request = next(iter(caller.protocol.events_received()), None)
        if isinstance(request, Request):
            self._answer(descriptor, caller.protocol, request, caller.said)
        elif caller.protocol.handshake_exc is not None:
            self._give_up(descriptor, caller.protocol)
        elif len(caller.said) >= self._limits.handshake_bytes:
            text = f"the request is longer than {self._limits.handshake_bytes:,} bytes\n"
            self._refuse(descriptor, caller.protocol, HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, text)

    def _give_up(self, descriptor: int, protocol: ServerProtocol) -> None:
        """The library could not read the request; where it does not say why, say what came was no request."""
        said = b"".join(protocol.data_to_send())
        text = "not an HTTP request that can be read\n"
        self._write(descriptor, said or protocol.reject(HTTPStatus.BAD_REQUEST, text).serialize())
        self._leave(descriptor, Reason.BAD_REQUEST)

    def _answer(self, descriptor: int, protocol: ServerProtocol, request: Request, said: bytes) -> None:
        path = request.path.partition("?")[0]
        if page := self._pages.get(path):
            self._show(descriptor, protocol, page, request.path)
        elif path != ALERTS_PATH:
            known = ", ".join([ALERTS_PATH, *self._pages])
            self._refuse(descriptor, protocol, HTTPStatus.NOT_FOUND, f"no such path; there are {known}\n")
        elif not self._host.has_room():
            text = "every shard is full\n"
            self._refuse(descriptor, protocol, HTTPStatus.SERVICE_UNAVAILABLE, text, Reason.FULL)
        else:
            self._subscribe(descriptor, protocol, request, said)

    def _subscribe(self, descriptor: int, protocol: ServerProtocol, request: Request, said: bytes) -> None:
        try:
            subscription = parse_path(request.path)
        except InputError as error:
            self._refuse(descriptor, protocol, HTTPStatus.BAD_REQUEST, f"{error}\n")
            return
        response = protocol.accept(request)
        accepted = response.status_code == HTTPStatus.SWITCHING_PROTOCOLS
        if self._write(descriptor, response.serialize()) and accepted:
            del self._callers[descriptor]
            self._host.welcome(descriptor, subscription, said[said.index(HEAD_END) + len(HEAD_END) :])
        else:
            self._leave(descriptor, Reason.BAD_REQUEST)

    def _show(self, descriptor: int, protocol: ServerProtocol, page: Page, path: str) -> None:
        try:
            content_type, body = page(path)
        except InputError as error:
            self._refuse(descriptor, protocol, HTTPStatus.BAD_REQUEST, f"{error}\n")
            return
        response = protocol.reject(HTTPStatus.OK, body)
        del response.headers["Content-Type"]
        response.headers["Content-Type"] = content_type
        said = response.serialize()
        with socket.socket(fileno=descriptor) as connection:
            # A page may be longer than alerts are: the buffer takes it whole, and it is gone with the connection.
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 2 * len(said))
            connection.detach()
        self._write(descriptor, said)
        self._leave(descriptor, Reason.HTTP)

    def _refuse(
        self,
        descriptor: int,
        protocol: ServerProtocol,
        status: HTTPStatus,
        text: str,
        reason: Reason = Reason.BAD_REQUEST,
    ) -> None:
        self._write(descriptor, protocol.reject(status, text).serialize())
        self._leave(descriptor, reason)

    def _write(self, descriptor: int, data: bytes) -> bool:
        """Write a response; a fresh connection's buffer holds it, so a short write means that it is gone."""
        try:
            return os.write(descriptor, data) == len(data)
        except OSError:
            return False

    def _leave(self, descriptor: int, reason: Reason) -> None:
        del self._callers[descriptor]
        self._host.depart(descriptor, reason)

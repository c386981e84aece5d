"""Opening handshakes, bytes in and an answer out: no descriptor is read or written here, so it is safe to fuzz.

The handshake itself is the websockets library's; its protocol object lives until the answer is there. The answer to a
request is the same however its bytes are cut into pieces.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from http import HTTPStatus
from typing import TypeVar

from websockets.http11 import Request
from websockets.server import ServerProtocol

from ewarn.errors import InputError, quoted
from ewarn.gateway.clients.questions import Body, Later
from ewarn.gateway.counters import Reason
from ewarn.gateway.way_in.busy import WHY, Busy
from ewarn.system.allowed import Allowed, Refusal
from ewarn.wire.subscriptions import ALERTS_PATH, Subscription, parse_path
from ewarn.wire.unreadable import unreadable

HEAD_END = b"\r\n\r\n"
READING = ("GET", "HEAD")
VERSION, SPOKEN = "Sec-WebSocket-Version", "13"
Page = Callable[[str], Body | Later]
"""what is shown, from the path and query asked for; raises InputError for a query that will not do"""


@dataclass(frozen=True)
class House:
    """What callers can have, and who may."""

    pages: Mapping[str, Page]
    allowed: Allowed
    busy: Busy


@dataclass(frozen=True)
class Welcome:
    """Say this, and the connection stays."""

    said: bytes
    subscription: Subscription
    rest: bytes
    """what came on the heels of the request"""


@dataclass(frozen=True)
class Goodbye:
    """Say this, and the connection ends."""

    said: bytes
    reason: Reason


@dataclass(frozen=True)
class Wait:
    """A page is to be made first."""

    later: Later
    show: Callable[[Body], Goodbye]
    """what to say then"""


Answer = Welcome | Goodbye | Wait
Said = TypeVar("Said", Answer, Goodbye)


class Caller:
    """A connection that has yet to say who it is."""

    __slots__ = ("_most_bytes", "_protocol", "_said", "_understood")

    def __init__(self, most_bytes: int) -> None:
        """`most_bytes` is the longest request."""
        self._most_bytes = most_bytes
        self._said = b""
        self._understood = 0
        """bytes that the protocol object has had"""
        self._protocol: ServerProtocol | None = None
        """None until it has said something: a silent connection costs next to nothing"""

    @property
    def spoke(self) -> bool:
        """Whether it has said anything."""
        return bool(self._said)

    def hear(self, data: bytes, house: House, full: Reason | None = None) -> Answer | None:
        """The answer to what it has said so far, once that is a whole request; then it is not to be heard again.

        `full`: why no more connections can be taken in, if so.
        """
        self._said += data
        if self._protocol is None and b"\n" not in data and len(self._said) < self._most_bytes:
            return None  # not a line yet, and one byte at a time costs no more than the bytes
        protocol = self._protocol = self._protocol or ServerProtocol()
        end = self._said.find(HEAD_END, max(0, self._understood - len(HEAD_END)), self._most_bytes)
        head = min(len(self._said), self._most_bytes) if end < 0 else end + len(HEAD_END)
        protocol.receive_data(self._said[self._understood : head])
        self._understood = head
        request = next(iter(protocol.events_received()), None)
        if isinstance(request, Request):
            return _as_asked(request, _answer(protocol, request, house, self._said[head:], full))
        if protocol.handshake_exc is not None:
            # Where the library does not say why it could not read the request, say what it found.
            said = b"".join(protocol.data_to_send())
            text = unreadable(protocol.handshake_exc)
            return Goodbye(said, Reason.BAD_REQUEST) if said else _refuse(protocol, HTTPStatus.BAD_REQUEST, text)
        if head == self._most_bytes:
            text = f"the request is longer than {self._most_bytes:,} bytes\n"
            return _refuse(protocol, HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, text)
        return None


def _answer(protocol: ServerProtocol, request: Request, house: House, rest: bytes, full: Reason | None) -> Answer:
    if not request.path.startswith("/"):
        text = f"request target: expected a path, got {quoted(request.path)}\n"
        return _refuse(protocol, HTTPStatus.BAD_REQUEST, text)
    headers, path = request.headers, request.path.partition("?")[0]
    refusal = house.allowed.refusal(headers.get_all("Host"), headers.get_all("Origin"))
    if refusal and refusal.status is HTTPStatus.BAD_REQUEST:
        return _turn_away(protocol, refusal)
    try:
        if page := house.pages.get(path):
            if refusal:
                return _turn_away(protocol, refusal)
            # Before version 17 the library takes no other method, and does not say which it was.
            if (method := getattr(request, "method", "GET")) not in READING:
                return _not_by(protocol, method)
            show, found = partial(_show, protocol, request), page(request.path)
            return Wait(found, show) if isinstance(found, Later) else show(found)
        if path != ALERTS_PATH:
            known = ", ".join([ALERTS_PATH, *house.pages])
            return _refuse(protocol, HTTPStatus.NOT_FOUND, f"no such path; there are {known}\n")
        if full:
            return Goodbye(house.busy.said(WHY[full]), full)
        subscription = parse_path(request.path)
    except InputError as error:
        return _refuse(protocol, HTTPStatus.BAD_REQUEST, f"{error}\n")
    if getattr(request, "protocol", "HTTP/1.1") != "HTTP/1.1":
        # Before version 17 the library cannot read such a request, and RFC 6455 names 400 (section 4.2.1).
        return _refuse(protocol, HTTPStatus.BAD_REQUEST, "a WebSocket is opened by a request of HTTP/1.1\n")
    response = protocol.accept(request)
    if response.status_code == HTTPStatus.SWITCHING_PROTOCOLS:
        if refusal:
            return _turn_away(protocol, refusal)
        return Welcome(response.serialize(), subscription, rest)
    return _refuse_version(protocol, request) or Goodbye(response.serialize(), Reason.BAD_REQUEST)


def _refuse_version(protocol: ServerProtocol, request: Request) -> Goodbye | None:
    """Of a request for another version of the protocol: which there is, RFC 6455 section 4.2.2, unlike the library."""
    asked = request.headers.get_all(VERSION)
    if len(asked) != 1 or asked[0] == SPOKEN:
        return None
    refused = protocol.reject(HTTPStatus.UPGRADE_REQUIRED, f"{VERSION}: expected {SPOKEN}, got {quoted(asked[0])}\n")
    refused.headers["Upgrade"] = "websocket"  # RFC 9110, 15.5.22
    refused.headers[VERSION] = SPOKEN
    return Goodbye(refused.serialize(), Reason.BAD_REQUEST)


def _as_asked(request: Request, answer: Said) -> Said:
    """To HEAD, all but the body, whatever is answered: RFC 9110 section 9.3.2."""
    if not isinstance(answer, Goodbye) or getattr(request, "method", "GET") != "HEAD":
        return answer
    return replace(answer, said=answer.said[: answer.said.find(HEAD_END) + len(HEAD_END)])


def _show(protocol: ServerProtocol, request: Request, page: Body) -> Goodbye:
    content_type, body = page
    response = protocol.reject(HTTPStatus.OK, body)
    del response.headers["Content-Type"]
    response.headers["Content-Type"] = content_type
    return _as_asked(request, Goodbye(response.serialize(), Reason.HTTP))


def _not_by(protocol: ServerProtocol, method: str) -> Goodbye:
    """A page is there to be read alone."""
    refused = protocol.reject(HTTPStatus.METHOD_NOT_ALLOWED, f"{quoted(method)} is not one of {', '.join(READING)}\n")
    refused.headers["Allow"] = ", ".join(READING)
    return Goodbye(refused.serialize(), Reason.BAD_REQUEST)


def _refuse(protocol: ServerProtocol, status: HTTPStatus, text: str, reason: Reason = Reason.BAD_REQUEST) -> Goodbye:
    return Goodbye(protocol.reject(status, text).serialize(), reason)


def _turn_away(protocol: ServerProtocol, refusal: Refusal) -> Goodbye:
    return _refuse(protocol, refusal.status, f"{refusal.text}\n", Reason(refusal.why))

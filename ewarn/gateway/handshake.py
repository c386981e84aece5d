"""Opening handshakes, bytes in and an answer out: no descriptor is read or written here, so it is safe to fuzz.

The handshake itself is the websockets library's; its protocol object lives until the answer is there. The answer to a
request is the same however its bytes are cut into pieces.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from http import HTTPStatus

from websockets.http11 import Request
from websockets.server import ServerProtocol

from ewarn.errors import InputError, quoted
from ewarn.gateway.counters import Reason
from ewarn.wire.subscriptions import ALERTS_PATH, Subscription, parse_path

HEAD_END = b"\r\n\r\n"
READING = ("GET", "HEAD")
VERSION, SPOKEN = "Sec-WebSocket-Version", "13"
Page = Callable[[str], tuple[str, str]]
"""from the path and query asked for to (content type, body); raises InputError for a query that will not do"""


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


Answer = Welcome | Goodbye


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

    def hear(self, data: bytes, pages: Mapping[str, Page], *, full: bool) -> Answer | None:
        """The answer to what it has said so far, once that is a whole request; then it is not to be heard again.

        `full`: no more connections can be taken in.
        """
        self._said += data
        protocol = self._protocol = self._protocol or ServerProtocol()
        end = self._said.find(HEAD_END, max(0, self._understood - len(HEAD_END)), self._most_bytes)
        head = min(len(self._said), self._most_bytes) if end < 0 else end + len(HEAD_END)
        protocol.receive_data(self._said[self._understood : head])
        self._understood = head
        request = next(iter(protocol.events_received()), None)
        if isinstance(request, Request):
            return _as_asked(request, _answer(protocol, request, pages, self._said[head:], full=full))
        if protocol.handshake_exc is not None:
            # Where the library does not say why it could not read the request, say that what came was none.
            said = b"".join(protocol.data_to_send())
            text = "not an HTTP request that can be read\n"
            return Goodbye(said, Reason.BAD_REQUEST) if said else _refuse(protocol, HTTPStatus.BAD_REQUEST, text)
        if head == self._most_bytes:
            text = f"the request is longer than {self._most_bytes:,} bytes\n"
            return _refuse(protocol, HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, text)
        return None


def _answer(
    protocol: ServerProtocol, request: Request, pages: Mapping[str, Page], rest: bytes, *, full: bool
) -> Answer:
    if (hosts := len(request.headers.get_all("Host"))) != 1:  # RFC 9112, 3.2
        return _refuse(protocol, HTTPStatus.BAD_REQUEST, f"Host: expected one header, got {hosts}\n")
    path = request.path.partition("?")[0]
    try:
        if page := pages.get(path):
            # Before version 17 the library takes no other method, and does not say which it was.
            return _show(protocol, getattr(request, "method", "GET"), *page(request.path))
        if path != ALERTS_PATH:
            known = ", ".join([ALERTS_PATH, *pages])
            return _refuse(protocol, HTTPStatus.NOT_FOUND, f"no such path; there are {known}\n")
        if full:
            return _refuse(protocol, HTTPStatus.SERVICE_UNAVAILABLE, "every shard is full\n", Reason.FULL)
        subscription = parse_path(request.path)
    except InputError as error:
        return _refuse(protocol, HTTPStatus.BAD_REQUEST, f"{error}\n")
    response = protocol.accept(request)
    if response.status_code == HTTPStatus.SWITCHING_PROTOCOLS:
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


def _as_asked(request: Request, answer: Answer) -> Answer:
    """To HEAD, all but the body, whatever is answered: RFC 9110 section 9.3.2."""
    if isinstance(answer, Welcome) or getattr(request, "method", "GET") != "HEAD":
        return answer
    return replace(answer, said=answer.said[: answer.said.find(HEAD_END) + len(HEAD_END)])


def _show(protocol: ServerProtocol, method: str, content_type: str, body: str) -> Goodbye:
    """A page is there to be read alone."""
    if method not in READING:
        refused = protocol.reject(
            HTTPStatus.METHOD_NOT_ALLOWED, f"{quoted(method)} is not one of {', '.join(READING)}\n"
        )
        refused.headers["Allow"] = ", ".join(READING)
        return Goodbye(refused.serialize(), Reason.BAD_REQUEST)
    response = protocol.reject(HTTPStatus.OK, body)
    del response.headers["Content-Type"]
    response.headers["Content-Type"] = content_type
    return Goodbye(response.serialize(), Reason.HTTP)


def _refuse(protocol: ServerProtocol, status: HTTPStatus, text: str, reason: Reason = Reason.BAD_REQUEST) -> Goodbye:
    return Goodbye(protocol.reject(status, text).serialize(), reason)

"""Who may ask the demo's servers, and how: what of a request is the same whatever it is for."""

from collections.abc import Callable
from http import HTTPStatus

from websockets.asyncio.server import ServerConnection
from websockets.http11 import Request, Response

from ewarn.demo.static import TYPES, response
from ewarn.errors import quoted
from ewarn.system.allowed import Allowed

READING = ("GET", "HEAD")
LetIn = Callable[[ServerConnection, Request], Response | None]


class Doorkeeper:
    """Stands before a server's own answer to a request."""

    def __init__(self, allowed: Allowed, let_in: LetIn) -> None:
        self._allowed, self._let_in = allowed, let_in

    def let_in(self, connection: ServerConnection, request: Request) -> Response | None:
        """A refusal, or what the server answers; None: the WebSocket is opened."""
        # Before version 17 the library takes no other method, and does not say which it was.
        method = getattr(request, "method", "GET")
        if method not in READING:
            refused = _said(HTTPStatus.METHOD_NOT_ALLOWED, f"{quoted(method)} is not one of {', '.join(READING)}")
            refused.headers["Allow"] = ", ".join(READING)
            return refused
        if not request.path.startswith("/"):
            return _said(HTTPStatus.BAD_REQUEST, f"request target: expected a path, got {quoted(request.path)}")
        if found := self._allowed.refusal(request.headers.get_all("Host"), request.headers.get_all("Origin")):
            return _said(found.status, found.text)
        answer = self._let_in(connection, request)
        if answer is None and getattr(request, "protocol", "HTTP/1.1") != "HTTP/1.1":
            return _said(HTTPStatus.BAD_REQUEST, "a WebSocket is opened by a request of HTTP/1.1")
        if answer and method == "HEAD":
            answer.body = b""
        return answer


def _said(status: HTTPStatus, text: str) -> Response:
    return response(status, TYPES[".txt"], f"{text}\n".encode())

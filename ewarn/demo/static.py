"""The files of the page, and the headers that keep a browser from doing anything else with them."""

from http import HTTPStatus
from pathlib import Path

from websockets.datastructures import Headers
from websockets.http11 import Response

from ewarn import words

TYPES = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".json": "application/json",
    ".txt": "text/plain; charset=utf-8",
}
SAFE = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self' ws://127.0.0.1:* ws://localhost:*; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cache-Control": "no-store",
}


def folder() -> Path:
    """Where the page's files stand."""
    return Path(__file__).parent.parent / "page"


class Files:
    """Read once: nothing that a request says becomes a path."""

    def __init__(self, where: Path) -> None:
        self._content = {
            f"/{path.name}": (TYPES[path.suffix], path.read_bytes()) for path in where.iterdir() if path.suffix in TYPES
        }
        self._content["/languages.js"] = (TYPES[".js"], words.module().encode())
        self._content["/"] = self._content["/index.html"]

    def answer(self, path: str) -> Response:
        """To a GET of this path, query and all."""
        name = path.partition("?")[0]
        if name not in self._content:
            return response(HTTPStatus.NOT_FOUND, TYPES[".txt"], b"no such page\n")
        return response(HTTPStatus.OK, *self._content[name])


def response(status: HTTPStatus, content_type: str, body: bytes) -> Response:
    """With `SAFE` headers."""
    headers = Headers({"Content-Type": content_type, "Content-Length": str(len(body)), "Connection": "close"} | SAFE)
    return Response(status, status.phrase, headers, body)

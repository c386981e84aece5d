"""Requests as nearly all clients write them, answered for a tenth of what a protocol object costs. No I/O.

Only what is beyond doubt is answered here, with the answer that `handshake` would give; for everything else there is
none, and the request takes the long way. So no check is weaker for being quick.
"""

import re
from collections.abc import Callable
from email.utils import formatdate

from websockets.utils import accept_key

from ewarn.errors import InputError
from ewarn.gateway.way_in.handshake import SPOKEN, Welcome
from ewarn.system.allowed import Allowed
from ewarn.wire.subscriptions import ALERTS_PATH, parse_path

MOST_CALLED = 64
"""pairs of Host and Origin that are remembered as allowed"""
_REQUEST = re.compile(
    rb"GET (%s\?[!-~]{1,2000}) HTTP/1\.1\r\n((?:[A-Za-z-]{1,40}: [!-~][ -~]{0,400}\r\n){5,20})\r\n"
    % re.escape(ALERTS_PATH).encode()
)
"""one space, a value, and nothing that RFC 9112 would have a reader mend"""
_FIELD = re.compile(rb"([A-Za-z-]+): ([ -~]+)\r\n")
_KEY = re.compile(rb"[A-Za-z0-9+/]{22}==")
"""16 bytes in base64 (RFC 6455, 4.1)"""
_DECIDE = {b"host", b"upgrade", b"connection", b"sec-websocket-key", b"sec-websocket-version"}
_KNOWN = _DECIDE | {
    b"origin",
    *(b"user-agent", b"accept", b"accept-encoding", b"accept-language", b"cache-control", b"pragma"),
    b"sec-websocket-extensions",
}
"""those that decide, and those by which nothing is decided here"""


class Usual:
    """Remembers by which names it was asked, and what day it is."""

    def __init__(self, allowed: Allowed, most_bytes: int, time: Callable[[], float]) -> None:
        """`most_bytes` is the longest request; `time` says seconds since 1970."""
        self._allowed, self._most_bytes, self._time = allowed, most_bytes, time
        self._called: set[tuple[bytes, bytes | None]] = set()
        self._second, self._date = -1, b""

    def welcome(self, data: bytes) -> Welcome | None:
        """The answer to a whole request that is to be welcomed; None for anything that wants a closer look."""
        if (found := _REQUEST.match(data)) is None or found.end() > self._most_bytes:
            return None
        fields = _FIELD.findall(found[2])
        said = {name.lower(): value for name, value in fields}
        if len(said) != len(fields) or not said.keys() <= _KNOWN or not said.keys() >= _DECIDE:
            return None
        key = said[b"sec-websocket-key"]
        upgrades = said[b"upgrade"].lower() == b"websocket" and said[b"connection"].lower() == b"upgrade"
        if not upgrades or said[b"sec-websocket-version"] != SPOKEN.encode() or not _KEY.fullmatch(key):
            return None
        if not self._may_ask(said[b"host"], said.get(b"origin")):
            return None
        try:
            subscription = parse_path(found[1].decode())
        except InputError:
            return None
        return Welcome(self._answer(key), subscription, data[found.end() :])

    def _may_ask(self, host: bytes, origin: bytes | None) -> bool:
        if (host, origin) in self._called:
            return True
        if self._allowed.refusal([host.decode()], [] if origin is None else [origin.decode()]):
            return False
        if len(self._called) >= MOST_CALLED:
            self._called.clear()
        self._called.add((host, origin))
        return True

    def _answer(self, key: bytes) -> bytes:
        """RFC 6455, 4.2.2, as the websockets library writes it."""
        if (second := int(self._time())) != self._second:
            self._second, self._date = second, formatdate(second, usegmt=True).encode()
        return (
            b"HTTP/1.1 101 Switching Protocols\r\nDate: %b\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Accept: %b\r\n\r\n" % (self._date, accept_key(key.decode()).encode())
        )

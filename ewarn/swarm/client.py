"""What a light client says and checks; pure.

The websockets library's client would do the same at some 15 KiB and 300 µs a connection. Half a million of them on
one machine want less: a ready-made request, the one check of the answer that RFC 6455 section 4.1 asks for, and no
object afterwards.
"""

import hashlib
from binascii import b2a_base64
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import urlsplit

from ewarn.errors import InputError, quoted
from ewarn.system.address import joined
from ewarn.wire.framing import CLOSE, PING, PONG, masked_frame

_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
HEAD_END = b"\r\n\r\n"
LONGEST_HEAD = 16384


@dataclass(frozen=True)
class Target:
    """Where to connect."""

    host: str
    port: int
    tls: bool = False
    ca: str | None = None
    """file with the certificates to trust; None: those that this system trusts"""

    @cached_property
    def authority(self) -> str:
        """As in a Host header."""
        return joined(self.host, self.port)


def parse_target(url: str, ca: str | None = None) -> Target:
    """`ws://HOST:PORT`, or `wss://` for TLS, with or without `/v1/alerts`; for `ca` see `Target`. Raises InputError."""
    if "@" in url:  # and what stands before it may be a password, which is not for a log
        raise InputError("--to: expected ws://HOST:PORT, got an address with a user")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise InputError(f"--to: {quoted(url)}: {quoted(str(error))}") from None
    if parts.scheme not in ("ws", "wss") or not parts.hostname or not port:
        raise InputError(f"--to: expected ws://HOST:PORT or wss://HOST:PORT, got {quoted(url)}")
    return Target(parts.hostname, port, parts.scheme == "wss", ca)


def request(target: Target, path: str, key: bytes) -> bytes:
    """The opening handshake; `key` is 16 random bytes."""
    encoded = b2a_base64(key, newline=False).decode()
    return (
        f"GET {path} HTTP/1.1\r\nHost: {target.authority}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Key: {encoded}\r\nSec-WebSocket-Version: 13\r\n\r\n"
    ).encode()


def accept_header(key: bytes) -> bytes:
    """What the server must answer in Sec-WebSocket-Accept."""
    digest = hashlib.sha1(b2a_base64(key, newline=False) + _GUID, usedforsecurity=False).digest()
    return b2a_base64(digest, newline=False)


def answer(data: bytes, key: bytes) -> tuple[bool, bytes] | str:
    """Read the server's answer so far: (done, bytes after it), or in words why it will not do."""
    head, end, rest = data.partition(HEAD_END)
    if not end:
        return (False, b"") if len(data) < LONGEST_HEAD else "the answer's head does not end"
    status, *lines = head.split(b"\r\n")
    if not status.startswith(b"HTTP/1.1 101 "):
        said = rest.decode(errors="replace").strip().splitlines()
        return f"{status.decode(errors='replace')}: {said[0]}" if said else status.decode(errors="replace")
    headers = {}
    for line in lines:
        name, _, value = line.partition(b":")
        headers[name.lower()] = value.strip()
    right = headers.get(b"sec-websocket-accept") == accept_header(key)
    if not right or headers.get(b"upgrade", b"").lower() != b"websocket":
        return "the answer is not a WebSocket handshake for this request"
    return True, rest


def reply(opcode: int, payload: bytes, mask: bytes) -> bytes:
    """What a ping or a close is answered with, RFC 6455 sections 5.5.1 and 5.5.2: the same payload."""
    return masked_frame(PONG if opcode == PING else CLOSE, payload, mask)

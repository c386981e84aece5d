"""What a client says, as bytes."""

from ewarn.wire.framing import masked_frame
from ewarn.wire.subscriptions import ALERTS_PATH

KEY = "dGhlIHNhbXBsZSBub25jZQ=="
"""the sample of RFC 6455, section 1.3"""
MASK = b"\0\0\0\0"
CONTINUATION = 0x0
FINAL = 0x80


def asking(path: str, *headers: str) -> bytes:
    """An opening handshake."""
    lines = (
        f"GET {path} HTTP/1.1",
        "Host: 127.0.0.1",
        "Upgrade: websocket",
        "Connection: Upgrade",
        f"Sec-WebSocket-Key: {KEY}",
        "Sec-WebSocket-Version: 13",
        *headers,
    )
    return "".join(f"{line}\r\n" for line in (*lines, "")).encode()


def fetching(path: str) -> bytes:
    """A request for a page."""
    return f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode()


def following(user: object, places: int = 1) -> str:
    """The path of a user with so many places in Sichuan."""
    where = "".join(f"&place={29 + index / 4:g},{102 + index / 5:g}" for index in range(places))
    return f"{ALERTS_PATH}?user={user}{where}"


def frame(opcode: int, payload: bytes = b"") -> bytes:
    """A final frame of a client, masked."""
    return masked_frame(opcode, payload, MASK)


def unfinished(opcode: int, payload: bytes = b"") -> bytes:
    """The same, with more to come."""
    whole = bytearray(frame(opcode, payload))
    whole[0] &= ~FINAL
    return bytes(whole)

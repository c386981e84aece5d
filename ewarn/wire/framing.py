"""WebSocket frames as far as a fan-out and its clients need them, RFC 6455 section 5.2.

The gateway reads what clients send through the websockets library; here is only the arithmetic around it: headers
of frames that are sent by the hundred thousand, and where frames end in bytes received.
"""

from typing import NamedTuple

TEXT, CLOSE, PING, PONG = 0x1, 0x8, 0x9, 0xA
_OPCODES = (0x0, TEXT, 0x2, CLOSE, PING, PONG)
_FIN, _MASKED = 0x80, 0x80
_WHOLE_TEXT = bytes([_FIN | TEXT])
"""begins every text frame that is a message by itself"""
_SHORTEST_HEADER = 6
"""of a frame that a client masked"""


class Frame(NamedTuple):
    """One complete frame inside a buffer."""

    final: bool
    opcode: int
    start: int
    """of the payload (still masked, if it came from a client)"""
    end: int


def header(length: int, opcode: int = TEXT, *, mask: bytes = b"") -> bytes:
    """Header of a single-frame message with a payload of `length` bytes; `mask` is four bytes or none."""
    masked = _MASKED if mask else 0
    if length < 126:
        size = bytes([masked | length])
    elif length < 1 << 16:
        size = bytes([masked | 126]) + length.to_bytes(2, "big")
    else:
        size = bytes([masked | 127]) + length.to_bytes(8, "big")
    return bytes([_FIN | opcode]) + size + mask


def masked_frame(opcode: int, payload: bytes, mask: bytes) -> bytes:
    """A whole frame as a client must send it."""
    return header(len(payload), opcode, mask=mask) + masked(payload, mask)


def masked(payload: bytes, mask: bytes) -> bytes:
    """A payload scrambled, or one scrambled made plain: section 5.3 of the standard, as one sum of two long numbers."""
    length = len(payload)
    key = (mask * (length // 4 + 1))[:length]
    return (int.from_bytes(payload, "big") ^ int.from_bytes(key, "big")).to_bytes(length, "big")


def next_frame(data: bytes | bytearray, at: int = 0) -> Frame | None:
    """The frame that begins at `at`, or None while it is not complete."""
    if len(data) < at + 2:
        return None
    first, second = data[at], data[at + 1]
    length, start = second & 0x7F, at + 2
    if length >= 126:
        size = 2 if length == 126 else 8
        length, start = int.from_bytes(data[start : start + size], "big"), start + size
    start += 4 if second & _MASKED else 0
    if len(data) < start or len(data) < start + length:
        return None
    return Frame(bool(first & _FIN), first & 0x0F, start, start + length)


def length_fault(data: bytes | bytearray, at: int = 0) -> str:
    """What is against the standard in the length of a client's frame that begins at `at`; empty while nothing is.

    It is written in as few bytes as can be, and the most significant bit of eight is 0. A frame that is not masked, or
    of an opcode that there is not, is wrong before that.
    """
    head = data[at : at + 10]
    if len(head) < 4 or not head[1] & _MASKED or head[0] & 0x0F not in _OPCODES or (short := head[1] & 0x7F) < 126:
        return ""
    if short == 126:
        length, least = int.from_bytes(head[2:4], "big"), 126
    elif len(head) == 10:
        length, least = int.from_bytes(head[2:], "big"), 1 << 16
    else:
        return ""
    if length >> 63:
        return "a length whose first bit is set"
    return "" if length >= least else f"a length of {length} in more bytes than it takes"


def lone_text(data: bytes, most_bytes: int) -> bytes | None:
    """The payload, made plain, of a text message that came in one whole frame with nothing beside it; else None.

    It knows less than a protocol object, and takes only what that would take: final, masked, no longer than
    `most_bytes`, its length in as few bytes as can be. Whether the payload is UTF-8 is left to the caller.
    """
    found = next_frame(data) if data.startswith(_WHOLE_TEXT) else None
    if found is None or found.end != len(data) or found.start < _SHORTEST_HEADER:
        return None
    length, mask = found.end - found.start, data[found.start - 4 : found.start]
    if length > most_bytes or data[: found.start] != header(length, TEXT, mask=mask):
        return None
    return masked(data[found.start :], mask)

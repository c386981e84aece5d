"""The notation of the conformance cases: what is sent and what must come back, as short text. Pure.

Frames stand in a row, ` | ` between them: `text -fin chat'he'[:20] | cont chat'he'[20:]`. A frame is its opcode
(`text`, `binary`, `cont`, `close`, `ping`, `pong`, or `op3` to `opF`), then any of

- `-fin` `-mask` `+rsv1` `+rsv2` `+rsv3`; `len16` `len64`: the length in more bytes than it takes; `says=N`: a length
  that is not the payload's; `mask=00000000`;
- its payload, in parts: `1000`, a number in two bytes; `'text'`; `x'ff00'`, bytes; `a*125`, a character so many times;
  `chat'text'` and `echo'text'`, what a client says and what comes back; of each but numbers `[2:5]`, a slice.

`raw x'81'` is bytes as they are; `eof` is the end of what the client writes.

What must come back is written in the same way, with `text any`; then `open`, the connection goes on; `waits`, it says
nothing more and keeps the connection; or `end`, it ends. A close without a payload part stands for any payload; one
with a code alone for any reason.
"""

import re
from dataclasses import dataclass

OPCODES = {"cont": 0, "text": 1, "binary": 2, "close": 8, "ping": 9, "pong": 10}
OPCODES |= {f"op{code:X}": code for code in range(16)}
NAMES = {code: name for name, code in reversed(OPCODES.items())}
ENDINGS = ("open", "waits", "end")
MASK = bytes.fromhex("37fa213d")
"""of RFC 6455, section 5.7"""
_PART = re.compile(
    r"(?P<kind>x|chat|echo|)'(?P<body>[^']*)'(?:\[(?P<start>\d*):(?P<stop>\d*)\])?"
    r"|(?P<char>\S)\*(?P<times>\d+)|(?P<word>\S+)"
)


@dataclass(frozen=True)
class Said:
    """A frame that came, or a way to end."""

    what: str
    """an opcode's name, or one of `ENDINGS`"""
    payload: bytes | None = None
    """None: any"""

    def __str__(self) -> str:
        if self.payload is None:
            return self.what
        if self.what == "close":
            code, reason = int.from_bytes(self.payload[:2], "big"), self.payload[2:]
            return f"close {code}{f' {reason[:40]!r}' if reason else ''}" if self.payload else "close"
        return f"{self.what} {self.payload[:60]!r}{'...' if len(self.payload) > 60 else ''}"


def sent(text: str) -> tuple[bytes, bool]:
    """The bytes that a client sends, and whether it then ends its side."""
    pieces = [piece.strip() for piece in text.split(" | ") if piece.strip()]
    return b"".join(_frame(piece) for piece in pieces if piece != "eof"), pieces[-1:] == ["eof"]


def expected(text: str) -> list[Said]:
    """What must come back."""
    return [_expected(piece.strip()) for piece in text.split(" | ")]


def fits(seen: list[Said], wanted: list[Said]) -> bool:
    """Whether what came is what must come."""
    return len(seen) == len(wanted) and all(map(_fits, seen, wanted))


def written(seen: list[Said]) -> str:
    """What came, as text."""
    return " | ".join(map(str, seen)) or "nothing"


def received(data: bytes) -> tuple[list[Said], bytes]:
    """The frames of a server, and the bytes of one that is not whole; ValueError for what a server must not send."""
    frames = []
    while len(data) >= 2:
        size, at = data[1], 2
        if size >= 126:
            wide = 2 if size == 126 else 8
            size, at = int.from_bytes(data[2 : 2 + wide], "big"), 2 + wide
        if data[1] & 0x80 or data[0] & 0x70 or not data[0] & 0x80:
            raise ValueError(f"a server sends frames that are whole and plain, got {data[:2].hex()}")
        if len(data) < at + size:
            break
        frames.append(Said(NAMES[data[0] & 0x0F], data[at : at + size]))
        data = data[at + size :]
    return frames, data


def _fits(seen: Said, wanted: Said) -> bool:
    if seen.what != wanted.what or wanted.payload is None or seen.payload is None:
        return seen.what == wanted.what
    of_code = wanted.what == "close" and len(wanted.payload) == 2
    return seen.payload[:2] == wanted.payload if of_code else seen.payload == wanted.payload


def _expected(piece: str) -> Said:
    what, _, rest = piece.partition(" ")
    if what in ENDINGS:
        return Said(what)
    payload, words = _payload(rest)
    return Said(what, None if "any" in words or (what == "close" and not rest) else payload)


def _frame(piece: str) -> bytes:
    what, _, rest = piece.partition(" ")
    payload, words = _payload(rest)
    if what == "raw":
        return payload
    given = dict(word.split("=") for word in words if "=" in word)
    if unknown := set(words) - {
        "-fin",
        "-mask",
        "+rsv1",
        "+rsv2",
        "+rsv3",
        "len16",
        "len64",
        *map("=".join, given.items()),
    }:
        raise ValueError(f"{piece}: no such words: {unknown}")
    first = OPCODES[what] | (0 if "-fin" in words else 0x80)
    first |= sum(bit for name, bit in (("+rsv1", 0x40), ("+rsv2", 0x20), ("+rsv3", 0x10)) if name in words)
    size = int(given.get("says", len(payload)))
    mask = b"" if "-mask" in words else bytes.fromhex(given.get("mask", MASK.hex()))
    if mask:
        payload = bytes(byte ^ mask[index % 4] for index, byte in enumerate(payload))
    return bytes([first]) + _length(size, words, 0x80 if mask else 0) + mask + payload


def _length(size: int, words: list[str], masked: int) -> bytes:
    if "len64" in words or size >= 1 << 16:
        return bytes([masked | 127]) + size.to_bytes(8, "big")
    if "len16" in words or size >= 126:
        return bytes([masked | 126]) + size.to_bytes(2, "big")
    return bytes([masked | size])


def _payload(text: str) -> tuple[bytes, list[str]]:
    """Of a frame, and the words that are no part of it."""
    payload, words = b"", []
    for part in _PART.finditer(text):
        if part["char"]:
            payload += part["char"].encode() * int(part["times"])
        elif part["word"] is None:
            start, stop = (int(edge) if edge else None for edge in (part["start"], part["stop"]))
            payload += _literal(part["kind"], part["body"])[start:stop]
        elif part["word"].isdigit():
            payload += int(part["word"]).to_bytes(2, "big")
        else:
            words.append(part["word"])
    return payload, words


def _literal(kind: str, body: str) -> bytes:
    if kind == "x":
        return bytes.fromhex(body)
    if kind:
        drill = ',"drill":true' if kind == "echo" else ""
        return f'{{"type":"chat"{drill},"text":"{body}"}}'.encode()
    return body.encode()

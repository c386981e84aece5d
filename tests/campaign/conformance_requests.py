r"""The notation of the handshake cases: a good request, and what is changed of it. Pure.

Edits stand in a row, ` | ` between them: `GET /path HTTP/1.1`, another request line; `-Host`, without it; `Host: x`,
another value; `+Host: x`, one more line. `a*100` is a character so many times, and `*100lines` a line so many times.
`raw 'GET ...'` is the whole request as it is. `eof` is the end of what the client writes. Escapes are Python's: `\r\n`,
`\x00`. `{host}` is the address of the gateway.

What must come back is a status (`4xx`: any that refuses), and a header with its value, or `-Header` that must not be
there; or `waits` or `end`, with nothing said.
"""

import base64
import hashlib
import re

GOOD = {
    "Host": "{host}",
    "Upgrade": "websocket",
    "Connection": "Upgrade",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    "Sec-WebSocket-Version": "13",
}
LINE = "GET /v1/alerts?user=me HTTP/1.1"
_ACCEPT = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
"""of RFC 6455, section 1.3"""


def request(text: str, host: str) -> tuple[bytes, bool]:
    """The bytes of a request, and whether the client then ends its side."""
    edits = [edit for edit in text.split(" | ") if edit]
    ends = edits[-1:] == ["eof"]
    edits = edits[: len(edits) - ends]
    if edits and edits[0].startswith("raw "):
        return _bytes(edits[0].removeprefix("raw ").strip("'"), host), ends
    if ends and not edits:
        return b"", True
    line, headers = LINE, [f"{name}: {value}" for name, value in GOOD.items()]
    for edit in edits:
        name = edit.lstrip("+-").partition(":")[0]
        if edit.startswith("+"):
            headers.append(edit.removeprefix("+"))
        elif edit.startswith("-"):
            headers = [one for one in headers if not one.startswith(f"{name}:")]
        elif name in GOOD:
            headers = [edit if one.startswith(f"{name}:") else one for one in headers]
        else:
            line = edit
    return _bytes("\r\n".join([line, *headers, "", ""]), host), ends


def misses(answer: bytes, wanted: str, sent: bytes) -> str:
    """What is wrong with an answer to a request; empty where it is as it must be."""
    status, _, more = wanted.partition(" ")
    head, _, body = answer.partition(b"\r\n\r\n")
    line, *lines = head.decode("latin-1").split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (one.partition(":") for one in lines)}
    seen = line[9:12]
    if not line.startswith("HTTP/1.1 ") or not re.fullmatch(status.replace("x", r"\d"), seen):
        return line or "nothing"
    name, _, value = more.partition(": ")
    if more.startswith("-") and name[1:].lower() in headers:
        return f"{line}, {name[1:]} is there"
    if value and headers.get(name.lower()) != value:
        return f"{line}, {name}: {headers.get(name.lower())}"
    return _unlike_101(headers, body, sent) if seen == "101" else _unlike_a_page(headers, body, sent)


def _unlike_101(headers: dict[str, str], body: bytes, sent: bytes) -> str:
    """Section 4.2.2, item 5."""
    key = re.search(rb"(?im)^sec-websocket-key:[ \t]*([^\r\n]*?)[ \t]*\r$", sent)
    accept = base64.b64encode(hashlib.sha1((key[1] if key else b"") + _ACCEPT.encode()).digest()).decode()  # noqa: S324
    if headers.get("sec-websocket-accept") != accept:
        return f"101, Sec-WebSocket-Accept: {headers.get('sec-websocket-accept')} is not {accept}"
    if headers.get("upgrade", "").lower() != "websocket" or headers.get("connection", "").lower() != "upgrade":
        return "101 without Upgrade: websocket and Connection: Upgrade"
    return f"101, then {body!r}" if body else ""


def _unlike_a_page(headers: dict[str, str], body: bytes, sent: bytes) -> str:
    if headers.get("connection", "").lower() != "close":
        return "an answer that ends the connection and does not say so"
    length = 0 if sent.startswith(b"HEAD ") else int(headers.get("content-length", -1))
    return "" if len(body) == length else f"a body of {len(body)} bytes, {length} were told"


def _bytes(text: str, host: str) -> bytes:
    text = text.replace("{host}", host)
    text = re.sub(r"([^\r\n]*?)\*(\d+)lines", lambda found: "\r\n".join([found[1]] * int(found[2])), text)
    text = re.sub(r"(\w)\*(\d+)", lambda found: found[1] * int(found[2]), text)
    return text.encode("latin-1").decode("unicode_escape").encode("latin-1")

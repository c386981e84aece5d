"""Chat beside alerts: what a client says to the gateway, and what comes back to it. Pure.

Chat is ordinary traffic on the channel that the alerts use, so that a drill can show how little it delays them.
"""

import json
from typing import Any

from ewarn.errors import InputError

CHAT = "chat"
SAID, ECHOED = b'{"type":"chat","text":', b'{"type":"chat","drill":true,"text":'
"""how messages begin, as we write them"""


def say(text: str) -> bytes:
    """Payload of a client's message."""
    return _payload(SAID, text)


def echo(text: str) -> bytes:
    """Payload of what comes back."""
    return _payload(ECHOED, text)


def filled(length: int) -> bytes:
    """Payload of a client's message that is `length` bytes long in all."""
    return say("x" * (length - len(say(""))))


def parse_chat(data: dict[str, Any]) -> str:
    """The text of a message. Raises InputError naming the key."""
    text = data.get("text")
    if not isinstance(text, str):
        raise InputError(f"text: expected text, got {text!r}"[:100])
    if not _encodable(text):
        raise InputError("text: half a surrogate pair is no character")
    return text


def _payload(head: bytes, text: str) -> bytes:
    return head + json.dumps(text, ensure_ascii=False).encode() + b"}"


def _encodable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True

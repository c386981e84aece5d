"""Chat beside alerts: what a client says to the gateway, and what comes back to it. Pure.

Chat is ordinary traffic on the channel that the alerts use, so that a drill can show how little it delays them.
"""

import msgspec

from ewarn.errors import InputError

CHAT = "chat"
SAID, ECHOED = b'{"type":"chat","text":', b'{"type":"chat","drill":true,"text":'
"""how messages begin, as we write them"""


class Chat(msgspec.Struct, frozen=True, tag_field="type", tag=CHAT):
    """A client's message."""

    text: str


def say(text: str) -> bytes:
    """Payload of a client's message."""
    return _payload(SAID, text)


def echo(text: str) -> bytes:
    """Payload of what comes back. Raises InputError naming the key."""
    return _payload(ECHOED, text)


def filled(length: int) -> bytes:
    """Payload of a client's message that is `length` bytes long in all."""
    return say("x" * (length - len(say(""))))


def _payload(head: bytes, text: str) -> bytes:
    try:
        return head + msgspec.json.encode(text) + b"}"
    except UnicodeEncodeError:
        raise InputError("text: half a surrogate pair is no character") from None

"""What clients say on parked connections: pings, closes, `follow`, chat, and the question what time it is.

Bytes in and acts out, no I/O, so it is safe to fuzz: what comes of bytes is the same however they are cut into pieces.
A parked connection has no protocol object. When it speaks, one is made in the open state, fed a frame at a time, and
forgotten again at the end of a message; only a client in the middle of one keeps its own.
"""

from dataclasses import dataclass
from functools import partial

from msgspec.json import Decoder
from websockets.frames import CloseCode, Frame, Opcode
from websockets.protocol import State
from websockets.server import ServerProtocol

from ewarn.errors import InputError
from ewarn.gateway.counters import Reason
from ewarn.wire.chat import CHAT, Chat, echo
from ewarn.wire.framing import CLOSE, PONG, header, length_fault, lone_text, masked_frame, next_frame
from ewarn.wire.messages import understood
from ewarn.wire.service_time import TIME, Question, tell
from ewarn.wire.subscriptions import Follow, Snapshot

PONG_HEAD, PONG_BYTES = masked_frame(PONG, b"", b"\0\0\0\0")[:2], 6
"""a masked answer to our pings, which carry nothing"""
MOST_FRAMES = 64
"""of one message: clients send one, some proxies cut it up; without an end, empty ones would cost without end"""
PINGED, CLOSING = "pong", "close"
"""what an answer is about, besides `CHAT` and `TIME`"""
_SAID: Decoder[Chat | Follow | Snapshot | Question] = Decoder(Chat | Follow | Snapshot | Question)
"""all that clients say"""


@dataclass(frozen=True, slots=True)
class Say:
    """Send a frame."""

    frame: bytes
    about: str
    """a newer frame about the same takes the place of one that a slow connection has yet to take"""


@dataclass(frozen=True, slots=True)
class Grant:
    """A client asks for other places, or for a snapshot."""

    wish: Follow | Snapshot


@dataclass(frozen=True, slots=True)
class End:
    """End the connection, which has been told why; nothing comes after it."""

    reason: Reason


Act = Say | Grant | End


class Speaker:
    """A client that speaks, from its first byte to the end of a message."""

    def __init__(self, most_bytes: int) -> None:
        """`most_bytes` is the longest message."""
        self._new = partial(ServerProtocol, state=State.OPEN, max_size=most_bytes)
        self._protocol = self._new()
        self._begun = bytearray()
        """of a frame, of which the protocol object has had all that is there"""
        self._message: bytearray | None = None
        """of a fragmented message, what is there so far"""
        self._frames = 0
        """of that message"""
        self.heard = 0
        """frames, whole or not, in the bytes heard last"""

    @property
    def unfinished(self) -> bool:
        """Whether it is in the middle of a message."""
        return bool(self._begun) or self._message is not None

    def hear(self, data: bytes, service_s: float) -> list[Act]:
        """What to do about bytes that come at `service_s` (seconds since 1970), in the order of doing it."""
        acts: list[Act] = []
        had, at, self.heard = len(self._begun), 0, 0
        self._begun += data
        while at < len(self._begun) and self._protocol.state is State.OPEN:
            self.heard += 1
            frame = next_frame(self._begun, at)
            end = frame.end if frame else len(self._begun)
            if fault := length_fault(self._begun, at):
                self._protocol.fail(CloseCode.PROTOCOL_ERROR, fault)
            else:
                if frame and frame.opcode == CLOSE and self._message is not None:
                    # It may come amid a message, section 5.4; to the library that is an error, unless it knows of none.
                    self._protocol, had = self._new(), at
                self._protocol.receive_data(bytes(self._begun[max(at, had) : end]))
            acts += self._obey(service_s)
            if frame is None:
                break
            at = end
        del self._begun[:at]
        return acts

    def _obey(self, service_s: float) -> list[Act]:
        """Of the frame that the protocol object has just had, if it was whole."""
        acts: list[Act] = []
        pinged = False
        for event in self._protocol.events_received():
            if isinstance(event, Frame):
                pinged = event.opcode is Opcode.PING
                acts += self._take(event, service_s)
        pieces = self._protocol.data_to_send()
        if said := b"".join(pieces):
            acts.append(Say(said, PINGED if pinged else CLOSING))
        if b"" in pieces:  # an empty piece asks to end the connection
            asked = self._protocol.close_rcvd is not None
            acts.append(End(Reason.CLIENT_CLOSED if asked else Reason.PROTOCOL_ERROR))
        return acts

    def _take(self, frame: Frame, service_s: float) -> list[Act]:
        if frame.opcode is Opcode.BINARY:
            self._protocol.fail(CloseCode.UNSUPPORTED_DATA, "expected text")
        elif frame.opcode in (Opcode.TEXT, Opcode.CONT):
            message = bytearray() if self._message is None else self._message
            message += frame.data
            self._message, self._frames = (None, 0) if frame.fin else (message, self._frames + 1)
            if self._frames == MOST_FRAMES:
                self._protocol.fail(CloseCode.POLICY_VIOLATION, f"a message in more than {MOST_FRAMES} frames")
            if frame.fin:
                return self._take_message(bytes(message), service_s)
        return []

    def _take_message(self, message: bytes, service_s: float) -> list[Act]:
        try:
            return [_reply(message, service_s)]
        except UnicodeDecodeError:
            self._protocol.fail(CloseCode.INVALID_DATA, "text is not UTF-8")
        except InputError as error:
            # A close frame holds 125 bytes, two of them the code.
            self._protocol.fail(CloseCode.POLICY_VIOLATION, str(error).encode()[:120].decode(errors="ignore"))
        return []


class Conversations:
    """Those who are in the middle of a message, by descriptor; of the others nothing is kept."""

    def __init__(self, most_bytes: int) -> None:
        self._most_bytes = most_bytes
        self._speakers: dict[int, Speaker] = {}
        self.heard = 0
        """frames in the bytes heard last: what they took to hear"""

    def hear(self, descriptor: int, data: bytes, service_s: float) -> list[Act]:
        """See `Speaker.hear`."""
        speaker = self._speakers.pop(descriptor, None)
        if speaker is None:
            self.heard = 1
            if (acts := at_once(data, self._most_bytes, service_s)) is not None:
                return acts
            speaker = Speaker(self._most_bytes)
        acts = speaker.hear(data, service_s)
        self.heard = speaker.heard
        if speaker.unfinished and not (acts and isinstance(acts[-1], End)):
            self._speakers[descriptor] = speaker
        return acts

    def forget(self, descriptor: int) -> None:
        """A connection is gone."""
        self._speakers.pop(descriptor, None)


def at_once(data: bytes, most_bytes: int, service_s: float) -> list[Act] | None:
    """What nearly every readable connection has to say, a pong or a message in one frame, costs no protocol object.

    None for anything that wants a closer look; else what `Speaker.hear` would come to.
    """
    if len(data) == PONG_BYTES and data.startswith(PONG_HEAD):
        return []
    try:
        message = lone_text(data, most_bytes)
        return None if message is None else [_reply(message, service_s)]
    except (InputError, UnicodeDecodeError):
        return None


def _reply(message: bytes, service_s: float) -> Act:
    """What to do about a message. Raises UnicodeDecodeError, or InputError naming the key that is wrong.

    An answer that a slow connection cannot take waits in its outbox, where alerts go first and a newer one about the
    same replaces it; of the time, its round trip is long then, and the phone does not go by it.
    """
    said = understood(message.decode(), _SAID)
    if isinstance(said, Chat):
        return _say(echo(said.text), CHAT)
    if isinstance(said, Question):
        return _say(tell(said.sent, service_s), TIME)
    return Grant(said)


def _say(text: bytes, about: str) -> Say:
    return Say(header(len(text)) + text, about)

"""What clients say on parked connections: pings, closes, `follow`, chat, and the question what time it is.

A parked connection has no protocol object. When it speaks, one is made in the open state, fed, and forgotten again
at the end of a message; only a client in the middle of one keeps its own.
"""

import os
from dataclasses import dataclass, field
from typing import Protocol

from websockets.frames import CloseCode, Frame, Opcode
from websockets.protocol import State
from websockets.server import ServerProtocol

from ewarn.errors import InputError
from ewarn.gateway.counters import Counters, Reason
from ewarn.system.clock import Clock
from ewarn.wire.chat import CHAT, echo, parse_chat, usual
from ewarn.wire.framing import PONG, header, masked_frame, whole_messages
from ewarn.wire.reports import parse_object
from ewarn.wire.service_time import TIME, parse_time, tell
from ewarn.wire.service_time import usual as usual_question
from ewarn.wire.subscriptions import Wish, parse_wish

READ_BYTES = 4096
PONG_HEAD, PONG_BYTES = masked_frame(PONG, b"", b"\0\0\0\0")[:2], 6
"""a masked answer to our pings, which carry nothing"""


@dataclass(slots=True)
class _Speaker:
    protocol: ServerProtocol
    unfinished: bytearray = field(default_factory=bytearray)
    """bytes since the last whole message, as they came"""
    message: bytearray = field(default_factory=bytearray)
    """of a fragmented message, what is there so far"""


class Host(Protocol):
    """What conversations ask of their shard."""

    def say(self, descriptor: int, frame: bytes, about: str) -> bool:
        """Send a frame, or keep it for a slow connection; False where it is gone."""

    def grant(self, descriptor: int, wish: Wish) -> None:
        """A client asks for other places, or for a snapshot."""

    def depart(self, descriptor: int, reason: Reason) -> None:
        """End a connection that has been told why."""

    def drop(self, descriptor: int, reason: Reason) -> None:
        """End a connection at once."""


class Conversations:
    """Reading of parked connections."""

    def __init__(self, host: Host, message_bytes: int, counters: Counters, clock: Clock) -> None:
        self._host = host
        self._clock = clock
        self._message_bytes = message_bytes
        self._counters = counters
        self._speakers: dict[int, _Speaker] = {}

    def read(self, descriptor: int) -> None:
        """Read once, and hear it."""
        try:
            data = os.read(descriptor, READ_BYTES)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self._host.drop(descriptor, Reason.LOST)
        elif descriptor in self._speakers or not self._heard_at_once(descriptor, data):
            self.hear(descriptor, data)

    def hear(self, descriptor: int, data: bytes) -> None:
        """Act on bytes from a client."""
        speaker = self._speakers.pop(descriptor, None) or _Speaker(
            ServerProtocol(state=State.OPEN, max_size=self._message_bytes)
        )
        speaker.protocol.receive_data(data)
        speaker.unfinished += data
        del speaker.unfinished[: whole_messages(speaker.unfinished)]
        for event in speaker.protocol.events_received():
            if isinstance(event, Frame):
                self._obey(descriptor, speaker, event)
        alive = self._answer(descriptor, speaker.protocol)
        if alive and speaker.unfinished:
            self._speakers[descriptor] = speaker

    def forget(self, descriptor: int) -> None:
        """A connection is gone."""
        self._speakers.pop(descriptor, None)

    def _heard_at_once(self, descriptor: int, data: bytes) -> bool:
        """What nearly every readable connection has to say, a pong, chat or a question, costs no protocol object."""
        if len(data) == PONG_BYTES and data.startswith(PONG_HEAD):
            return True
        if (answer := usual(data, self._message_bytes)) is not None:
            self._counters.add("chats")
            self._say_at_once(descriptor, answer, CHAT)
            return True
        if (sent := usual_question(data, self._message_bytes)) is not None:
            # One that a slow connection cannot take waits in its outbox, where alerts go first and a newer one replaces
            # it; its round trip is long then, and the phone does not go by it.
            self._say_at_once(descriptor, self._time(sent), TIME)
            return True
        return False

    def _say_at_once(self, descriptor: int, answer: bytes, about: str) -> None:
        if not self._host.say(descriptor, header(len(answer)) + answer, about):
            self._host.drop(descriptor, Reason.LOST)

    def _time(self, sent: float) -> bytes:
        self._counters.add("times")
        return tell(sent, self._clock.time())

    def _obey(self, descriptor: int, speaker: _Speaker, frame: Frame) -> None:
        if frame.opcode is Opcode.PING:
            self._counters.add("pongs")
        elif frame.opcode is Opcode.BINARY:
            speaker.protocol.fail(CloseCode.UNSUPPORTED_DATA, "expected text")
        elif frame.opcode in (Opcode.TEXT, Opcode.CONT):
            speaker.message += frame.data
            if frame.fin:
                self._obey_message(descriptor, speaker.protocol, bytes(speaker.message))
                speaker.message.clear()

    def _obey_message(self, descriptor: int, protocol: ServerProtocol, message: bytes) -> None:
        try:
            text = message.decode()
            said = parse_object(text)
            if said.get("type") == CHAT:
                self._counters.add("chats")
                _send(protocol, echo(parse_chat(said)))
            elif said.get("type") == TIME:
                _send(protocol, self._time(parse_time(said)))
            else:
                self._host.grant(descriptor, parse_wish(text))
        except UnicodeDecodeError:
            protocol.fail(CloseCode.INVALID_DATA, "text is not UTF-8")
        except InputError as error:
            # A close frame holds 125 bytes, two of them the code.
            protocol.fail(CloseCode.POLICY_VIOLATION, str(error).encode()[:120].decode(errors="ignore"))

    def _answer(self, descriptor: int, protocol: ServerProtocol) -> bool:
        """Send what the protocol wants said; False where the connection is over."""
        pieces = protocol.data_to_send()
        said = b"".join(pieces)
        told = not said or self._host.say(descriptor, said, "answer")
        if told and b"" not in pieces:  # an empty piece asks to end the connection
            return True
        if protocol.close_rcvd is not None:
            self._host.depart(descriptor, Reason.CLIENT_CLOSED)
        elif protocol.close_sent is not None:
            self._host.depart(descriptor, Reason.PROTOCOL_ERROR)
        else:
            self._host.drop(descriptor, Reason.LOST)
        return False


def _send(protocol: ServerProtocol, text: bytes) -> None:
    if protocol.state is State.OPEN:  # after a close frame nothing more may be said
        protocol.send_text(text)

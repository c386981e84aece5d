"""The stream of a line: the newest warning and quick report of each quake, for whoever comes late.

Plain questions and answers, without a consumer, as nats-server 2.9 has them
(https://docs.nats.io/reference/reference-protocols/nats_api_reference).
"""

import asyncio
from typing import Annotated, NamedTuple

from msgspec import Meta, MsgspecError, Struct, json

from ewarn.bus.line import Line
from ewarn.bus.roles import ASKED, MADE, STREAM
from ewarn.bus.subjects import REPORTS
from ewarn.errors import BusError, InputError
from ewarn.wire.bus import MOST_BYTES, decode

INFO, GET = ASKED
CREATE, UPDATE = MADE
MAX_AGE_S = 86_400
MOST_SUBJECTS = 1024
"""that a stream keeps, and that are asked for; the oldest go first"""
AT_ONCE = 32
"""questions in flight on a line"""
_NO_STREAM, _NO_MESSAGE, _OTHER_LAST = 10_059, 10_037, 10_071
"""error codes of JetStream"""


class Configured(Struct, frozen=True):
    """What a stream is like, as far as it matters."""

    name: str = STREAM
    subjects: tuple[str, ...] = (REPORTS,)
    retention: str = "limits"
    storage: str = "file"
    discard: str = "old"
    num_replicas: int = 1
    max_msgs_per_subject: int = 1
    max_msgs: int = MOST_SUBJECTS
    max_age: int = MAX_AGE_S * 10**9
    """ns"""
    max_msg_size: int = MOST_BYTES
    max_bytes: int = -1


class Problem(Struct, frozen=True):
    """What the server says where it does not do what it was asked."""

    code: int = 0
    err_code: int = 0
    description: Annotated[str, Meta(max_length=1000)] = ""


class _State(Struct, frozen=True):
    messages: int = 0
    subjects: dict[str, int] | None = None
    """how many messages each has; null where there is none"""


class _Message(Struct, frozen=True):
    subject: str
    seq: int
    data: bytes = b""
    """JSON has it in base64"""


class _Answer(Struct, frozen=True):
    """Whatever the server answers: what is asked for, or an error."""

    error: Problem | None = None
    config: Configured | None = None
    state: _State | None = None
    message: _Message | None = None
    seq: int = 0


_FOLLOWS = "Nats-Expected-Last-Subject-Sequence"
_ANSWER = json.Decoder(_Answer)
_INFO_BYTES = 1 << 20


class Kept(NamedTuple):
    """A message of a stream."""

    number: int
    """1, 2, ... in the stream; 0: there is none"""
    payload: bytes


async def publish(line: Line, subject: str, payload: bytes, follows: int, timeout_s: float) -> int | None:
    """Publish a message that is kept only where `follows` is the number of the last one there; the number that it has.

    Who hears the subject is told in any case. None: the last one there is another. Raises BusError where that is not
    known.
    """
    answer = await line.ask(subject, payload, timeout_s, {_FOLLOWS: str(follows)})
    if (problem := _problem(answer)) and problem.err_code == _OTHER_LAST:
        return None
    found = _understood(answer, line, subject)
    if not found.seq:
        raise BusError(f"{line.address} answered {subject} with what is no acknowledgement")
    return found.seq


async def ensure(line: Line, timeout_s: float) -> None:
    """Have the line keep a stream as it is to be; only a centre may. Raises BusError."""
    wanted = Configured()
    answer = await _ask(line, CREATE, json.encode(wanted), timeout_s)
    if _problem(answer) is None:
        return
    answer = await _ask(line, UPDATE, json.encode(wanted), timeout_s)  # there is one, of another version of ewarn
    _understood(answer, line, "the stream")


async def newest(line: Line, timeout_s: float) -> list[bytes]:
    """The newest reports of all quakes that the line has, as they were published; none where it has no stream yet.

    `timeout_s` is for each question. Raises BusError where they cannot be had.
    """
    if not await _keeps_any(line, timeout_s):
        return []
    answer = await _ask(line, INFO, json.encode({"subjects_filter": REPORTS}), timeout_s)
    state = _understood(answer, line, "what it keeps").state
    subjects = list((state and state.subjects) or ())[:MOST_SUBJECTS]
    turns = asyncio.Semaphore(AT_ONCE)

    async def one(subject: str) -> bytes | None:
        async with turns:
            return (await last(line, subject, timeout_s)).payload or None

    found = await asyncio.gather(*(one(subject) for subject in subjects), return_exceptions=True)
    for failed in found:
        if isinstance(failed, BaseException):
            raise failed
    return [report for report in found if isinstance(report, bytes)]


async def newest_of(line: Line, subject: str, timeout_s: float) -> bytes | None:
    """The newest report that the line has there, see `subjects.of_quake`; None where it has none. Raises BusError."""
    if not await _keeps_any(line, timeout_s):
        return None
    return (await last(line, subject, timeout_s)).payload or None


async def last(line: Line, subject: str, timeout_s: float) -> Kept:
    """The same, with its number, of a stream that keeps something, see `_keeps_any`. Raises BusError."""
    answer = await _ask(line, GET, json.encode({"last_by_subj": subject}), timeout_s)
    if (problem := _problem(answer)) and problem.err_code in (_NO_STREAM, _NO_MESSAGE):
        return Kept(0, b"")
    message = _understood(answer, line, subject).message
    if message is None:
        raise BusError(f"{line.address} answered {subject} without a message")
    return Kept(message.seq, message.data)


async def _keeps_any(line: Line, timeout_s: float) -> bool:
    """Whether the stream keeps a report; to be asked before all else.

    nats-server 2.9.10 dies of a question about subjects or messages that comes in the instant in which the stream is
    made (it has no store yet, which these do not look for); this question it survives.
    """
    answer = await _ask(line, INFO, b"", timeout_s)
    if (problem := _problem(answer)) and problem.err_code == _NO_STREAM:
        return False
    state = _understood(answer, line, "what it keeps").state
    return state is not None and state.messages > 0


async def _ask(line: Line, request: str, question: bytes, timeout_s: float) -> bytes:
    return await line.ask(f"{line.role.api}.{request}", question, timeout_s)


def _problem(answer: bytes) -> Problem | None:
    try:
        return _ANSWER.decode(answer).error
    except (MsgspecError, UnicodeDecodeError):
        return None


def _understood(answer: bytes, line: Line, what: str) -> _Answer:
    try:
        found = decode(answer, _ANSWER, most=_INFO_BYTES)
    except InputError as error:
        raise BusError(f"{line.address}: its answer about {what} is none: {error}") from None
    if found.error:
        raise BusError(f"{line.address} has a problem with {what}: {found.error.description}")
    return found

"""What is fuzzed in this process: a corpus of good inputs, and what may come of a bad one. Anything else is a fault."""

import json
import zlib
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial

from ewarn.errors import EwarnError, InputError
from ewarn.gateway.clients.conversation import Act, End, Say, Speaker, at_once
from ewarn.gateway.intake.control import decode_strategy
from ewarn.gateway.settings import Strategy
from ewarn.seismic.course import Courses, Freshness
from ewarn.seismic.origin import Origin, Report, Status
from ewarn.system.json_files import decoded
from ewarn.wire import bus, gateways
from ewarn.wire.chat import say
from ewarn.wire.health import Health
from ewarn.wire.messages import understood
from ewarn.wire.reports import HEAD, decode, encode, words
from ewarn.wire.subscriptions import parse_path, parse_places
from tests.campaign import conformance_notation as notation
from tests.campaign import conformance_requests as requests
from tests.campaign.conformance_cases import cases
from tests.campaign.conformance_paths import MOST, NOW, heard
from tests.gateway.test_handshake import answer, summary


@dataclass(frozen=True)
class Kind:
    """A kind of input."""

    name: str
    corpus: tuple[bytes, ...]
    feed: Callable[[bytes], None]
    """raises nothing, or there is a fault"""
    part: float
    """of all inputs, in comparison with the other kinds; files are slow, and have less"""
    close: Callable[[], None] = lambda: None


def reports(now: float) -> tuple[bytes, ...]:
    """Of a quake of a moment ago, as a centre hands them over: fresh at `now`, seconds since 1970."""
    origin = Origin(now - 7.0, 29.59, 102.08, 16.0, 6.1)
    statuses: list[Status] = ["update", "final", "cancel", "reviewed"]
    play = round((now - 8.0) * 1e9)
    made = [Report(f"fuzz-{one}", 1, one, origin, "Qingzang", now - 1.0, play) for one in statuses]
    return tuple(encode(report).encode() for report in (*made, replace(made[0], number=9, ahead_s=3.5)))


ORDERS = (b'{"type":"strategy","order":"fifo","rate_per_s":1000}', b'{"type":"shards","count":2,"force":true}')
MESSAGES = (
    say("hello"),
    say("\u5730\u9707 \U0001f631"),
    b'{"type":"time","sent":1767225606412.5}',
    b'{"type":"follow","places":[[30,103],[31.5,-104.25]],"least_intensity":3.5}',
    b'{"type":"snapshot"}',
)
PATHS = (
    b"/v1/alerts?user=me&place=30.0,103.0&place=29.1,-102.9&least_intensity=3.5&told=luding-2022",
    b"/v1/alerts?user=%E6%9D%8E+b",
    b"/v1/snapshot?place=30.0,103.0",
)
HEALTH = (
    b'{"status":"ok","shards":2,"connections":20000,"capacity":40000}',
    b'{"status":"degraded","shards":2,"up":1,"connections":5,"capacity":1.5,"draining":[1]}',
)
GATEWAYS = (
    b'{"drill":true,"gateways":[{"name":"g1","url":"ws://198.18.0.11:8600","weight":9,"connections":1,"state":"up"}],'
    b'"capacity":9,"connections":1,"without_the_largest":0,"spare":false}',
)
HOSTS = (b'{"host":"g1","url":"ws://198.18.0.11:8600","capacity":9,"connections":1,"state":"draining"}',)


def kinds(host: str = "x") -> list[Kind]:
    """All that need no file and no socket."""
    frames = tuple(notation.sent(case.sent)[0][:5000] for case in cases() if case.kind == "frames")
    said = (notation.sent("ping 'x'")[0], *map(frame, MESSAGES))
    asked = tuple(requests.request(case.sent, host)[0] for case in cases() if case.kind == "handshake")
    return [
        Kind("handshakes", asked, handshake, 3),
        Kind("frames", frames + said, conversation, 3),
        Kind("messages", MESSAGES, lambda data: conversation(frame(data)), 2),
        Kind("reports and orders", reports(NOW) + ORDERS, control, 2),
        Kind("paths and queries", PATHS, path, 2),
        Kind("answers of health", HEALTH, partial(quiet, lambda data: decoded(data, Health)), 1),
        Kind("lists of gateways", GATEWAYS, partial(quiet, gateways.decode), 1),
        Kind("words of hosts", HOSTS, partial(quiet, lambda data: bus.decode(data, bus.STANDING)), 1),
    ]


def quiet(read: Callable[[bytes], object], data: bytes) -> None:
    """What is wrong is said in a sentence; a sentence has words in it, and no line of a traceback."""
    try:
        read(data)
    except EwarnError as error:
        said = str(error)
        assert said.strip(), "an error without a word"
        assert "Traceback" not in said


def handshake(data: bytes) -> None:
    """One answer, however the bytes are cut."""
    found, rest = answer(data)
    cuts = [len(data) // 2, len(data) // 3, zlib.crc32(data) % (len(data) + 1)]
    assert summary(answer(data, cuts)) == summary((found, rest))
    if found is not None:
        assert found.said.startswith(b"HTTP/1.1 ")
        assert b"\r\n\r\n" in found.said


def conversation(data: bytes) -> None:
    """One answer, however the bytes are cut and whichever path is taken; all that is said are whole frames."""
    acts = heard([data]) if data else []
    place = zlib.crc32(data) % (len(data) + 1)
    assert heard([piece for piece in (data[:place], data[place:]) if piece]) == acts
    if (fast := at_once(data, MOST, NOW)) is not None:
        assert fast == Speaker(MOST).hear(data, NOW)
    assert not any(isinstance(act, End) for act in acts[:-1])
    assert _read(acts) == b""


def control(data: bytes) -> None:
    """What comes on the control address, and is taken for a report and for an order."""
    quiet(lambda data: understood(data, HEAD), data)
    with suppress(InputError):
        report = decode(data)
        said = json.loads(words(report) + b"}")  # as a phone reads it, whatever the decoder here makes of it
        assert said["drill"] is True
        assert [said["quake"], said["number"], said["status"]] == [report.quake, report.number, report.status]
        assert [said["play"], said["origin"]["magnitude"]] == [report.play, report.origin.magnitude]
        assert encode(decode(encode(report))) == encode(report)
        Courses(Freshness()).take(report, NOW)
    quiet(lambda data: decode_strategy(data, Strategy()), data)


def path(data: bytes) -> None:
    """What stands in a request."""
    text = data.decode("latin-1")
    quiet(lambda _: parse_path(text), data)
    quiet(lambda _: parse_places(text), data)


def frame(text: bytes) -> bytes:
    """A message as a client sends it."""
    return notation.sent(f"text x'{text.hex()}'")[0]


def _read(acts: list[Act]) -> bytes:
    """What is left over of all that is said."""
    return notation.received(b"".join(act.frame for act in acts if isinstance(act, Say)))[1]

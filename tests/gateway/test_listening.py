"""Listening, on real socket pairs: what a client says is done, in its order."""

import json

import pytest

from ewarn.gateway.counters import Reason
from ewarn.gateway.listening import Listening
from ewarn.system.clock import VirtualClock
from ewarn.wire.chat import say
from ewarn.wire.framing import CLOSE, PING, TEXT, masked_frame, next_frame
from ewarn.wire.service_time import ask
from tests.gateway.conftest import is_over


class Told:
    """In the place of a desk: what a snapshot says."""

    @staticmethod
    def snapshot(places):
        return json.dumps({"type": "snapshot", "places": len(places)})


@pytest.fixture
def listening(hall):
    return Listening(512, hall.connections, hall.leaving, Told(), VirtualClock(1_000.0))


def text(payload):
    return masked_frame(TEXT, payload, b"mask")


def read(theirs):
    """Payloads of all frames that came."""
    data, at, said = theirs.recv(1 << 16), 0, []
    while frame := next_frame(data, at):
        said.append(data[frame.start : frame.end])
        at = frame.end
    return said


async def test_what_is_asked_is_answered_in_its_order_and_counted(hall, listening):
    descriptor, theirs = hall.park((30.0, 103.0))
    theirs.send(text(say("a")) + text(say("b")) + masked_frame(PING, b"?", b"mask") + text(ask(7)))
    theirs.send(text(b'{"type":"snapshot"}'))
    listening.read(descriptor)
    one, two, pong, time, snapshot = read(theirs)
    assert [json.loads(said)["text"] for said in (one, two)] == ["a", "b"]
    assert (pong, json.loads(time)["service"], json.loads(snapshot)["places"]) == (b"?", 1_000_000, 1)
    assert [hall.counters.total(name) for name in ("chats", "pongs", "times")] == [2, 1, 1]


async def test_who_follows_other_places_does_so_and_is_to_be_greeted(hall, listening):
    descriptor, theirs = hall.park((30.0, 103.0))
    hall.connections.newcomers.clear()
    theirs.send(text(b'{"type":"follow","places":[[31,104],[32,105]],"least_intensity":3}'))
    listening.read(descriptor)
    assert hall.connections.roster.places(descriptor) == [(31.0, 104.0), (32.0, 105.0)]
    assert hall.connections.roster.threshold[descriptor] == 3.0
    assert descriptor in hall.connections.newcomers
    assert hall.counters.total("follows") == 1


async def test_who_closes_is_answered_and_departs_and_who_vanishes_is_dropped(hall, listening):
    descriptor, theirs = hall.park()
    theirs.send(text(say("bye")) + masked_frame(CLOSE, b"\x03\xe8", b"mask"))
    listening.read(descriptor)
    chat, close = read(theirs)
    assert (json.loads(chat)["text"], close) == ("bye", b"\x03\xe8")
    assert is_over(theirs)
    gone, their_end = hall.park()
    their_end.close()
    listening.read(gone)
    assert [hall.ended(reason) for reason in (Reason.CLIENT_CLOSED, Reason.LOST)] == [1, 1]
    assert hall.counters.total("parked") == 0


async def test_where_nothing_has_come_nothing_is_done(hall, listening):
    descriptor, _ = hall.park()
    listening.read(descriptor)
    assert hall.connections.roster.parked[descriptor]


async def test_a_client_that_is_gone_when_it_is_to_be_answered_is_dropped_once(hall, listening):
    descriptor, theirs = hall.park()
    theirs.close()
    listening.hear(descriptor, text(say("a")) + masked_frame(CLOSE, b"", b"mask"))
    assert hall.ended(Reason.CLIENT_CLOSED) == 1, "it had said that it goes"
    assert len(hall.leaving) == 0

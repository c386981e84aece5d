"""Listening, on real socket pairs: what a client says is done, in its order."""

import asyncio
import json
from contextlib import nullcontext

import pytest

from ewarn.gateway.clients.hearing import Mute
from ewarn.gateway.clients.listening import READ_BYTES, WHILES, Listening
from ewarn.gateway.clients.questions import Questions
from ewarn.gateway.counters import Reason
from ewarn.gateway.settings import Limits
from ewarn.system.clock import VirtualClock
from ewarn.wire.chat import say
from ewarn.wire.framing import CLOSE, PING, PONG, TEXT, masked_frame, next_frame
from ewarn.wire.service_time import ask
from tests.gateway.conftest import is_over


class Told:
    """In the place of a desk: what a snapshot says."""

    @staticmethod
    def in_force():
        return []

    @staticmethod
    def snapshot(places):
        return json.dumps({"type": "snapshot", "places": len(places)})


@pytest.fixture
def listening(hall):
    questions = Questions(Told(), lambda _: nullcontext())
    limits = Limits(message_bytes=512, frames=MOST)
    made = Listening(limits, hall.connections, hall.leaving, Told(), questions, VirtualClock(1_000.0))
    made.questions = questions
    return made


def text(payload):
    return masked_frame(TEXT, payload, b"mask")


MOST = 20
SNAPSHOT = text(b'{"type":"snapshot"}')


def read(theirs):
    """Payloads of all frames that came."""
    data, at, said = theirs.recv(1 << 16), 0, []
    while frame := next_frame(data, at):
        said.append(data[frame.start : frame.end])
        at = frame.end
    return said


async def turns_of_the_loop():
    for _ in range(20):
        await asyncio.sleep(0)


async def test_what_is_asked_is_answered_in_its_order_and_counted(hall, listening):
    descriptor, theirs = hall.park((30.0, 103.0))
    theirs.send(text(say("a")) + text(say("b")) + masked_frame(PING, b"?", b"mask") + text(ask(7)))
    theirs.send(SNAPSHOT)
    listening.read(descriptor)
    listening.questions.step()
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


async def test_snapshots_asked_for_in_one_breath_are_one_and_what_follows_them_comes_after(hall, listening):
    descriptor, theirs = hall.park((30.0, 103.0))
    theirs.send(text(say("a")) + SNAPSHOT * 3 + text(say("b")) + SNAPSHOT + masked_frame(CLOSE, b"\x03\xe8", b"mask"))
    listening.read(descriptor)
    assert [json.loads(said)["type"] for said in read(theirs)] == ["chat"]
    assert len(listening.questions) == 1
    listening.questions.step()
    assert [json.loads(said)["type"] for said in read(theirs)] == ["snapshot", "chat"]
    while len(listening.questions):
        listening.questions.step()
    snapshot, close = read(theirs)
    assert (json.loads(snapshot)["type"], close) == ("snapshot", b"\x03\xe8")
    assert is_over(theirs)
    assert (hall.counters.total("snapshots"), hall.ended(Reason.CLIENT_CLOSED)) == (2, 1)


async def test_whoever_waits_for_a_snapshot_is_not_heard_before_it_is_there(hall, listening):
    descriptor, theirs = hall.park((30.0, 103.0))
    theirs.send(SNAPSHOT)
    listening.read(descriptor)
    theirs.send(SNAPSHOT)
    await turns_of_the_loop()
    assert hall.heard == []
    listening.questions.step()
    await turns_of_the_loop()
    assert set(hall.heard) == {descriptor}


async def test_whoever_is_gone_before_the_snapshot_is_there_is_forgotten(hall, listening):
    descriptor, theirs = hall.park((30.0, 103.0))
    theirs.send(SNAPSHOT + text(say("a")))
    listening.read(descriptor)
    hall.connections.drop(descriptor, Reason.LOST)
    assert len(listening.questions) == 0
    assert listening._unsaid == {}


async def test_whoever_says_too_much_rests_until_the_while_is_over_and_loses_nothing(hall, listening):
    descriptor, theirs = hall.park((30.0, 103.0))
    for _ in range(MOST + 1):
        theirs.send(text(say("a")))
        listening.read(descriptor)
    theirs.send(text(say("b")))
    await turns_of_the_loop()
    assert (hall.heard, hall.counters.total("rests")) == ([], 1)
    assert len(read(theirs)) == MOST + 1
    listening.end_while()
    await turns_of_the_loop()
    assert set(hall.heard) == {descriptor}


async def test_whoever_goes_on_saying_too_much_is_told_by_1008_and_counted(hall, listening):
    descriptor, theirs = hall.park((30.0, 103.0))
    for _ in range(WHILES):
        assert hall.connections.roster.parked[descriptor]
        listening.hear(descriptor, masked_frame(PONG, b"", b"mask") * (MOST + 1))
        assert hall.heard == []
        listening.end_while()
    (close,) = read(theirs)
    assert (close[:2], b"more" in close) == ((1008).to_bytes(2, "big"), True)
    assert is_over(theirs)
    assert hall.ended(Reason.FLOOD) == 1
    theirs.send(b"and on")
    await turns_of_the_loop()
    assert set(hall.heard) == {descriptor}, "so that it is read to its end"


async def test_a_burst_now_and_then_is_no_flood(hall, listening):
    descriptor, _ = hall.park((30.0, 103.0))
    for _ in range(WHILES):
        for frames in (MOST + 1, MOST):
            listening.hear(descriptor, masked_frame(PONG, b"", b"mask") * frames)
            listening.end_while()
    assert hall.connections.roster.parked[descriptor]


async def test_a_connection_is_heard_again_only_once_all_that_muted_it_is_over(hall):
    descriptor, theirs = hall.park()
    theirs.send(b".")
    hearing = hall.connections.hearing
    for why in Mute:
        hearing.mute(descriptor, why)
    for why in Mute:
        assert hall.heard == []
        hearing.unmute(descriptor, why)
        await turns_of_the_loop()
    assert set(hall.heard) == {descriptor}


@pytest.mark.parametrize("opcode", [PING, PONG])
async def test_one_read_is_of_few_frames_however_small_they_are(hall, listening, opcode):
    descriptor, theirs = hall.park()
    theirs.send(masked_frame(opcode, b"", b"mask") * 1_000)
    listening.read(descriptor)
    assert listening.conversations.heard <= READ_BYTES // 6 + 1

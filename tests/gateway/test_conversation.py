"""Conversations without a socket: what comes of bytes is stated, and the same however they are cut into pieces."""

import json
from itertools import count, pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from websockets.client import ClientProtocol
from websockets.frames import Frame, Opcode
from websockets.protocol import State
from websockets.uri import parse_uri

from ewarn.gateway.clients.conversation import (
    CLOSING,
    MOST_FRAMES,
    PINGED,
    Conversations,
    End,
    Grant,
    Say,
    Speaker,
    at_once,
)
from ewarn.gateway.counters import Reason
from ewarn.wire.chat import CHAT, filled, say
from ewarn.wire.framing import CLOSE, PING, PONG, TEXT, header, masked_frame
from ewarn.wire.service_time import TIME, ask
from ewarn.wire.subscriptions import Follow, Snapshot

MOST, NOW = 512, 1767225606.4
MASK = b"mask"


def frame(opcode, payload=b"", fin=True, mask=MASK, rsv=0):
    """As a client writes it, or should not."""
    whole = bytearray(masked_frame(opcode, payload, mask) if mask else header(len(payload), opcode) + payload)
    whole[0] = (0x80 if fin else 0) | rsv | opcode
    return bytes(whole)


def hear(data, cuts=(), conversations=None):
    """All acts that come of bytes in pieces, up to the end of the connection."""
    conversations = conversations or Conversations(MOST)
    edges = [0, *sorted(cut % (len(data) + 1) for cut in cuts), len(data)]
    acts = []
    for start, end in pairwise(edges):
        if start < end and not (acts and isinstance(acts[-1], End)):
            acts += conversations.hear(5, data[start:end], NOW)
    return acts


def follow(*places):
    return json.dumps({"type": "follow", "places": places}).encode()


MESSAGES = st.one_of(
    st.text(max_size=40).filter(lambda text: max(text, default="") < "\ud800").map(say),
    st.floats(-1e6, 1e6).map(ask),
    st.integers(-(2**53), 2**53).map(ask),
    st.integers(300, 600).map(filled),
    st.sampled_from(
        [
            b'{"type":"snapshot"}',
            follow([30, 103]),
            follow([91, 0]),
            b'{"type":"chat"}',
            b'{"type":"chat","text":"\\ud800"}',
            b'{"type":"time","sent":NaN}',
            b"[" * 300,
            b"\xff\xfe",
            b"not json",
            b"",
        ]
    ),
    st.binary(max_size=140),
)
OPCODES = st.sampled_from([0, 1, 1, 1, 2, 3, 8, 9, 9, 10, 10, 15])
FRAMES = st.one_of(
    MESSAGES.map(lambda text: frame(TEXT, text)),
    st.builds(frame, OPCODES, MESSAGES, st.booleans(), st.sampled_from([MASK, MASK, MASK, b""]), st.just(0)),
    st.builds(frame, OPCODES, st.binary(max_size=10), st.booleans(), st.just(MASK), st.sampled_from([0, 0, 0x40])),
    st.sampled_from(
        [frame(PING, b"you?"), frame(PONG), frame(CLOSE, b"\x03\xe8done"), frame(CLOSE), b"\x81\xff" + b"\xff" * 8]
    ),
    st.binary(max_size=20),
)
STREAMS = st.lists(FRAMES, max_size=6).map(b"".join)


@given(STREAMS, st.lists(st.integers(0, 2_000), max_size=6))
@example(frame(TEXT, say("bye")) + frame(CLOSE, b"\x03\xe8"), [10])
@example(frame(TEXT, b'{"type":', fin=False) + frame(PING) + frame(0, b'"snapshot"}'), [9, 16])
def test_what_comes_of_bytes_is_the_same_however_they_are_cut(data, cuts):
    whole = hear(data)
    assert hear(data, cuts) == whole
    assert hear(data, range(len(data))) == whole


def slowly(data, most=MOST):
    """As `at_once`, by a protocol object."""
    speaker = Speaker(most)
    acts = speaker.hear(data, NOW)
    return None if speaker.unfinished or (acts and isinstance(acts[-1], End)) else acts


@given(FRAMES, st.integers(0, 400), st.integers(0, 255))
def test_the_fast_path_comes_to_what_the_slow_one_does_also_where_a_byte_is_changed(data, place, byte):
    changed = bytearray(data or b"\0")
    changed[place % len(changed)] = byte
    for frame_ in (data, bytes(changed)):
        assert at_once(frame_, MOST, NOW) in (None, slowly(frame_))


@given(st.binary(max_size=300))
def test_no_bytes_can_upset_the_fast_path(data):
    begun = b'{"type":"chat","text":', b'{"type":"time","sent":', b'{"type":"time","sent":1'
    payloads = [
        data,
        *(one + data for one in begun),
        *(one + data + b"}" for one in begun),
        begun[0] + b'"' + data + b'"}',
    ]
    for one in (data, *(frame(TEXT, payload) for payload in payloads)):
        assert at_once(one, 4096, NOW) in (None, slowly(one, 4096))


@given(st.text(st.characters(codec="utf-8"), max_size=200), st.binary(min_size=4, max_size=4))
def test_chat_takes_the_fast_path_and_comes_back_as_a_drill_s_message_with_the_text_that_was_sent(text, mask):
    (act,) = at_once(masked_frame(TEXT, say(text), mask), 4096, NOW)
    (echoed,) = read(act.frame)
    assert json.loads(echoed.data) == {"type": "chat", "drill": True, "text": text}
    assert act.about == CHAT


@given(st.floats(-(2**53), 2**53) | st.integers(-(2**53), 2**53), st.binary(min_size=4, max_size=4))
def test_a_question_takes_the_fast_path_and_comes_back_as_it_was_sent(sent, mask):
    (act,) = at_once(masked_frame(TEXT, ask(sent), mask), MOST, NOW)
    (told,) = read(act.frame)
    said = json.loads(told.data)
    assert (said["sent"], type(said["sent"]), said["service"]) == (sent, type(sent), 1_767_225_606_400)
    assert act.about == TIME


ASKED = b'{"type":"time","sent":'


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x81",
        frame(TEXT, say("not masked"), mask=b""),
        frame(TEXT, say("x" * 200), mask=b""),
        frame(Opcode.BINARY, say("no text")),
        frame(TEXT, say("a part"), fin=False),
        frame(TEXT, say("two")) * 2,
        frame(TEXT, say("not all of it"))[:-1],
        b"\x81\xfe\x00\x22" + frame(TEXT, say("length"))[2:],
        frame(TEXT, say("x" * MOST)),
        frame(TEXT, say("bad")[:-2] + b'\xff"}'),
        *(
            frame(TEXT, payload)
            for payload in [
                b'{"type":"chat","text":"\\ud800"}',
                b'{"type":"chat","text":5}',
                b"",
                b'{"type":"time"}',
                ASKED,
                ASKED + b"}",
                ASKED + b"null}",
                ASKED + b"true}",
                ASKED + b'"1"}',
                ASKED + b"NaN}",
                ASKED + b"Infinity}",
                ASKED + b"1e400}",
                ASKED + b"9007199254740993}",
                ASKED + b"9" * 450 + b"}",
                ASKED + b"[1]}",
                ASKED + b'{"sent":1}}',
                ASKED + b"[" * 200 + b"]" * 200 + b"}",
                ASKED + b'1}{"type":"time","sent":2}',
            ]
        ),
    ],
    ids=count(),
)
def test_what_is_no_whole_good_message_is_left_to_the_library(data):
    assert at_once(data, MOST, NOW) is None


@pytest.mark.parametrize("before", [b'{"type":"chat","text":"a",', ASKED + b"1,"])
def test_of_two_types_the_last_one_counts_whichever_path_is_taken(before):
    data = frame(TEXT, before + b'"type":"follow","places":[]}')
    assert at_once(data, MOST, NOW) == slowly(data) == [Grant(Follow(()))]


@given(STREAMS)
def test_a_client_of_the_websockets_library_understands_all_that_is_said(data):
    client = ClientProtocol(parse_uri("ws://localhost/"), state=State.OPEN)
    acts = hear(data)
    for act in acts:
        if isinstance(act, Say):
            client.receive_data(act.frame)
    assert client.parser_exc is None
    ends = [act for act in acts if isinstance(act, End)]
    assert ends == acts[-1:] or not ends
    assert bool(ends) == (client.state is not State.OPEN)


@given(st.lists(st.binary(max_size=4), min_size=1, max_size=200))
def test_a_message_without_end_is_kept_only_up_to_the_longest_message(fragments):
    conversations = Conversations(8)
    acts = conversations.hear(5, frame(TEXT, b"", fin=False), NOW)
    for fragment in fragments:
        if not acts:
            acts = conversations.hear(5, frame(0, fragment, fin=False), NOW)
    too_long = sum(map(len, fragments)) > 8 or 1 + len(fragments) >= MOST_FRAMES
    assert bool(acts) == too_long
    assert not acts or acts[-1] == End(Reason.PROTOCOL_ERROR)


def test_a_message_may_come_in_many_frames():
    said = filled(300)
    cut = [said[at : at + 1] for at in range(MOST_FRAMES - 1)] + [said[MOST_FRAMES - 1 :]]
    pieces = [frame(0 if index else TEXT, piece, fin=index == MOST_FRAMES - 1) for index, piece in enumerate(cut)]
    (answer,) = hear(b"".join(pieces))
    assert answer.about == CHAT


def test_what_was_asked_comes_back_in_the_order_of_asking():
    data = b"".join(
        frame(opcode, payload)
        for opcode, payload in [
            (TEXT, say("one")),
            (PING, b"here?"),
            (TEXT, follow([30, 103])),
            (TEXT, b'{"type":"snapshot"}'),
            (TEXT, ask(7)),
            (CLOSE, b"\x03\xe8"),
        ]
    )
    said = [act.about if isinstance(act, Say) else act for act in hear(data)]
    grants = [Grant(Follow(((30.0, 103.0),))), Grant(Snapshot())]
    assert said == [CHAT, PINGED, *grants, TIME, CLOSING, End(Reason.CLIENT_CLOSED)]


def test_a_valid_message_before_a_close_is_answered_though_both_come_at_once():
    first, *rest = hear(frame(TEXT, say("last words")) + frame(CLOSE, b"\x03\xe8"))
    assert json.loads(first.frame[2:])["text"] == "last words"
    assert rest[-1] == End(Reason.CLIENT_CLOSED)


def test_after_a_close_nothing_is_heard():
    acts = hear(frame(CLOSE, b"\x03\xe8") + frame(TEXT, say("more")))
    assert [act.about for act in acts[:-1]] == [CLOSING]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (frame(Opcode.BINARY, b"x"), 1003),
        (frame(TEXT, b"\xff"), 1007),
        (frame(TEXT, b"{}"), 1008),
        (frame(TEXT, b"x" * (MOST + 1)), 1009),
        (frame(TEXT, b"{", fin=False) + frame(0, fin=False) * 10_000, 1008),
        (frame(TEXT, b"x", mask=b""), 1002),
        (frame(0, b"x"), 1002),
        (frame(TEXT, b"{", fin=False) + frame(TEXT, b"}"), 1002),
        (frame(PING, b"x" * 126), 1002),
    ],
)
def test_whoever_breaks_the_rules_is_told_by_a_close_code(data, code):
    closing, end = hear(data)
    (told,) = read(closing.frame)
    assert (told.opcode, int.from_bytes(told.data[:2], "big"), end) == (Opcode.CLOSE, code, End(Reason.PROTOCOL_ERROR))


def read(said):
    client = ClientProtocol(parse_uri("ws://localhost/"), state=State.OPEN)
    client.receive_data(said)
    return [event for event in client.events_received() if isinstance(event, Frame)]


def test_of_those_who_are_in_no_message_nothing_is_kept_and_of_others_until_they_are_gone():
    conversations = Conversations(MOST)
    whole = frame(TEXT, b' {"type":"snapshot"}')
    assert hear(whole[:9], conversations=conversations) == []
    assert hear(whole[9:], conversations=conversations) == [Grant(Snapshot())]
    hear(whole[:9], conversations=conversations)
    conversations.forget(5)
    assert hear(whole, conversations=conversations) == [Grant(Snapshot())]


@pytest.mark.parametrize("payload", [b"", b"\x03\xe8bye"])
def test_a_close_may_come_amid_a_message_however_it_is_cut(payload):
    data = frame(TEXT, b'{"type":', fin=False) + frame(CLOSE, payload) + frame(PING)
    for cuts in ((), range(len(data))):
        assert hear(data, cuts) == [Say(header(len(payload), CLOSE) + payload, CLOSING), End(Reason.CLIENT_CLOSED)]


@pytest.mark.parametrize("written", [b"\xfe\x00\x05", b"\xff" + bytes(7) + b"\x05", b"\xff\x80" + bytes(7)])
@pytest.mark.parametrize("opcode", [TEXT, PING])
def test_a_length_in_more_bytes_than_it_takes_ends_the_conversation(written, opcode):
    data = frame(PING, b"a") + bytes([0x80 | opcode]) + written + MASK + b"hello"
    for cuts in ((), range(len(data))):
        said, ended = hear(data, cuts)[-2:]
        assert said.frame[2:4] == b"\x03\xea"
        assert ended == End(Reason.PROTOCOL_ERROR)

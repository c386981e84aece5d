"""Chat messages, and that the short way of reading them takes nothing that the library would not."""

import json
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.frames import Frame, Opcode
from websockets.protocol import State
from websockets.server import ServerProtocol

from ewarn.errors import InputError
from ewarn.wire.chat import SAID, echo, filled, parse_chat, say, usual
from ewarn.wire.framing import TEXT, masked_frame

MASKS = st.binary(min_size=4, max_size=4)
TEXTS = st.text(st.characters(codec="utf-8"), max_size=200)
MOST = 4096


def heard_by_the_library(data, most=MOST):
    """The message in `data`, if that is what there is in it and all of it is in order."""
    protocol = ServerProtocol(state=State.OPEN, max_size=most)
    protocol.receive_data(data)
    frames = protocol.events_received()
    if protocol.state is not State.OPEN or len(frames) != 1 or not frames[0].fin or frames[0].opcode is not Opcode.TEXT:
        return None
    return frames[0].data.decode()


@given(TEXTS, MASKS)
def test_what_comes_back_is_a_drills_message_with_the_text_that_was_sent(text, mask):
    answer = json.loads(usual(masked_frame(TEXT, say(text), mask), MOST))
    assert answer == {"type": "chat", "drill": True, "text": text}


@given(TEXTS)
def test_a_message_read_at_length_has_the_text_that_was_sent(text):
    assert parse_chat(json.loads(say(text))) == text
    assert json.loads(echo(text))["text"] == text


@pytest.mark.parametrize("length", [30, 125, 126, 200, 4096])
def test_a_message_can_be_made_of_any_length(length):
    assert len(filled(length)) == length
    parse_chat(json.loads(filled(length)))


@given(TEXTS, MASKS, st.integers(0, 400), st.integers(0, 255))
def test_a_frame_with_a_byte_changed_is_taken_only_where_the_library_takes_it(text, mask, place, byte):
    data = bytearray(masked_frame(TEXT, say(text), mask))
    data[place % len(data)] = byte
    answer = usual(bytes(data), MOST)
    if answer is not None:
        assert json.loads(answer)["text"] == json.loads(heard_by_the_library(bytes(data)))["text"]


@given(st.binary(max_size=300))
def test_no_bytes_can_upset_it(data):
    payloads = data, SAID + data, SAID + b'"' + data + b'"}'
    for frame in (data, *(masked_frame(TEXT, payload, b"abcd") for payload in payloads)):
        answer = usual(frame, MOST)
        assert answer is None or isinstance(answer, bytes)
        if answer is not None:
            assert json.loads(answer)["text"] == json.loads(heard_by_the_library(frame))["text"]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x81",
        Frame(Opcode.TEXT, say("not masked")).serialize(mask=False),
        Frame(Opcode.TEXT, say("x" * 200)).serialize(mask=False),
        Frame(Opcode.BINARY, say("no text")).serialize(mask=True),
        Frame(Opcode.TEXT, say("a part"), fin=False).serialize(mask=True),
        masked_frame(TEXT, say("two"), b"abcd") * 2,
        masked_frame(TEXT, say("not all of it"), b"abcd")[:-1],
        b"\x81\xfe\x00\x22" + masked_frame(TEXT, say("length"), b"abcd")[2:],
        masked_frame(TEXT, say("x" * MOST), b"abcd"),
        masked_frame(TEXT, say("bad")[:-2] + b'\xff"}', b"abcd"),
        masked_frame(TEXT, b'{"type":"chat","text":"\\ud800"}', b"abcd"),
        masked_frame(TEXT, b'{"type":"chat","text":5}', b"abcd"),
        masked_frame(TEXT, b'{"type":"chat","text":"a","type":"follow","places":[]}', b"abcd"),
        masked_frame(TEXT, b'{"type":"follow","places":[]}', b"abcd"),
    ],
    ids=count(),  # not by what they hold: the library masks at random, and a test has one name in every process
)
def test_whatever_is_unusual_is_left_to_the_library(data):
    assert usual(data, MOST) is None


@pytest.mark.parametrize("data", [{}, {"text": None}, {"text": ["a"]}, {"text": "\ud800"}])
def test_a_text_that_is_missing_or_none_is_named(data):
    with pytest.raises(InputError, match="text: "):
        parse_chat(data)

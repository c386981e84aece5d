"""The question what time it is, and that the short way of reading it takes nothing that the library would not."""

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.frames import Opcode
from websockets.protocol import State
from websockets.server import ServerProtocol

from ewarn.errors import InputError
from ewarn.wire.framing import TEXT, masked_frame
from ewarn.wire.service_time import LARGEST, ask, is_told, parse_time, tell, usual

MASKS = st.binary(min_size=4, max_size=4)
NUMBERS = st.floats(-LARGEST, LARGEST) | st.integers(-int(LARGEST), int(LARGEST))
MOST = 4096
BEGINNING = b'{"type":"time","sent":'


def heard_by_the_library(data):
    """The message in `data`, if that is what there is in it and all of it is in order."""
    protocol = ServerProtocol(state=State.OPEN, max_size=MOST)
    protocol.receive_data(data)
    frames = protocol.events_received()
    if protocol.state is not State.OPEN or len(frames) != 1 or not frames[0].fin or frames[0].opcode is not Opcode.TEXT:
        return None
    return frames[0].data.decode()


@given(NUMBERS, MASKS)
def test_what_was_sent_is_read_as_it_was_sent(sent, mask):
    found = usual(masked_frame(TEXT, ask(sent), mask), MOST)
    assert (found, type(found)) == (sent, type(sent))


@given(NUMBERS, st.floats(0, 4e9))
def test_the_answer_is_the_question_with_the_services_milliseconds(sent, service_s):
    answer = tell(sent, service_s)
    assert is_told(answer)
    said = json.loads(answer)
    assert said == {"type": "time", "drill": True, "sent": sent, "service": math.floor(service_s * 1000)}
    assert isinstance(said["service"], int)


def test_the_unit_is_the_millisecond_since_1970():
    assert json.loads(tell(5.25, 1767225606.4129))["service"] == 1_767_225_606_412


@given(st.recursive(st.none() | st.booleans() | st.floats() | st.integers() | st.text(), st.lists, max_leaves=5))
def test_a_sent_that_is_no_number_within_bounds_is_named(value):
    good = isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= LARGEST
    if good:
        assert parse_time({"sent": value}) == value
    else:
        with pytest.raises(InputError, match=r"^sent: "):
            parse_time({"sent": value})


@given(NUMBERS, MASKS, st.integers(0, 400), st.integers(0, 255))
def test_a_frame_with_a_byte_changed_is_taken_only_where_the_library_takes_it(sent, mask, place, byte):
    data = bytearray(masked_frame(TEXT, ask(sent), mask))
    data[place % len(data)] = byte
    found = usual(bytes(data), MOST)
    if found is not None:
        assert found == json.loads(heard_by_the_library(bytes(data)))["sent"]


@given(st.binary(max_size=300))
def test_no_bytes_can_upset_it(data):
    for payload in (data, BEGINNING + data, BEGINNING + b"1" + data, BEGINNING + data + b"}"):
        for frame in (payload, masked_frame(TEXT, payload, b"abcd")):
            found = usual(frame, MOST)
            if found is not None:
                assert abs(found) <= LARGEST
                assert found == json.loads(heard_by_the_library(frame))["sent"]


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        BEGINNING,
        b'{"type":"time"}',
        BEGINNING + b"}",
        BEGINNING + b"null}",
        BEGINNING + b"true}",
        BEGINNING + b'"1"}',
        BEGINNING + b"NaN}",
        BEGINNING + b"Infinity}",
        BEGINNING + b"1e400}",
        BEGINNING + b"9007199254740993}",
        BEGINNING + b"9" * 4050 + b"}",
        BEGINNING + b"[1]}",
        BEGINNING + b'{"sent":1}}',
        BEGINNING + b"[" * 2000 + b"]" * 2000 + b"}",
        BEGINNING + b'1,"type":"follow","places":[]}',
        BEGINNING + b'1}{"type":"time","sent":2}',
    ],
)
def test_what_is_no_such_question_is_left_to_the_library(payload):
    assert usual(masked_frame(TEXT, payload, b"abcd"), MOST) is None

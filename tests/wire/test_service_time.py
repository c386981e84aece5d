"""The question what time it is, and its answer."""

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.json import Decoder

from ewarn.errors import InputError
from ewarn.wire.messages import understood
from ewarn.wire.service_time import LARGEST, Question, ask, is_told, tell


def read(data):
    return understood(data, Decoder(Question)).sent


NUMBERS = st.floats(-LARGEST, LARGEST) | st.integers(-int(LARGEST), int(LARGEST))


@given(NUMBERS)
def test_what_was_sent_is_read_as_it_was_sent(sent):
    found = read(ask(sent))
    assert (found, type(found)) == (sent, type(sent))


@given(NUMBERS, st.floats(0, 4e9))
def test_the_answer_is_the_question_with_the_services_milliseconds(sent, service_s):
    answer = tell(sent, service_s)
    assert is_told(answer)
    said = json.loads(answer)
    assert said == {"type": "time", "drill": True, "sent": sent, "service": math.floor(service_s * 1000)}
    assert isinstance(said["service"], int)


@given(NUMBERS)
def test_numbers_are_written_as_the_standard_library_writes_them(sent):
    text = json.dumps(sent).encode()
    assert ask(sent) == b'{"type":"time","sent":%b}' % text
    assert tell(sent, 0.0) == b'{"type":"time","drill":true,"sent":%b,"service":0}' % text


def test_the_unit_is_the_millisecond_since_1970():
    assert json.loads(tell(5.25, 1767225606.4129))["service"] == 1_767_225_606_412


@given(st.recursive(st.none() | st.booleans() | st.floats() | st.integers() | st.text(), st.lists, max_leaves=5))
def test_a_sent_that_is_no_number_within_bounds_is_named(value):
    good = isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= LARGEST
    if good:
        assert read(json.dumps({"sent": value})) == value
    else:
        with pytest.raises(InputError, match=r"^sent: "):
            read(json.dumps({"sent": value}))

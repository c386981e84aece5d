"""Chat messages: what is said, and what is echoed."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.json import Decoder

from ewarn.errors import InputError
from ewarn.wire.chat import Chat, echo, filled, say
from ewarn.wire.messages import understood


def read(data):
    return understood(data, Decoder(Chat)).text


TEXTS = st.text(st.characters(codec="utf-8"), max_size=200)


@given(TEXTS)
def test_a_message_read_at_length_has_the_text_that_was_sent(text):
    assert read(say(text)) == text
    assert echo(text) == b'{"type":"chat","drill":true,"text":%b}' % json.dumps(text, ensure_ascii=False).encode()


@pytest.mark.parametrize("length", [30, 125, 126, 200, 4096])
def test_a_message_can_be_made_of_any_length(length):
    assert len(filled(length)) == length
    read(filled(length))


@pytest.mark.parametrize("data", [{}, {"text": None}, {"text": ["a"]}, {"text": "\ud800"}])
def test_a_text_that_is_missing_or_none_is_named(data):
    with pytest.raises(InputError, match="text: "):
        echo(read(json.dumps(data)))

"""Messages of strangers: whatever the bytes, they are read as the standard library reads them, or refused in a line."""

import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from msgspec import to_builtins
from msgspec.json import Decoder

from ewarn.errors import InputError
from ewarn.wire.chat import Chat
from ewarn.wire.messages import fitted, understood
from ewarn.wire.reports import SaidOrigin
from ewarn.wire.service_time import Question
from ewarn.wire.subscriptions import Follow, Snapshot

SAID = Decoder(Chat | Follow | Snapshot | Question)
PIECES = st.sampled_from(
    [
        "NaN",
        "-Infinity",
        "1e999",
        "-0",
        "01",
        "9" * 400,
        '"\\ud800"',
        '"\\ud83d\\ude00"',
        "[" * 3_000,
        "{",
        "1.0",
        "true",
    ]
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=5,
).map(json.dumps)
TYPES = st.sampled_from(["chat", "time", "follow", "snapshot", "report"]).map(json.dumps) | VALUES | PIECES
KEYS = st.sampled_from(["text", "sent", "places", "least_intensity", "type", "x"])
TEXTS = st.builds(
    lambda kind, pairs: "{" + ",".join(f'"{key}":{value}' for key, value in [("type", kind), *pairs]) + "}",
    TYPES,
    st.lists(st.tuples(KEYS, VALUES | PIECES), max_size=3),
)


def decided(read):
    try:
        return to_builtins(read())
    except InputError as error:
        assert str(error) and "\n" not in str(error)
        return None


@given(TEXTS)
@example('{"type":"\\ud800"}')
@example('{"type":"chat","text":"a","type":"follow","places":[]}')
@example('{"type":"follow","places":["x"],"places":[[30,103]]}')
@example('{"type":"snapshot","x":NaN}')
def test_a_text_is_read_as_the_standard_library_reads_it_or_refused_in_a_line(text):
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        assert decided(lambda: understood(text, SAID)) is None
    else:
        assert decided(lambda: understood(text, SAID)) == decided(lambda: fitted(value, SAID.type))


@given(st.binary(max_size=80), TEXTS, st.integers(0, 200), st.integers(0, 255))
@example(b'{"type":"snapshot","x":"\xff"}', "{}", 0, 0)
def test_no_bytes_are_anything_but_read_or_refused(data, text, at, byte):
    changed = bytearray(text.encode())
    changed[at % len(changed)] = byte
    for one in (data, bytes(changed)):
        said = decided(lambda one=one: understood(one, SAID))
        assert said is None or isinstance(json.loads(one), dict)


@pytest.mark.parametrize(
    ("said", "problem"),
    [
        ("{}", "type: expected one of chat, follow, snapshot, time, got None"),
        ('{"type":"report"}', "type: expected one of chat, follow, snapshot, time, got 'report'"),
        ('{"type":"chat"}', "text: missing"),
        ('{"type":"chat","text":5}', "text: expected str, got 5"),
        ('{"type":"follow"}', "places: missing"),
        ('{"type":"follow","places":[[1,2],[91,2]]}', "places 1: latitude: 91 is outside -90 to 90"),
        ('{"type":"follow","places":[[1,2,3]]}', "places 0: expected latitude and longitude, got [1, 2, 3]"),
        (
            '{"type":"follow","places":[],"least_intensity":13}',
            "least_intensity: 13 is outside 0 to 12",
        ),
        ('{"type":"chat","text":{"x":"\\ud800"}}', "text: expected str, got {'x': '\\ud800'}"),
        ("[]", "expected object, got []"),
        ("[", "not JSON: Expecting value: line 1 column 2 (char 1)"),
    ],
)
def test_what_is_wrong_is_named_with_what_came_and_all_that_may_stand_there(said, problem):
    with pytest.raises(InputError) as caught:
        understood(said, SAID)
    assert str(caught.value) == problem


def test_a_key_within_another_is_named_in_full_and_both_bounds_are_said():
    with pytest.raises(InputError, match=r"^depth_km: nan is outside 0 to 700$"):
        fitted({"time": "", "latitude": 1, "longitude": 1, "depth_km": float("nan"), "magnitude": 1}, SaidOrigin)

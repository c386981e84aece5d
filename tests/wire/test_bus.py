"""Messages of the bus: they come from strangers."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ewarn.errors import InputError
from ewarn.wire.bus import (
    MOST_BYTES,
    MOST_NAMED,
    PULSE,
    STANDING,
    TAKEN,
    Pulse,
    ReportName,
    Standing,
    Taken,
    decode,
    encode,
)

NAME = ReportName("luding-2022", 7, 3)


def test_each_message_comes_back_as_it_went():
    for message, decoder in (
        (Pulse(5, (NAME,)), PULSE),
        (Taken("g1", "luding-2022", 7, 3, 12, note="below"), TAKEN),
        (Standing("g1", "wss://g1:443", 100, 3, "draining"), STANDING),
    ):
        assert decode(encode(message), decoder) == message
    assert Taken("g1", "luding-2022", 7, 3).named == NAME


@pytest.mark.parametrize(
    "said, decoder, told",
    [
        (b'{"sent":1,"newest":[{"quake":"a","play":0,"number":1}]}', PULSE, "play"),
        (encode(Pulse(1, (NAME,) * (MOST_NAMED + 1))), PULSE, "newest"),
        (b'{"host":"G1","quake":"a","play":1,"number":1}', TAKEN, "host"),
        (b'{"host":"g1.x","quake":"a","play":1,"number":1}', TAKEN, "host"),
        (b'{"host":"g1","quake":"a b","play":1,"number":1}', TAKEN, "quake"),
        (b'{"host":"g1","quake":"a","play":1,"number":1,"targets":-1}', TAKEN, "targets"),
        (b'{"host":"g1","url":"ws://h:1","capacity":1,"connections":1,"state":"well"}', STANDING, "state"),
        (b"[" * MOST_BYTES + b"[", PULSE, "65,537 bytes"),
        (b"\xff", PULSE, "not JSON"),
    ],
)
def test_what_is_none_is_refused_with_its_key(said, decoder, told):
    with pytest.raises(InputError) as refused:
        decode(said, decoder)
    assert told in str(refused.value)


@given(st.binary(max_size=200), st.sampled_from([PULSE, TAKEN, STANDING]))
def test_no_bytes_are_worse_than_wrong(said, decoder):
    with suppress(InputError):
        decode(said, decoder)

"""Frames compared with those of the websockets library, and where they end in a stream of bytes."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from websockets.frames import Frame as LibraryFrame
from websockets.frames import Opcode

from ewarn.wire import framing
from ewarn.wire.framing import header, length_fault, masked_frame, next_frame

LENGTHS = [0, 1, 125, 126, 127, 300, 65_535, 65_536, 70_000]
CONTROL = st.builds(
    lambda opcode, data: LibraryFrame(opcode, data).serialize(mask=True),
    st.sampled_from([Opcode.PING, Opcode.PONG]),
    st.binary(max_size=125),
)


@st.composite
def messages(draw):
    """A data message in one or more fragments, control frames between them: its bytes, and where it may be cut."""
    fragments = draw(st.lists(st.binary(max_size=200), min_size=1, max_size=4))
    data = b""
    for index, fragment in enumerate(fragments):
        opcode = draw(st.sampled_from([Opcode.TEXT, Opcode.BINARY])) if index == 0 else Opcode.CONT
        data += LibraryFrame(opcode, fragment, fin=index == len(fragments) - 1).serialize(mask=True)
        if index < len(fragments) - 1:
            data += b"".join(draw(st.lists(CONTROL, max_size=2)))
    return data


STREAMS = st.lists(st.one_of(messages(), CONTROL), max_size=6)


@pytest.mark.parametrize("length", LENGTHS)
@pytest.mark.parametrize("opcode", [Opcode.TEXT, Opcode.BINARY])
def test_a_servers_frame_is_the_librarys(length, opcode):
    payload = b"x" * length
    assert header(length, opcode) + payload == LibraryFrame(opcode, payload).serialize(mask=False)


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (framing.TEXT, Opcode.TEXT),
        (framing.CLOSE, Opcode.CLOSE),
        (framing.PING, Opcode.PING),
        (framing.PONG, Opcode.PONG),
    ],
)
def test_opcodes_are_those_of_the_standard(ours, theirs):
    assert ours == theirs


@pytest.mark.parametrize("length", LENGTHS)
def test_a_masked_frame_of_any_length_is_the_librarys(length):
    payload = bytes(index % 251 for index in range(length))
    theirs = LibraryFrame(Opcode.TEXT, payload).serialize(mask=True)
    mask = theirs[len(theirs) - length - 4 : len(theirs) - length]
    assert masked_frame(framing.TEXT, payload, mask) == theirs


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=300), st.sampled_from([Opcode.TEXT, Opcode.CONT]), st.booleans(), st.booleans())
def test_the_next_frame_has_the_payload_and_flags_that_the_library_put_in(payload, opcode, final, masked):
    data = LibraryFrame(opcode, payload, fin=final).serialize(mask=masked)
    found = next_frame(b"abc" + data + b"more", 3)
    assert (found.final, found.opcode, found.end) == (final, opcode, 3 + len(data))
    assert found.end - found.start == len(payload)
    if not masked:
        assert (b"abc" + data)[found.start : found.end] == payload


@settings(max_examples=40, deadline=None)
@given(st.sampled_from([0, 5, 125, 126, 400, 66_000]), st.booleans(), st.data())
def test_a_frame_cut_short_anywhere_is_no_frame_yet(length, masked, data):
    whole = LibraryFrame(Opcode.TEXT, b"x" * length).serialize(mask=masked)
    cut = data.draw(st.integers(0, len(whole) - 1))
    assert next_frame(whole[:cut]) is None
    assert next_frame(whole).end == len(whole)


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=40), st.integers(0, 45))
def test_random_bytes_are_a_frame_within_bounds_or_none(data, at):
    found = next_frame(data, at)
    assert found is None or at + 2 <= found.start <= found.end <= len(data)


def test_a_frame_that_claims_to_be_endless_is_waited_for():
    assert next_frame(b"\x81\x7f" + b"\xff" * 8 + b"abc") is None


def test_reading_leaves_a_buffer_as_it_was():
    data = bytearray(LibraryFrame(Opcode.TEXT, b"hello").serialize(mask=True))
    before = bytes(data)
    next_frame(data)
    assert bytes(data) == before


@given(st.integers(0, (1 << 64) - 1), st.sampled_from([2, 8]), st.binary(max_size=3))
def test_a_length_is_at_fault_where_fewer_bytes_would_do_or_its_first_bit_is_set(length, size, before):
    length %= 1 << (8 * size)
    head = bytes([0x81, 0x80 | (126 if size == 2 else 127)]) + length.to_bytes(size, "big")
    shortest = length >= (126 if size == 2 else 1 << 16)
    assert bool(length_fault(before + head, len(before))) is not (shortest and length < 1 << 63)
    assert not any(length_fault(head[:end]) for end in range(len(head)))
    assert length_fault(b"\x83" + head[1:]) == length_fault(head[:1] + bytes([head[1] & 0x7F]) + head[2:]) == ""

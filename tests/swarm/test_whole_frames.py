"""Whole WebSocket frames among pieces of many connections."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from ewarn.swarm.whole_frames import Unfinished, alone, apart
from ewarn.wire.framing import CLOSE, PING, TEXT, header, masked_frame, next_frame

PAYLOADS = st.sampled_from([0, 1, 2, 5, 125, 126, 127, 300, 553, 65_535, 70_000]).map(lambda length: b"x" * length)
FRAMES = st.builds(
    lambda payload, opcode: header(len(payload), opcode) + payload, PAYLOADS, st.sampled_from([TEXT, PING])
)


def matrix(pieces):
    lengths = np.array([len(piece) for piece in pieces])
    data = np.zeros((len(pieces), int(lengths.max(initial=0))), np.uint8)
    for row, piece in enumerate(pieces):
        data[row, : len(piece)] = np.frombuffer(piece, np.uint8)
    return data, lengths


def is_one_frame(piece):
    frame = next_frame(piece)
    return frame is not None and frame.end == len(piece) and not piece[1] & 0x80


@given(st.lists(st.one_of(FRAMES, st.binary(max_size=300)), min_size=1, max_size=8))
def test_what_is_found_alone_is_one_whole_frame_by_the_framing_of_one_at_a_time(pieces):
    data, lengths = matrix(pieces)
    for piece, found in zip(pieces, alone(data, lengths).tolist(), strict=True):
        assert not found or is_one_frame(piece)


@given(FRAMES)
def test_a_servers_frame_up_to_two_bytes_of_length_is_found_alone(frame):
    data, lengths = matrix([frame, b"\0" * 10])
    assert alone(data, lengths)[0] == (len(frame) < 65_536 + 4)


def test_a_frame_that_a_client_masked_is_left_to_whoever_looks_closer():
    data, lengths = matrix([masked_frame(CLOSE, b"", b"abcd")])
    assert not alone(data, lengths).any()


@given(st.lists(FRAMES, max_size=4), st.lists(st.integers(0, 3_000), max_size=6))
def test_frames_cut_anywhere_come_whole_and_in_order(frames, cuts):
    stream, one, found, at = b"".join(frames), Unfinished(), [], 0
    for cut in [*cuts, len(stream)]:
        found += one.more(7, stream[at : at + cut])
        at += cut
    assert found == frames
    assert len(one) == 0


def test_of_a_connection_that_is_over_the_begun_frame_is_forgotten():
    one = Unfinished()
    assert one.more(3, b"\x81\x05ab") == []
    assert one.of(np.array([3, 4])).tolist() == [True, False]
    one.forget(3)
    assert one.more(3, b"\x81\x01a") == [b"\x81\x01a"]


@given(st.lists(st.tuples(st.integers(0, 3), st.booleans()), max_size=12))
def test_what_goes_before_others_is_of_rows_that_have_nothing_but_whole_frames(pieces):
    rows, whole = (np.array([piece[at] for piece in pieces], kind) for at, kind in ((0, np.int64), (1, np.bool_)))
    mixed = {row for row, one in pieces if not one}
    assert apart(rows, whole).tolist() == [row not in mixed for row, _ in pieces]

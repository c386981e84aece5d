"""Whoever asks for an address of ours is told where it is; nobody else is."""

import struct

from hypothesis import given
from hypothesis import strategies as st

from ewarn.packets.arp import answer

MAC, ASKER = b"\2\0\0\0\0\1", b"\2\0\0\0\0\2"
FIRST = 10 << 24 | 77 << 16 | 1


def request(wanted, operation=1, kind=0x0806, protocol=0x0800):
    """As RFC 826 has it."""
    head = b"\xff" * 6 + ASKER + struct.pack("!H", kind)
    return head + struct.pack("!HHBBH6sI6sI", 1, protocol, 6, 4, operation, ASKER, 10 << 24 | 9, bytes(6), wanted)


def test_a_request_is_answered_to_who_asks():
    said = answer(request(FIRST + 3) + bytes(18), MAC, FIRST, 32)
    assert said[:14] == ASKER + MAC + b"\x08\x06"
    assert struct.unpack("!HHBBH6sI6sI", said[14:]) == (1, 0x0800, 6, 4, 2, MAC, FIRST + 3, ASKER, 10 << 24 | 9)


def test_others_addresses_answers_and_other_protocols_are_left_alone():
    for other in (
        request(FIRST - 1),
        request(FIRST + 32),
        request(FIRST, operation=2),
        request(FIRST, kind=0x0800),
        request(FIRST, protocol=0x86DD),
        request(FIRST)[:41],
        b"",
    ):
        assert answer(other, MAC, FIRST, 32) is None


@given(st.binary(max_size=80))
def test_whatever_comes_does_no_harm(frame):
    said = answer(frame, MAC, FIRST, 32)
    assert said is None or len(said) == 42

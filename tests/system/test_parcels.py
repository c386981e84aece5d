"""Messages over a channel in any parts, as the library's own end of it understands them."""

import os
from multiprocessing import Pipe

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ewarn.system.parcels import Inbox, Unpacker, pack

MESSAGES = st.lists(st.binary(max_size=300) | st.integers() | st.tuples(st.text(), st.none()), max_size=8)


@given(MESSAGES, st.lists(st.integers(1, 40), min_size=1))
def test_messages_come_out_whole_and_in_order_however_they_are_cut(messages, cuts):
    data, unpacker, found = b"".join(map(pack, messages)), Unpacker(), []
    while data:
        for cut in cuts:
            found += unpacker.unpack(data[:cut])
            data = data[cut:]
    assert found == messages
    assert not unpacker._kept


def test_a_reader_that_stops_in_the_middle_loses_nothing():
    unpacker = Unpacker()
    assert next(unpacker.unpack(pack(1) + pack(2) + pack(3)[:5])) == 1
    assert list(unpacker.unpack(pack(3)[5:])) == [2, 3]


def test_the_library_understands_it():
    ours, theirs = Pipe()
    with ours, theirs:
        theirs.send_bytes(pack(("drain", 3))[4:])
        assert ours.recv() == ("drain", 3)
        theirs.send(["x" * 1000])
        assert ours.recv() == ["x" * 1000]


def test_an_inbox_takes_what_is_whole_waits_for_nothing_and_says_when_it_is_over():
    ours, theirs = Pipe()
    with theirs:
        inbox = Inbox(theirs.fileno())
        with ours:
            assert list(inbox.messages()) == []
            ours.send(1)
            os.write(ours.fileno(), pack("two")[:3])
            assert list(inbox.messages()) == [1]
            os.write(ours.fileno(), pack("two")[3:])
            assert list(inbox.messages()) == ["two"]
        with pytest.raises(EOFError):
            list(inbox.messages())

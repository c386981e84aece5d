"""Messages over a channel in any parts, as the library's own end of it understands them."""

from multiprocessing import Pipe

from hypothesis import given
from hypothesis import strategies as st

from ewarn.system.parcels import Unpacker, pack

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

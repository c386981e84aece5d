"""Orders to swarms and their answers: they come from strangers."""

from contextlib import suppress

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import msgpack

from ewarn.errors import InputError
from ewarn.wire import pieces
from ewarn.wire.pieces import AUDIENCE, Micros, Taking, cut, joined, opened, said, takes
from ewarn.wire.swarms import (
    FOR_AGENT,
    FOR_CONDUCTOR,
    MOST_BYTES,
    PIECE_BYTES,
    Answer,
    ArraySaid,
    Begin,
    Collect,
    Collected,
    Connect,
    Disturb,
    Done,
    Give,
    Hello,
    Here,
    Leave,
    Order,
    Piece,
    Prepare,
    Problem,
    Pulse,
    Standing,
    Take,
    decode,
    encode,
)

RUN, AGENT = "0f" * 16, "a1" * 8
ORDERS = [
    Hello("0.1.0", 1, b"k" * 32, 10.0),
    Take("latitude", 1, 2, b"x"),
    Prepare(5, 10, 3, 1, 1000.0, 0.1, True, ("ws://127.0.0.1:1",)),
    Connect(),
    Begin("luding-2022"),
    Disturb(bounce=0.5),
    Collect(),
    Give("read", 3),
    Leave(),
]
ANSWERS = [
    Here("s1", "0.1.0", 1, "boot", "time:[1]", 40_000),
    Done(),
    Collected({"read": ArraySaid("<u4", (3, 10), 1)}, ("g1",), {"g1": (9, 1)}),
    Piece("read", 0, b"x"),
    Problem("no", 2),
]


def test_each_message_comes_back_as_it_went():
    for number, do in enumerate(ORDERS, 1):
        order = Order(RUN, AGENT, number, do)
        assert decode(encode(order), FOR_AGENT) == order
    assert decode(encode(Pulse(RUN)), FOR_AGENT) == Pulse(RUN)
    for number, one in enumerate(ANSWERS, 1):
        answer = Answer(RUN, AGENT, number, one)
        assert decode(encode(answer), FOR_CONDUCTOR) == answer
    standing = Standing("s1", AGENT, "there", RUN, "0.1.0", 10, 9, (1, 2), (3,), ("late",), "died", 4)
    assert decode(encode(standing), FOR_CONDUCTOR) == standing


def changed(message, **fields):
    """The bytes of a message in which some keys say something else."""
    return msgpack.encode(msgpack.decode(encode(message)) | fields)


@pytest.mark.parametrize(
    "payload, decoder, told",
    [
        (changed(Pulse(RUN), run="x"), FOR_AGENT, "run"),
        (changed(Order(RUN, AGENT, 1, Leave()), number=0), FOR_AGENT, "number"),
        (changed(Order(RUN, AGENT, 1, Leave()), do={"type": "destroy"}), FOR_AGENT, "do"),
        (changed(Order(RUN, AGENT, 1, Leave()), do={"type": "begin", "quake": "a b"}), FOR_AGENT, "do.quake"),
        (changed(Standing("s1", AGENT, "there"), state="lost"), FOR_CONDUCTOR, "state"),
        (changed(Standing("s1", AGENT, "there"), tallies=[0] * 65), FOR_CONDUCTOR, "tallies"),
        (encode(Pulse(RUN)), FOR_CONDUCTOR, "type: expected one of answer, standing"),
        (msgpack.encode({1: 2}), FOR_AGENT, "expected one of order, pulse"),
        (msgpack.encode({"type": "pulse", "run": {1: 2}}), FOR_AGENT, "run"),
        (b"\x91" * 2000, FOR_AGENT, "MessagePack"),
        (b"\xc1", FOR_AGENT, "not MessagePack"),
        (b"\x00" * (MOST_BYTES + 1), FOR_AGENT, "bytes, at most"),
    ],
)
def test_what_is_none_is_refused_with_its_key(payload, decoder, told):
    with pytest.raises(InputError) as refused:
        decode(payload, decoder)
    assert told in str(refused.value)


anything = st.recursive(
    st.none() | st.integers(-(2**63), 2**63) | st.floats() | st.text(max_size=8) | st.binary(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4) | st.integers(0, 9), inner, max_size=3)
    ),
    max_leaves=6,
)
kept = st.sampled_from([*(Order(RUN, AGENT, 1, do) for do in ORDERS), *(Answer(RUN, AGENT, 1, one) for one in ANSWERS)])


@settings(max_examples=150)
@given(st.data())
def test_no_bytes_are_worse_than_wrong(data):
    decoder = data.draw(st.sampled_from([FOR_AGENT, FOR_CONDUCTOR]))
    with suppress(InputError):
        decode(data.draw(st.binary(max_size=100)), decoder)
    # What nearly is one, with anything where something else should stand.
    fields = msgpack.decode(encode(data.draw(kept)))
    inner = next((key for key in ("do", "said") if key in fields), None)
    where = fields[inner] if inner and data.draw(st.booleans()) else fields
    where[data.draw(st.sampled_from([*where]))] = data.draw(anything)
    with suppress(InputError):
        decode(msgpack.encode(fields), decoder)


def test_an_array_comes_back_from_its_pieces():
    array = np.random.default_rng(1).integers(0, 2**32, (3, 60_000), np.uint32)
    parts = cut(array)
    assert len(parts) == 2 and all(len(part) < MOST_BYTES - 1000 for part in parts)
    told = said(array)
    assert (joined("read", [opened(part) for part in parts], told) == array).all()
    with pytest.raises(InputError, match="read: 393,216 bytes came, 720,000 were said"):
        joined("read", [opened(parts[0])], told)
    assert joined("none", [], said(array[:0])).shape == (0, 60_000)


def test_a_piece_that_swells_is_refused_before_it_does():
    import zlib

    for data in (zlib.compress(bytes(PIECE_BYTES + 1)), zlib.compress(b"x")[:-1], b"x", zlib.compress(b"x") + b"y"):
        with pytest.raises(InputError, match=r"^data: not"):
            opened(data)


def audience(users=1000):
    rng = np.random.default_rng(2)
    count = rng.integers(0, 11, users)
    places = int(count.sum())
    return {
        "count": count,
        "latitude": rng.uniform(-90, 90, places),
        "longitude": rng.uniform(-180, 180, places),
        "threshold": rng.uniform(0, 5, users),
        "sampled": np.arange(users) < 3,
    }


def test_an_audience_arrives_whatever_comes_twice_or_in_another_order(monkeypatch):
    monkeypatch.setattr(pieces, "PIECE_BYTES", 4096)
    arrays = audience()
    orders = list(takes(arrays))
    assert len(orders) > 20
    taking = Taking()
    for order in [*reversed(orders), *orders[:3]]:
        taking.take(order)
    found = taking.arrays(1000)
    for what, dtype in AUDIENCE.items():
        assert (found[what] == arrays[what].astype(dtype)).all()


def test_an_audience_that_does_not_fit_is_refused_by_its_numbers():
    def taken(arrays, without=0):
        taking = Taking()
        for order in list(takes(arrays))[without:]:
            taking.take(order)
        return taking

    for arrays, without, told in (
        (audience(), 1, "count: 1 of 1 pieces are missing, the first is 0"),
        (audience(999), 0, "count: 999 came, for 1,000 users"),
        (audience() | {"latitude": np.zeros(3)}, 0, "latitude: 3 came, users follow"),
        (audience() | {"count": np.full(1000, 11)}, 0, "count: a user follows 11 places"),
    ):
        with pytest.raises(InputError, match=told):
            taken(arrays, without).arrays(1000)
    odd = audience()
    odd["latitude"][7] = np.nan
    with pytest.raises(InputError, match="latitude: expected degrees from -90 to 90"):
        taken(odd).arrays(1000)
    with pytest.raises(InputError, match=r"take.what: read is not one of"):
        Taking().take(Take("read", 0, 1, b""))
    with pytest.raises(InputError, match="piece 2 of 2 of count, which has 2"):
        Taking().take(Take("count", 2, 2, cut(np.zeros(1))[0]))


@settings(max_examples=50)
@given(st.lists(st.one_of(st.just(0), st.integers(10**12, 10**12 + 4 * 10**12)), min_size=1, max_size=20))
def test_receipts_travel_with_an_error_of_a_microsecond_and_on_the_side_that_is_said(times):
    given_ns = np.array([times, times[::-1]])
    micros = Micros.of(given_ns)
    never = given_ns == 0
    assert (micros.latest()[never] == pieces.NEVER).all() and (micros.earliest()[never] == pieces.NEVER).all()
    late = (micros.latest() - given_ns)[~never]
    assert ((late >= 0) & (late < 1000)).all()
    assert (micros.earliest()[~never] <= given_ns[~never]).all()


def test_receipts_of_a_report_that_lie_too_far_apart_are_refused():
    with pytest.raises(InputError, match="83 minutes apart"):
        Micros.of(np.array([[10**12, 10**12 + 5 * 10**12]]))

"""The plain reader and writer of frames, and the card's own beside them."""

from struct import pack

import numpy as np
import pytest

from ewarn.packets.addresses import address_of, port_of
from ewarn.packets.headers import RECEIVED_AT, SENT_AT, Ends, template, write
from ewarn.packets.ring import ReceiveRing
from ewarn.packets.segments import Segments
from tests.packets.carrying import SPREAD, STAMP_S, Carrier, Frame, laid
from tests.packets.frames import MACS, Clients, checksum, frame, read, sound, written
from tests.packets.reference import ACK, PSH, SYN, Segment
from tests.packets.side_by_side import OutOfStepError, spelt

ROWS = 40_000
CLIENTS = Clients(0x0A640001, [row % 4 for row in range(ROWS)], [0x0A630001] * ROWS, [7000] * ROWS)
SAYS = Segment(2**32 - 1, 5, ACK | PSH, 1234, b"alert")


def test_the_checksum_is_that_of_the_example():
    """RFC 1071, section 3: the words 0001 f203 f4f5 f6f7 sum to ddf2."""
    assert checksum(bytes.fromhex("0001f203f4f5f6f7")) == 0xDDF2 ^ 0xFFFF


@pytest.mark.parametrize("row", [0, 1, 15_999, 16_000, 39_999])
def test_what_was_written_is_read_as_it_was(row):
    data = written(CLIENTS, row, SAYS, b"\1\1\1\1")
    assert read(CLIENTS, data) == (row, SAYS)
    assert sound(data)
    assert read(CLIENTS, data + b"padding") == (row, SAYS)


@pytest.mark.parametrize(
    ("at", "bytes_"),
    [
        (12, b"\x86\xdd"), (14, b"\x65"), (14, b"\x46"), (16, pack(">H", 46)), (16, pack(">H", 39)), (20, b"\x20\0"),
        (20, b"\0\1"), (23, b"\x11"), (26, b"\x0b"), (30, b"\x0b"), (33, b"\0"), (34, b"\0"), (36, b"\0\0"),
        (36, pack(">H", 65_024)), (36, pack(">H", 1024 + 16_000)), (46, b"\x40"), (46, b"\xf0"),
    ],
)  # fmt: skip
def test_nobody_hears_of_what_is_at_odds_or_for_others(at, bytes_):
    data = written(CLIENTS, 0, SAYS)
    assert read(CLIENTS, data[:at] + bytes_ + data[at + len(bytes_) :]) is None


def test_nobody_hears_of_what_is_cut():
    data = written(CLIENTS, 0, SAYS)
    assert all(read(CLIENTS, data[:length]) is None for length in range(len(data)))
    assert read(CLIENTS, data, len(data) + 1) is None


def noise(rng, flows, length):
    count = len(length)
    return Segments(
        rng.integers(flows, size=count),
        *(rng.integers(2**32, size=(2, count), dtype=np.uint32)),
        rng.integers(256, size=count, dtype=np.uint8),
        rng.integers(2**16, size=count, dtype=np.uint16),
        length,
        rng.integers(256, size=(count, int(length.max())), dtype=np.uint8),
        np.zeros(count, np.int64),
    )


def test_a_card_reads_spoilt_frames_as_the_plain_reader_does():
    rng = np.random.default_rng(5)
    carrier = Carrier(500, rng)
    for _ in range(5):
        carrier.carried(noise(rng, 500, rng.integers(0, 200, 1000)))
        carrier.live_again(np.arange(0, 500, 7))
    assert carrier.frames == 5000
    assert carrier.spoilt > 900
    assert carrier.left_out > 0
    assert 4000 < carrier.card._received < 5000 - carrier.left_out


@pytest.mark.parametrize("gateways", [1, 2])
def test_a_card_reads_looks_of_plain_frames_and_of_hardly_any_others_as_the_plain_reader_does(gateways):
    rng = np.random.default_rng(8)
    carrier = Carrier(500, rng, gateways=gateways)
    for _ in range(600):
        carrier.carried(noise(rng, 500, rng.integers(0, 200, int(rng.integers(1, 7)))))
    assert carrier.spoilt > 300
    assert carrier.card._received > 1000
    assert carrier.plain > 200


def test_a_look_is_plain_unless_one_frame_is_not():
    """Whatever is wrong with that one: then all are looked at more closely."""
    rng = np.random.default_rng(9)
    carrier = Carrier(500, rng, gateways=1)
    sent = noise(rng, 500, rng.integers(1, 200, 300))
    slots = np.zeros((300, 512), np.uint8)
    frames = [
        Frame(data := written(carrier.clients, row * SPREAD, one), len(data))
        for one, row in zip(spelt(sent), sent.row.tolist(), strict=True)
    ]
    found = carrier.card._plain.read(ReceiveRing.heads(laid(frames, slots)), 5)
    assert found.row.tolist() == (sent.row * SPREAD).tolist()
    assert set(found.arrived.tolist()) == {STAMP_S * 1_000_000_000 + 10}
    for at in (12, 13, 14, 16, 20, 21, 23, 26, 29, 30, 34, 35, 36, 46):
        other = slots.copy()
        other[7, RECEIVED_AT + at] ^= 0x15 if at == 20 else 0x80
        assert carrier.card._plain.read(ReceiveRing.heads(other), 5) is None, at
    for at in (4, 8, 12):  # of the kernel's own header: bytes, kept, where the frame is
        other = slots.copy()
        other[7, at] ^= 1
        assert carrier.card._plain.read(ReceiveRing.heads(other), 5) is None, at


@pytest.mark.parametrize("wrong", ["row", "length", "life", "source"])
def test_a_card_that_takes_one_thing_for_another_is_found(wrong, monkeypatch):
    rng = np.random.default_rng(6)
    carrier = Carrier(500, rng)
    taken = carrier.card._taken

    def mistaken(slots):
        if wrong == "life":
            carrier.card._lives = carrier.lives + 1
        if wrong == "source":
            carrier.card._to_port = carrier.card._to_port + 1
        found = taken(slots)
        if wrong == "row":
            found.row[3] += SPREAD
        if wrong == "length":
            found.length[3] -= 1
        return found

    monkeypatch.setattr(carrier.card, "_taken", mistaken)
    with pytest.raises(OutOfStepError):
        carrier.carried(noise(rng, 500, rng.integers(1, 200, 1000)))


def test_what_a_card_writes_is_byte_for_byte_what_is_written_plainly():
    rng = np.random.default_rng(7)
    length = rng.integers(0, 160, 2000)
    segments = noise(rng, 40_000, length)
    segments.length[(segments.flags & SYN) != 0] = 0  # a SYN has an option in its place
    lives = np.array(CLIENTS.lives, np.uint8)
    ends = Ends(
        address_of(segments.row, CLIENTS.first),
        port_of(segments.row, lives[segments.row]),
        np.full(2000, 0x0A630001, np.uint32),
        np.full(2000, 7000, np.uint16),
    )
    slots = np.frombuffer(rng.bytes(2000 * 512), np.uint8).reshape(2000, 512).copy()
    slots[:, SENT_AT : SENT_AT + 54] = template(MACS[6:], MACS[:6])
    write(slots, segments, ends, 1400)
    for slot, row, one in zip(slots, segments.row.tolist(), spelt(segments), strict=True):
        options = b"\2\4" + pack(">H", 1400) if one.flags & SYN else b""
        plain = frame((CLIENTS.address(row), CLIENTS.port(row)), (0x0A630001, 7000), one, options)
        assert slot[SENT_AT : SENT_AT + len(plain)].tobytes() == plain

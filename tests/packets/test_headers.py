"""Headers are written as the standards have them, and read as they were written."""

import struct

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from ewarn.packets.headers import (
    IN_SLOT,
    RECEIVED_AT,
    SENT_AT,
    VIRTIO,
    VIRTIO_AT,
    Ends,
    folded,
    ours_by_kind,
    sound,
    summed,
    template,
    write,
)
from ewarn.packets.segments import SYN, Segments

SLOT_BYTES, MSS = 512, 392
NUMBER, WORD = st.integers(0, 2**32 - 1), st.integers(0, 2**16 - 1)
SEGMENT = st.fixed_dictionaries(
    {
        "source": NUMBER,
        "target": NUMBER,
        "from_port": WORD,
        "to_port": WORD,
        "sequence": NUMBER,
        "acknowledged": NUMBER,
        "flags": st.integers(0, 31),
        "window": WORD,
        "payload": st.binary(max_size=MSS),
    }
)
MACS = b"\2\0\0\0\0\1", b"\2\0\0\0\0\2"


def plain_sum(data):
    """RFC 1071, a word at a time; nought where the checksum in the data is right."""
    data += b"\0" * (len(data) % 2)
    total = 0
    for (word,) in struct.iter_unpack("!H", data):
        total += word
        total = (total & 0xFFFF) + (total >> 16)
    return total ^ 0xFFFF


def written(wanted, to_mac=None):
    """Slots with these segments, in which others have been before."""
    count = len(wanted)
    slots = np.full((count, SLOT_BYTES), 0xAA, np.uint8)
    slots[:, VIRTIO_AT:SENT_AT] = 0
    slots[:, SENT_AT : SENT_AT + 54] = template(*MACS)
    payload = np.full((count, max(len(one["payload"]) for one in wanted)), 0xEE, np.uint8)
    for at, one in enumerate(wanted):
        payload[at, : len(one["payload"])] = np.frombuffer(one["payload"], np.uint8)

    def column(name, kind):
        return np.array([one[name] for one in wanted], kind)

    segments = Segments(
        np.arange(count),
        column("sequence", np.uint32),
        column("acknowledged", np.uint32),
        column("flags", np.uint8),
        column("window", np.uint16),
        np.array([len(one["payload"]) for one in wanted], np.int64),
        payload,
        np.zeros(count, np.int64),
    )
    ends = Ends(
        column("source", np.uint32),
        column("from_port", np.uint16),
        column("target", np.uint32),
        column("to_port", np.uint16),
        to_mac,
    )
    write(slots, segments, ends, MSS)
    return slots


def wanted_segments(most):
    plain = SEGMENT.map(lambda one: one | ({"payload": b""} if one["flags"] & SYN else {}))
    return st.lists(plain, min_size=1, max_size=most)


@given(wanted_segments(6), st.integers(0, 255))
def test_frames_to_gateways_behind_different_hops_each_have_the_address_of_theirs(wanted, first):
    macs = np.array([[2, 0, 0, 0, first, at] for at in range(len(wanted))], np.uint8)
    plain, told = written(wanted), written(wanted, macs)
    assert (told[:, SENT_AT : SENT_AT + 6] == macs).all()
    told[:, SENT_AT : SENT_AT + 6] = list(MACS[1])
    assert (told == plain).all()


@given(wanted_segments(6))
def test_what_is_written_is_what_the_standards_say(wanted):
    for slot, one in zip(written(wanted), wanted, strict=True):
        size, copied = struct.unpack_from("=I", slot, 4)[0], struct.unpack_from("<H", slot, VIRTIO_AT + 2)[0]
        assert size == copied + VIRTIO
        frame = slot[SENT_AT : SENT_AT + copied].tobytes()
        assert frame[:14] == MACS[1] + MACS[0] + b"\x08\x00"
        ip, tcp = frame[14:34], frame[34:]
        options = b"\2\4" + struct.pack("!H", MSS) if one["flags"] & SYN else b""
        total, whole = len(ip) + len(tcp), (one["source"], one["target"])
        assert struct.unpack("!BBHHHBB2xII", ip) == (0x45, 0, total, 0, 0x4000, 64, 6, *whole)
        assert plain_sum(ip) == 0
        offset = (20 + len(options)) // 4 << 4
        names = ("from_port", "to_port", "sequence", "acknowledged")
        said = (*(one[name] for name in names), offset, one["flags"], one["window"], 0)
        assert struct.unpack("!HHIIBBH2xH", tcp[:20]) == said
        assert tcp[20:] == options + one["payload"]
        assert plain_sum(struct.pack("!IIHH", *whole, 6, len(tcp)) + tcp) == 0


@given(wanted_segments(6))
def test_what_is_written_is_read_as_it_was(wanted):
    slots = written(wanted)
    heads = np.zeros(len(slots), IN_SLOT)
    raw = heads.view(np.uint8).reshape(len(slots), -1)
    raw[:, RECEIVED_AT:] = slots[:, SENT_AT : SENT_AT + 54]
    heads["frame_at"] = RECEIVED_AT
    heads["kept"] = heads["bytes"] = heads["total"].astype(np.uint32) + 14
    assert (ours_by_kind(heads) & sound(heads)).all()
    for name in ("source", "target", "from_port", "to_port", "sequence", "acknowledged", "flags", "window"):
        assert heads[name].tolist() == [one[name] for one in wanted]


@given(st.binary(min_size=54, max_size=54), st.integers(0, 600))
def test_no_frame_of_chance_has_lengths_that_disagree(frame, kept):
    heads = np.zeros(1, IN_SLOT)
    raw = heads.view(np.uint8)
    raw[RECEIVED_AT:] = np.frombuffer(frame, np.uint8)
    raw[RECEIVED_AT + 12 : RECEIVED_AT + 15] = 8, 0, 0x45
    raw[RECEIVED_AT + 20 : RECEIVED_AT + 24] = 0, 0, 64, 6
    heads["frame_at"], heads["kept"] = RECEIVED_AT, kept
    total, offset = struct.unpack_from("!H", frame, 16)[0], (frame[46] >> 4) * 4
    assert (ours_by_kind(heads) & sound(heads))[0] == (20 <= offset <= total - 20 and total + 14 <= kept)


@given(st.lists(st.binary(max_size=64), min_size=1, max_size=5))
def test_a_sum_of_many_rows_is_that_of_each(rows):
    widest = max(map(len, rows))
    data = np.full((len(rows), widest), 0xEE, np.uint8)
    for at, one in enumerate(rows):
        data[at, : len(one)] = np.frombuffer(one, np.uint8)
    sums = summed(data, np.array([len(one) for one in rows]))
    assert (folded(sums) ^ 0xFFFF).tolist() == [plain_sum(one) for one in rows]


@given(st.lists(NUMBER, min_size=1, max_size=200))
def test_numbers_of_32_bits_sum_as_their_words_do(numbers):
    data = b"".join(number.to_bytes(4, "big") for number in numbers)
    assert folded(np.array([sum(numbers)]))[0] ^ 0xFFFF == plain_sum(data)

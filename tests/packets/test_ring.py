"""Rings on real packet sockets: what goes in at one end of a cable comes out at the other."""

import errno
import os
import time

import numpy as np
import pytest

from ewarn.packets.cables import Cables, why_not
from ewarn.packets.headers import OUT_SLOT, RECEIVED_AT, SENT_AT, VIRTIO, template
from ewarn.packets.ring import BLOCK_BYTES, ReceiveRing, SendRing, interface_mtu, ring_bytes, shape
from ewarn.system.namespaces.laid import links
from tests.conftest import PATIENCE_S

SLOT_BYTES = 1024
FRAME = 60


@pytest.fixture
def rings():
    """What is sent from the phones' end of a cable and received at the gateway's, and the cables."""
    if why := why_not():
        pytest.skip(why)
    with Cables(1, slots=64, slot_bytes=SLOT_BYTES) as cables, cables._gateway.socket("packet") as far:
        path = cables.path(0)
        far.bind(("gateway0", 0x0800))
        head = template(path.mac, path.gateway_mac)
        yield ReceiveRing(far.fileno(), 64, SLOT_BYTES), SendRing(path.send, 64, SLOT_BYTES, head), cables
        for one in path.descriptors:
            os.close(one)


def number(ring, numbers):
    """Frames that have these numbers, ready to go."""
    slots = ring.room(len(numbers))
    slots[:, SENT_AT + 54 : SENT_AT + 56] = np.array(numbers, ">u2").view(np.uint8).reshape(-1, 2)[: len(slots)]
    heads = np.ndarray((len(slots),), OUT_SLOT, slots, 0, slots.strides[:1])
    heads["bytes"], heads["copied"] = FRAME + VIRTIO, FRAME
    return heads


def numbers(slots):
    return np.ascontiguousarray(slots[:, RECEIVED_AT + 54 : RECEIVED_AT + 56]).view(">u2")[:, 0].tolist()


def ready(ring, count):
    until = time.monotonic() + PATIENCE_S
    while len(slots := ring.ready(count)) < count:
        assert time.monotonic() < until
    return slots


def test_frames_come_in_their_order_round_and_round(rings):
    theirs, ours, _ = rings
    said, heard = list(range(1000)), []
    for at in range(0, 1000, 25):
        left = said[at : at + 25]
        while left:
            count = len(number(ours, left))
            ours.go(count)
            left = left[count:]
        while len(heard) < at + 25:
            slots = theirs.ready(20)
            heard += numbers(slots)
            theirs.give_back(len(slots))
    assert heard == said
    assert theirs.dropped() == 0


def test_a_full_ring_keeps_the_first_and_counts_the_others_for_good(rings):
    theirs, ours, _ = rings
    for at in range(0, 128, 64):
        number(ours, range(at, at + 64))
        ours.go(64)
    until = time.monotonic() + PATIENCE_S
    while theirs.dropped() < 64:
        assert time.monotonic() < until
    slots = ready(theirs, 64)
    assert numbers(slots) == list(range(64))
    theirs.give_back(64)
    assert theirs.dropped() == 64
    assert len(theirs.ready(64)) == 0


def test_what_the_kernel_refuses_is_told_and_the_ring_goes_on(rings):
    theirs, ours, _ = rings
    number(ours, range(5))["bytes"][2] = SLOT_BYTES + 1
    with pytest.raises(OSError, match="refuses a frame") as told:
        ours.go(5)
    assert told.value.errno == errno.EMSGSIZE
    number(ours, [7, 8])
    ours.go(2)
    assert numbers(ready(theirs, 4)) == [0, 1, 7, 8]


def test_the_interface_says_how_long_a_packet_it_takes(rings):
    assert interface_mtu(rings[0].descriptor) == interface_mtu(rings[1].descriptor) == SLOT_BYTES - RECEIVED_AT - 14


def test_an_interface_that_is_away_is_told(rings):
    _, ours, cables = rings
    number(ours, [1])
    links(cables._phones, "link set dev phones0 down")
    with pytest.raises(OSError, match="down"):
        ours.go(1)


@pytest.mark.parametrize("slot_bytes", [1, 576, 1024, 1580, 65_535])
@pytest.mark.parametrize("slots", [1, 63, 100_000])
def test_slots_fill_blocks_and_a_ring_is_no_smaller_than_was_wanted(slots, slot_bytes):
    count, size = shape(slots, slot_bytes)
    assert count >= slots
    assert slot_bytes <= size < max(257, 2 * slot_bytes)
    assert ring_bytes(slots, slot_bytes) == count * size
    assert count * size % BLOCK_BYTES == 0
    assert count - slots < max(1, BLOCK_BYTES // size)

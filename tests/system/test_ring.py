"""io_uring as arrays: what is asked of the kernel is done, and what came of it read back."""

import errno
import os
import socket

import numpy as np
import pytest

from ewarn.system.ring import FIXED_FILE, SEND, SKIP, Ring

ENTRIES = 8


@pytest.fixture
def ring():
    try:
        made = Ring(ENTRIES, 64)
    except OSError as error:
        pytest.skip(f"no io_uring here ({error.strerror})")
    yield made
    made.close()


@pytest.fixture
def pairs():
    made = [socket.socketpair() for _ in range(3)]
    yield made
    for pair in made:
        for one in pair:
            one.close()


def send(ring, slots, payload):
    """Send the same to each of some slots of the table; what came of each."""
    data = np.frombuffer(payload, np.uint8)
    at, entry = ring.slots(len(slots)), ring.entry
    entry["opcode"], entry["flags"] = SEND, FIXED_FILE
    entry["op_flags"] = socket.MSG_DONTWAIT | socket.MSG_NOSIGNAL
    entry["fd"][at], entry["address"][at], entry["length"][at] = slots, data.ctypes.data, len(data)
    entry["user_data"][at] = np.arange(len(slots))
    ring.submit(len(slots), wait_for=len(slots))
    done = ring.reap()
    return done["result"][np.argsort(done["user_data"])].tolist()


def test_each_send_has_its_own_completion_round_after_round(ring, pairs):
    ring.update_files(5, np.array([ours.fileno() for ours, _ in pairs], np.int32))
    for turn in range(2 * ENTRIES):  # more than there are entries: the ring comes round
        payload = b"turn %d" % turn
        assert send(ring, [5, 6, 7], payload) == [len(payload)] * 3
        assert [theirs.recv(100) for _, theirs in pairs] == [payload] * 3
    assert len(ring.reap()) == 0


def test_a_slot_that_is_cleared_sends_nothing_and_one_that_is_skipped_stays(ring, pairs):
    ring.update_files(0, np.array([ours.fileno() for ours, _ in pairs], np.int32))
    ring.update_files(0, np.array([SKIP, -1, SKIP], np.int32))
    assert send(ring, [0, 1, 2], b"hello") == [5, -errno.EBADF, 5]


def test_a_registered_file_stays_open_until_its_slot_is_cleared(ring, pairs):
    ours, theirs = pairs[0]
    theirs.settimeout(5)
    ring.update_files(3, np.array([ours.fileno()], np.int32))
    ours.close()
    assert send(ring, [3], b"still here") == [10]
    ring.update_files(3, np.array([-1], np.int32))
    assert theirs.recv(100) == b"still here"
    assert theirs.recv(100) == b""


def test_waiting_ends_in_time_though_nothing_comes(ring):
    ring.wait(1, 0.01)
    assert len(ring.reap()) == 0


def test_a_ring_that_cannot_be_had_is_an_error_of_the_system():
    with pytest.raises(OSError) as caught:
        Ring(0, 4)
    assert caught.value.errno in (errno.EINVAL, errno.EPERM, errno.ENOSYS)
    os.strerror(caught.value.errno)

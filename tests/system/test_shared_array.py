"""Arrays that several processes see at once."""

import os

import numpy as np

from ewarn.system import shared_array


def test_what_one_writes_another_reads_in_another_process_too():
    memory = shared_array.create(4 * 8)
    ours, theirs = (shared_array.attach(memory, np.int64, (2, 2)) for _ in range(2))
    assert not ours.any()
    ours[1, 0] = 7
    assert theirs.tolist() == [[0, 0], [7, 0]]
    if not (child := os.fork()):
        shared_array.attach(memory, np.int64, (2, 2))[0, 1] = 5
        os._exit(0)
    os.waitpid(child, 0)
    assert theirs[0, 1] == 5
    os.close(memory)
    assert ours[0, 1] == 5, "the array outlives its descriptor"


def test_several_arrays_share_one_memory_by_their_offsets():
    memory = shared_array.create(24)
    first, second = shared_array.attach(memory, "<i8", (1,)), shared_array.attach(memory, "<f8", (2,), 8)
    second[:] = 1.5
    assert first.tolist() == [0]
    os.close(memory)


def test_memory_for_nothing_can_be_had():
    os.close(shared_array.create(0))

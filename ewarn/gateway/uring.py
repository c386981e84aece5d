"""The `uring` engine: a thousand sends with one system call, through io_uring and registered files."""

import errno
import resource
import socket

import numpy as np
from numpy.typing import NDArray

from ewarn.dispatch.engine import BROKEN
from ewarn.system.ring import FIXED_FILE, SEND, SKIP, Ring

ENTRIES = 1024
"""sends in one system call"""
_SLOT_BITS = 32


class Uring:
    """A connection's slot in the table of files is its descriptor.

    Every send has its own completion: entries that skip it on success save nothing and hide a short send. Frames in two
    pieces (`sendmsg`), of which one is the same for all, cost 0.2 µs more a send than whole ones.
    `MSG_DONTWAIT` has each done, one way or the other, before the system call returns, so frames may go then.
    """

    name = "uring"

    def __init__(self, rows: int) -> None:
        """`rows`: descriptors are below it. Raises OSError where io_uring cannot be had."""
        # The kernel wants no table larger than the limit, and no descriptor reaches it.
        self._ring = Ring(ENTRIES, min(rows, resource.getrlimit(resource.RLIMIT_NOFILE)[0]))
        entry = self._ring.entry
        entry["opcode"], entry["flags"] = SEND, FIXED_FILE
        entry["op_flags"] = socket.MSG_DONTWAIT | socket.MSG_NOSIGNAL
        self._registered = np.zeros(rows, np.bool_)
        self._generation = 0

    def prepare(self, descriptors: NDArray[np.int64]) -> None:
        """See `Engine.prepare`."""
        known = self._registered[descriptors]
        if not known.all():
            new = descriptors[~known]
            first, last = int(new.min()), int(new.max())
            table = np.full(last - first + 1, SKIP, np.int32)
            table[new - first] = new
            self._ring.update_files(first, table)
            self._registered[new] = True

    def forget(self, descriptor: int) -> None:
        """See `Engine.forget`; a table entry would keep the socket open after its descriptor is closed."""
        if self._registered[descriptor]:
            self._ring.update_files(descriptor, np.array([-1], np.int32))
            self._registered[descriptor] = False

    def close(self) -> None:
        """See `Engine.close`."""
        self._ring.close()

    def send(
        self,
        descriptors: NDArray[np.int64],
        frames: NDArray[np.uint8],
        starts: NDArray[np.int64],
        lengths: NDArray[np.int64],
    ) -> NDArray[np.int64]:
        """See `Engine.send`."""
        self.prepare(descriptors)
        written = np.empty(len(descriptors), np.int64)
        addresses = frames.ctypes.data + starts
        for first in range(0, len(descriptors), ENTRIES):
            part = slice(first, first + ENTRIES)
            written[part] = self._send(descriptors[part], addresses[part], lengths[part])
        return written

    def _send(
        self, descriptors: NDArray[np.int64], addresses: NDArray[np.int64], lengths: NDArray[np.int64]
    ) -> NDArray[np.int64]:
        count = len(descriptors)
        # What a completion is about: its place in this batch, and the batch itself.
        self._generation = (self._generation + 1) & 0xFFFFFFFF
        base = self._generation << _SLOT_BITS
        asked = np.arange(base, base + count, dtype=np.uint64)
        slots, entry = self._ring.slots(count), self._ring.entry
        entry["fd"][slots] = descriptors
        entry["address"][slots] = addresses
        entry["length"][slots] = lengths
        entry["user_data"][slots] = asked
        self._ring.submit(count, wait_for=count)
        done = self._ring.reap()
        if np.array_equal(done["user_data"], asked):  # as they were asked for: so it is but for leftovers
            result = done["result"].astype(np.int64)
        else:
            result = self._in_order(done, base, count)
        if result.min(initial=0) < 0:
            full = result == -errno.EAGAIN
            result[result < 0] = BROKEN
            result[full] = 0
        return result

    def _in_order(self, done: NDArray[np.void], base: int, count: int) -> NDArray[np.int64]:
        """What came of each send of a batch, whose completions, some of them `done`, come in any order."""
        result, missing = np.empty(count, np.int64), count
        while True:
            place = done["user_data"].astype(np.int64) - base
            ours = (place >= 0) & (place < count)
            result[place[ours]] = done["result"][ours]
            missing -= int(ours.sum())
            if not missing:
                return result
            self._ring.submit(0, wait_for=1)
            done = self._ring.reap()

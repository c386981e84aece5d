"""Reading through io_uring: one receive per connection that goes on for ever, and completions read as arrays."""

import errno
import socket
import time
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from ewarn.swarm.batch import Batch
from ewarn.swarm.connections import SO_TIMESTAMPNS
from ewarn.swarm.recorder import Heard
from ewarn.system.ring import (
    BUFFER_SELECT,
    BUFFER_SHIFT,
    IN_BUFFER,
    MORE,
    POLL,
    POLL_MULTISHOT,
    RECEIVE,
    RECEIVE_MESSAGE,
    RECEIVE_MULTISHOT,
    Buffers,
    Ring,
)

ENTRIES, COMPLETIONS = 1024, 32_768
BUFFERS, BUFFER_BYTES = 8192, 1024
"""beyond a buffer's size, a frame comes in pieces"""
GROUP = 1
_BATCH = 4096
"""pieces taken at once while frames pour in, and looked into at once: until then they stay in their buffers"""
_LONGEST_S = 0.1
"""pieces are looked into at the latest so long after the first of them, even if they never stop"""
_WATCHED = np.uint64(2**64 - 1)
_STAMPED = np.uint64(2**32)
"""Added to the row of a connection that is read with the kernel's stamps; the others are read without, for less."""
_NO_BUFFERS = -105  # ENOBUFS: the kernel goes on once it is asked again

_CONTROL = np.dtype([("length", "<u8"), ("level", "<i4"), ("kind", "<i4"), ("seconds", "<i8"), ("nanoseconds", "<i8")])
"""struct cmsghdr and the timespec in it"""
_OUT = np.dtype([("name", "<u4"), ("control", "<u4"), ("payload", "<u4"), ("flags", "<u4"), ("stamp", _CONTROL)])
"""struct io_uring_recvmsg_out and what follows it: no name, and room for one control message"""
_HEADER = np.dtype([("name", "<u8"), ("name_length", "<u8"), ("vectors", "<u8"), ("vector_count", "<u8"),
                    ("control", "<u8"), ("control_length", "<u8"), ("flags", "<u8")])  # fmt: skip
"""struct msghdr"""


class UringReceiver:
    """See `Receiver`."""

    name = "uring"

    def __init__(self, gather_s: float) -> None:
        """Raise OSError where io_uring cannot be had, or is older than 6.0.

        While frames pour in, they are taken as they came in so long: waking costs the same whatever there is to take,
        and a sender that need not wake a sleeper spends a fifth less on each send. The wait is part of every delivery
        time that is measured.
        """
        self.kept = 0
        self._gather_s = gather_s
        self._ring = Ring(ENTRIES, 0, COMPLETIONS)
        self._buffers = Buffers(self._ring, GROUP, BUFFERS, BUFFER_BYTES)
        self._header = np.zeros(1, _HEADER)
        self._header["control_length"] = _CONTROL.itemsize
        self._new: list[int] = []
        """tags that the kernel is yet to be asked to read for"""
        self._descriptor_of: dict[int, int] = {}
        """by tag: a row, and whether it is stamped"""
        self._done: list[tuple[int, NDArray[np.void]]] = []
        """(read at, completions) not looked into yet"""
        self._undone = 0
        """pieces among them"""
        self._gone: list[int] = []
        self._batches: list[Batch] = []
        self._watched: list[int] = []
        self._pouring = False
        self._try()

    def _try(self) -> None:
        """Kernels before 6.0 take the ring and its buffers, and refuse a receive that goes on only when it is asked."""
        ours, theirs = socket.socketpair()
        with ours:
            with theirs:
                self.add(ours.fileno(), 0, stamped=False)
                theirs.send(b"?")
                pieces, ended = self.read(1.0)
            if not pieces:
                self._ring.close()
                raise OSError(errno.EOPNOTSUPP, "multishot receive needs Linux 6.0")
            while not ended:
                _, ended = self.read(1.0)
        for _ in self.take():
            pass

    def watch(self, descriptor: int) -> None:
        """See `Receiver.watch`."""
        entry, slot = self._ring.entry, self._ring.slots(1)
        entry[slot] = np.zeros(1, entry.dtype)
        entry["opcode"][slot], entry["fd"][slot] = POLL, descriptor
        entry["length"][slot], entry["op_flags"][slot] = POLL_MULTISHOT, 1  # POLLIN
        entry["user_data"][slot] = _WATCHED
        self._watched.append(descriptor)
        self._ring.submit(1)

    def add(self, descriptor: int, row: int, *, stamped: bool) -> None:
        """See `Receiver.add`."""
        tag = row + stamped * int(_STAMPED)
        self._descriptor_of[tag] = descriptor
        self._new.append(tag)

    def forget(self, descriptor: int) -> None:
        """See `Receiver.forget`: once its end was read, the kernel has let go of it."""

    def _arm(self, tags: list[int]) -> None:
        entry = self._ring.entry
        for first in range(0, len(tags), ENTRIES):
            part = np.array(tags[first : first + ENTRIES], np.uint64)
            stamped = part >= _STAMPED
            slots = self._ring.slots(len(part))
            entry[slots] = np.zeros(1, entry.dtype)
            entry["opcode"][slots], entry["flags"][slots] = np.where(stamped, RECEIVE_MESSAGE, RECEIVE), BUFFER_SELECT
            entry["ioprio"][slots], entry["buffer_group"][slots] = RECEIVE_MULTISHOT, GROUP
            entry["address"][slots], entry["length"][slots] = np.where(stamped, self._header.ctypes.data, 0), stamped
            entry["fd"][slots] = [self._descriptor_of[tag] for tag in part.tolist()]
            entry["user_data"][slots] = part
            self._ring.submit(len(part))

    def read(self, wait_s: float) -> tuple[int, list[int]]:
        """See `Receiver.read`; while frames pour in, it goes on for as long as it might have waited for the first."""
        if self._new:
            self._arm(self._new)
            self._new = []
        until = time.monotonic_ns() + min(wait_s, _LONGEST_S) * 1e9
        pieces, now, called = self._gather(wait_s)
        while self._pouring and not called and now < until and self._undone < _BATCH:
            more, now, called = self._gather(wait_s)
            pieces += more
        if self._done and (not self._pouring or self._undone >= _BATCH or now - self._done[0][0] > _LONGEST_S * 1e9):
            self._look()
        gone, self._gone = self._gone, []
        return pieces, gone

    def _gather(self, wait_s: float) -> tuple[int, int, bool]:
        """Take completions once; return how many pieces, when, and whether what is watched became readable."""
        self._ring.wait(*((_BATCH, self._gather_s) if self._pouring else (1, wait_s)))
        now, done = time.monotonic_ns(), self._ring.reap()
        self._pouring = bool(len(done))
        if not self._pouring:
            return 0, now, False
        pieces = int(np.count_nonzero(done["flags"] & IN_BUFFER))
        self._done.append((now, done))
        self._undone += len(done)
        self.kept += pieces
        return pieces, now, bool((done["user_data"] == _WATCHED).any())

    def _look(self) -> None:
        """Take what was read out of the buffers, give these back, and ask on behalf of those that need it."""
        done = np.concatenate([part for _, part in self._done])
        read_at = np.repeat([now for now, _ in self._done], [len(part) for _, part in self._done])
        self._done, self._undone = [], 0
        watched = done["user_data"] == _WATCHED
        if watched.any():
            if not (done["flags"][watched][-1] & MORE):
                self.watch(self._watched.pop())
            done, read_at = done[~watched], read_at[~watched]
        tags, flags = done["user_data"], done["flags"]
        stamped = tags >= _STAMPED
        lengths = done["result"] - np.where(stamped, _OUT.itemsize, 0)
        numbers = (flags >> BUFFER_SHIFT).astype(np.int64)
        read = lengths > 0
        self._keep(tags, numbers, lengths, read_at, read & ~stamped, 0)
        self._keep(tags, numbers, lengths, read_at, read & stamped, _OUT.itemsize)
        self._buffers.give_back(numbers[(flags & IN_BUFFER) != 0])
        over = ~read & (done["result"] != _NO_BUFFERS)
        again = ~over & ((flags & MORE) == 0)
        if again.any():
            self._arm(tags[again].tolist())
        for tag in tags[over].tolist():
            self._descriptor_of.pop(tag, None)
        self._gone += (tags[over] % _STAMPED).tolist()

    def _keep(
        self,
        tags: NDArray[np.uint64],
        numbers: NDArray[np.int64],
        lengths: NDArray[np.int64],
        read_at: NDArray[np.int64],
        which: NDArray[np.bool_],
        head: int,
    ) -> None:
        """Copy what was read out of the buffers; in those with a stamp, it stands in a head before the bytes."""
        if not which.any():
            return
        sizes, rows = lengths[which], (tags[which] % _STAMPED).astype(np.int64)
        data = self._buffers.data[numbers[which], : int(sizes.max()) + head]
        arrived = _arrivals(data) if head else np.zeros(len(rows), np.int64)
        self._batches.append(Batch(rows, read_at[which], arrived, data[:, head:], sizes))

    def take(self) -> Iterator[Heard]:
        """See `Receiver.take`."""
        if self._done:
            self._look()
        batches, self._batches, self.kept = self._batches, [], 0
        for batch in batches:
            yield from batch.pieces()


def _arrivals(data: NDArray[np.uint8]) -> NDArray[np.int64]:
    """When each came, by the kernel's stamp in its head, on the monotonic clock; 0 where there is none."""
    head = np.ascontiguousarray(data[:, : _OUT.itemsize]).view(_OUT)[:, 0]
    stamp, wall = head["stamp"], time.time_ns() - time.monotonic_ns()
    known = (
        (head["control"] >= _CONTROL.itemsize)
        & (stamp["level"] == socket.SOL_SOCKET)
        & (stamp["kind"] == SO_TIMESTAMPNS)
    )
    return np.where(known, stamp["seconds"] * 1_000_000_000 + stamp["nanoseconds"] - wall, 0)

"""io_uring through ctypes: entries are written, and completions read, as numpy arrays.

Layouts and numbers are those of linux/io_uring.h. Everything is submitted and reaped by one thread, and the kernel
posts completions inside that thread's own system calls, so no memory barrier is needed between the two sides.
"""

import ctypes
import mmap
import os

import numpy as np
from numpy.typing import NDArray

_SETUP, _ENTER, _REGISTER = 425, 426, 427  # the same on every architecture
_OFF_SQ_RING, _OFF_SQES = 0, 0x10000000
_SETUP_CQSIZE, _SETUP_CLAMP = 1 << 3, 1 << 4
_SETUP_SUBMIT_ALL = 1 << 7  # 5.18: an entry that fails at once does not hold up those behind it
_SETUP_SINGLE_ISSUER, _SETUP_DEFER_TASKRUN = 1 << 12, 1 << 13  # 6.1: completions only when asked for
_FEAT_SINGLE_MMAP = 1
_ENTER_GETEVENTS = 1
_REGISTER_FILES_UPDATE, _REGISTER_FILES2 = 6, 13
_RSRC_REGISTER_SPARSE = 1

FIXED_FILE = 1
"""flag of an entry: `fd` is a slot of the registered table"""
SEND = 26
"""operation"""
SKIP = -2
"""in an update of the table: leave this slot as it is"""

ENTRY = np.dtype(
    [
        ("opcode", "u1"),
        ("flags", "u1"),
        ("ioprio", "<u2"),
        ("fd", "<i4"),
        ("offset", "<u8"),
        ("address", "<u8"),
        ("length", "<u4"),
        ("op_flags", "<u4"),
        ("user_data", "<u8"),
        ("buffer_group", "<u2"),
        ("personality", "<u2"),
        ("file_index", "<u4"),
        ("address3", "<u8"),
        ("pad", "<u8"),
    ]
)
"""struct io_uring_sqe"""
COMPLETION = np.dtype([("user_data", "<u8"), ("result", "<i4"), ("flags", "<u4")])
"""struct io_uring_cqe"""

_PARAMS = np.dtype(
    [
        ("sq_entries", "<u4"),
        ("cq_entries", "<u4"),
        ("flags", "<u4"),
        ("sq_thread", "<u4", 2),
        ("features", "<u4"),
        ("wq_fd", "<u4"),
        ("reserved", "<u4", 3),
        ("sq", [(name, "<u4") for name in ("head", "tail", "mask", "entries", "flags", "dropped", "array", "r")]),
        ("sq_address", "<u8"),
        ("cq", [(name, "<u4") for name in ("head", "tail", "mask", "entries", "overflow", "cqes", "flags", "r")]),
        ("cq_address", "<u8"),
    ]
)
"""struct io_uring_params"""

_libc = ctypes.CDLL(None, use_errno=True)
_libc.syscall.restype = ctypes.c_long


class Ring:
    """One ring of `entries` (a power of two) and a sparse table of `files` slots."""

    def __init__(self, entries: int, files: int, completions: int = 0) -> None:
        """Raise OSError where the kernel, a container or a limit forbids it."""
        self._descriptor, params = _set_up(entries, completions)
        try:
            self._map(params)
            if files:
                # struct io_uring_rsrc_register
                told = np.array([files | _RSRC_REGISTER_SPARSE << 32, 0, 0, 0], "<u8")
                self._register(_REGISTER_FILES2, told, told.nbytes)
        except OSError:
            os.close(self._descriptor)
            raise

    def _map(self, params: NDArray[np.void]) -> None:
        if not int(params["features"]) & _FEAT_SINGLE_MMAP:
            raise OSError(95, "io_uring of this kernel is older than 5.4")
        sq, cq = params["sq"], params["cq"]
        self.entries, most = int(params["sq_entries"]), int(params["cq_entries"])
        size = max(int(sq["array"]) + 4 * self.entries, int(cq["cqes"]) + COMPLETION.itemsize * most)
        ring = mmap.mmap(self._descriptor, size, offset=_OFF_SQ_RING)

        def word(at: int, count: int = 1) -> NDArray[np.uint32]:
            return np.frombuffer(ring, "<u4", count, at)

        self._sq_tail, self._sq_head = word(int(sq["tail"])), word(int(sq["head"]))
        self._cq_tail, self._cq_head = word(int(cq["tail"])), word(int(cq["head"]))
        self._overflow = word(int(cq["overflow"]))
        word(int(sq["array"]), self.entries)[:] = np.arange(self.entries)
        self._completions = np.frombuffer(ring, COMPLETION, most, int(cq["cqes"]))
        self._slots = np.frombuffer(mmap.mmap(self._descriptor, 64 * self.entries, offset=_OFF_SQES), ENTRY)

    def close(self) -> None:
        """Let go of every registered file."""
        os.close(self._descriptor)

    def slots(self, count: int) -> NDArray[np.intp]:
        """Where the next `count` entries stand in `entry`; all must be filled before `submit`."""
        first = int(self._sq_tail[0])
        return np.arange(first, first + count) & (self.entries - 1)

    @property
    def entry(self) -> NDArray[np.void]:
        """The submission entries, of dtype `ENTRY`; what is not changed stays from one use to the next."""
        return self._slots

    def submit(self, count: int, wait_for: int = 0) -> None:
        """Hand over the next `count` entries, and wait until `wait_for` completions stand there."""
        self._sq_tail[0] = (int(self._sq_tail[0]) + count) & 0xFFFFFFFF
        while True:
            taken = _call(_ENTER, self._descriptor, count, wait_for, _ENTER_GETEVENTS, None, 0)
            if taken >= 0:
                count -= taken
                if count <= 0:
                    return
            elif (error := ctypes.get_errno()) not in (4, 11, 16):  # EINTR, EAGAIN, EBUSY: once more
                raise OSError(error, os.strerror(error))

    def reap(self) -> NDArray[np.void]:
        """A copy of the completions that stand there, of dtype `COMPLETION`; their places are free again."""
        head, tail = int(self._cq_head[0]), int(self._cq_tail[0])
        count = (tail - head) & 0xFFFFFFFF
        mask = len(self._completions) - 1
        first, last = head & mask, (head & mask) + count
        found = (
            self._completions[first:last].copy()
            if last <= len(self._completions)
            else self._completions[np.arange(first, last) & mask]
        )
        self._cq_head[0] = tail
        return found

    def update_files(self, first_slot: int, descriptors: NDArray[np.int32]) -> None:
        """Set slots from `first_slot` on: a descriptor, -1 to clear, `SKIP` to leave alone."""
        descriptors = np.ascontiguousarray(descriptors, np.int32)
        # struct io_uring_files_update
        told = np.array([first_slot, descriptors.ctypes.data], "<u8")
        if self._register(_REGISTER_FILES_UPDATE, told, len(descriptors)) != len(descriptors):
            raise OSError(9, "io_uring took only some of the files")

    def _register(self, operation: int, argument: NDArray[np.uint64], count: int) -> int:
        done = _call(_REGISTER, self._descriptor, operation, argument.ctypes.data, count)
        if done < 0:
            error = ctypes.get_errno()
            raise OSError(error, os.strerror(error))
        return done


def _set_up(entries: int, completions: int) -> tuple[int, NDArray[np.void]]:
    """Set up with what the newest kernels offer, or with what all do."""
    newest = _SETUP_SUBMIT_ALL | _SETUP_SINGLE_ISSUER | _SETUP_DEFER_TASKRUN
    error = 0
    for flags in (newest, _SETUP_SUBMIT_ALL):
        params = np.zeros(1, _PARAMS)
        params["flags"] = flags | _SETUP_CLAMP | (_SETUP_CQSIZE if completions else 0)
        params["cq_entries"] = completions
        descriptor = _call(_SETUP, entries, params.ctypes.data)
        if descriptor >= 0:
            os.set_inheritable(descriptor, False)
            return descriptor, params[0]
        if (error := ctypes.get_errno()) != 22:  # EINVAL: an older kernel
            break
    raise OSError(error, os.strerror(error))


def _call(number: int, *arguments: int | None) -> int:
    """One system call; -1 where it fails, with the reason in errno."""
    return int(_libc.syscall(number, *(None if one is None else ctypes.c_long(one) for one in arguments)))

"""io_uring through ctypes: entries are written, and completions read, as numpy arrays.

Layouts and numbers are those of linux/io_uring.h. Everything is submitted and reaped by one thread, and the kernel
posts completions inside that thread's own system calls, so no memory barrier is needed between the two sides.
"""

import ctypes
import errno
import mmap
import os
import resource

import numpy as np
from numpy.typing import NDArray

_SETUP, _ENTER, _REGISTER = 425, 426, 427  # the same on every architecture
_OFF_SQ_RING, _OFF_SQES = 0, 0x10000000
_SETUP_CQSIZE, _SETUP_CLAMP = 1 << 3, 1 << 4
_SETUP_SUBMIT_ALL = 1 << 7  # 5.18: an entry that fails at once does not hold up those behind it
_SETUP_SINGLE_ISSUER, _SETUP_DEFER_TASKRUN = 1 << 12, 1 << 13  # 6.1: completions only when asked for
_FEAT_SINGLE_MMAP = 1
_ENTER_GETEVENTS = 1
_ENTER_EXT_ARG = 1 << 3
_REGISTER_FILES_UPDATE, _REGISTER_FILES2, _REGISTER_BUFFER_RING = 6, 13, 22
_RSRC_REGISTER_SPARSE = 1

_TIMED_OUT = 62

FIXED_FILE, BUFFER_SELECT = 1 << 0, 1 << 5
"""flags of an entry: `fd` is a slot of the registered table; the kernel picks a buffer of `buffer_group`"""
POLL, RECEIVE_MESSAGE, SEND, RECEIVE = 6, 10, 26, 27
"""operations"""
POLL_MULTISHOT = 1
"""`length` of a poll that goes on"""
RECEIVE_MULTISHOT = 1 << 1
"""`ioprio` of a receive that goes on"""
MORE = 1 << 1
"""flag of a completion: others of the same entry will follow"""
IN_BUFFER = 1 << 0
"""flag of a completion: what came is in a buffer"""
BUFFER_SHIFT = 16
"""flags of a completion, shifted by it, are the number of the buffer"""
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

_BUFFER = np.dtype([("address", "<u8"), ("length", "<u4"), ("number", "<u2"), ("reserved", "<u2")])
"""struct io_uring_buf"""

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

        self._sq_tail = word(int(sq["tail"]))
        self._cq_tail, self._cq_head = word(int(cq["tail"])), word(int(cq["head"]))
        word(int(sq["array"]), self.entries)[:] = np.arange(self.entries)
        self._completions = np.frombuffer(ring, COMPLETION, most, int(cq["cqes"]))
        self._slots = np.frombuffer(mmap.mmap(self._descriptor, 64 * self.entries, offset=_OFF_SQES), ENTRY)

    def close(self) -> None:
        """Close the descriptor; the ring and its registered files go with the last array over its memory."""
        os.close(self._descriptor)

    def slots(self, count: int) -> slice | NDArray[np.intp]:
        """Where the next `count` entries stand in `entry`; all must be filled before `submit`."""
        first = int(self._sq_tail[0]) & (self.entries - 1)
        if first + count <= self.entries:
            return slice(first, first + count)  # numpy fills these several times faster
        return np.arange(first, first + count) & (self.entries - 1)

    @property
    def entry(self) -> NDArray[np.void]:
        """The submission entries, of dtype `ENTRY`; what is not changed stays from one use to the next."""
        return self._slots

    def wait(self, completions: int, seconds: float) -> None:
        """Wait at most so long for so many completions; the kernel does what it has put off in here.

        It does some 20 such things, or as many as are waited for: waiting for few is slow where many are due.
        """
        time = np.array([int(seconds), int(seconds % 1 * 1e9)], "<i8")  # struct __kernel_timespec
        told = np.array([0, 0, time.ctypes.data], "<u8")  # struct io_uring_getevents_arg
        flags = _ENTER_GETEVENTS | _ENTER_EXT_ARG
        done = _call(_ENTER, self._descriptor, 0, completions, flags, told.ctypes.data, told.nbytes)
        if done < 0 and (error := ctypes.get_errno()) not in (4, _TIMED_OUT):
            raise OSError(error, os.strerror(error))

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

    def register_buffers(self, group: int, buffers: NDArray[np.void]) -> None:
        """Make known a ring of buffers; see `Buffers`."""
        # struct io_uring_buf_reg
        told = np.array([buffers.ctypes.data, len(buffers) | group << 32, 0, 0, 0], "<u8")
        self._register(_REGISTER_BUFFER_RING, told, 1)

    def _register(self, operation: int, argument: NDArray[np.uint64], count: int) -> int:
        done = _call(_REGISTER, self._descriptor, operation, argument.ctypes.data, count)
        if done < 0:
            error = ctypes.get_errno()
            raise OSError(error, os.strerror(error))
        return done


class Buffers:
    """Buffers that the kernel fills as it likes, `count` (a power of two) of `size` bytes each."""

    def __init__(self, ring: Ring, group: int, count: int, size: int) -> None:
        """Raise OSError where the kernel is older than 5.19."""
        self.data = np.full((count, size), 0, np.uint8)  # touched now, not when the first frames pour in
        # mmap, since the kernel wants the ring at the beginning of a page
        self._ring = np.frombuffer(mmap.mmap(-1, count * _BUFFER.itemsize), _BUFFER)
        self._tail = self._ring.view("<u2")[7:8]  # lies over `reserved` of the first
        self._count, self._size = count, size
        ring.register_buffers(group, self._ring)
        self.give_back(np.arange(count))

    def give_back(self, numbers: NDArray[np.int64]) -> None:
        """Let the kernel fill these again."""
        tail = int(self._tail[0])
        places = np.arange(tail, tail + len(numbers)) & (self._count - 1)
        self._ring["address"][places] = self.data.ctypes.data + numbers * self._size
        self._ring["length"][places] = self._size
        self._ring["number"][places] = numbers
        self._tail[0] = (tail + len(numbers)) & 0xFFFF


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
    if error == errno.ENOMEM:  # some kernels count rings, of all processes of a user, as locked memory
        limit, _ = resource.getrlimit(resource.RLIMIT_MEMLOCK)
        if limit != resource.RLIM_INFINITY:
            raise OSError(error, f"locked memory is limited to {limit // 1024} KiB: ulimit -l")
    raise OSError(error, os.strerror(error))


def _call(number: int, *arguments: int | None) -> int:
    """One system call; -1 where it fails, with the reason in errno."""
    return int(_libc.syscall(number, *(None if one is None else ctypes.c_long(one) for one in arguments)))

"""What some machines forbid, forbidden here."""

import ctypes
import platform
import resource

import numpy as np

IO_URING_SETUP, UNSHARE = 425, 272 if platform.machine() == "x86_64" else 97
"""system calls by number; that of unshare is 97 on machines younger than x86"""
PR_CAPBSET_DROP, CAP_IPC_LOCK = 24, 14


def forbid_io_uring():
    """As a container's seccomp profile does: io_uring_setup fails with EPERM, everything else works."""
    _forbid(IO_URING_SETUP)


def forbid_namespaces():
    """As a container's seccomp profile does."""
    _forbid(UNSHARE)


def little_locked_memory(kib):
    """As a shell's or a container's limit does, which counts for root only without CAP_IPC_LOCK; holds from exec on."""

    def limit():
        resource.setrlimit(resource.RLIMIT_MEMLOCK, (kib * 1024, kib * 1024))
        ctypes.CDLL(None).prctl(PR_CAPBSET_DROP, CAP_IPC_LOCK, 0, 0, 0)  # who may not has no capability either

    return limit


def _forbid(number):
    program = np.array(
        [(0x20, 0, 0, 0), (0x15, 0, 1, number), (0x06, 0, 0, 0x00050001), (0x06, 0, 0, 0x7FFF0000)],
        [("code", "<u2"), ("jt", "u1"), ("jf", "u1"), ("k", "<u4")],
    )  # load the number; if it is this one, return ERRNO | EPERM; else allow

    class Program(ctypes.Structure):
        _fields_ = [("length", ctypes.c_ushort), ("filter", ctypes.c_void_p)]

    libc = ctypes.CDLL(None, use_errno=True)
    assert libc.prctl(38, 1, 0, 0, 0) == 0  # PR_SET_NO_NEW_PRIVS
    assert libc.prctl(22, 2, ctypes.byref(Program(4, program.ctypes.data))) == 0  # PR_SET_SECCOMP, a filter

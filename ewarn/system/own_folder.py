"""A folder that is one process's alone for as long as it lives: nobody else writes to it."""

import fcntl
import os
import stat
from pathlib import Path

from ewarn.errors import InputError


def claim(key: str, folder: Path, busy: str = "another process keeps what it is told") -> int:
    """Make the folder where it is not there, and lock it; the descriptor holds the lock until it is closed.

    The kernel lets go of it however the process ends. Children do not have it. Raises InputError naming `key` where
    another process has it, which is said to be `busy`, or another user could write there; OSError.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        _check(key, folder, os.fstat(descriptor))
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        raise InputError(f"{key}: {busy} in {folder}") from None
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def _check(key: str, folder: Path, found: os.stat_result) -> None:
    if found.st_uid != os.geteuid():
        raise InputError(f"{key}: {folder} belongs to another user ({found.st_uid}, this one is {os.geteuid()})")
    if (mode := stat.S_IMODE(found.st_mode)) & 0o022:
        raise InputError(f"{key}: {folder} can be written by others (mode {mode:o}; chmod go-w)")

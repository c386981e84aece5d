"""Files that are their owner's alone: secrets and signing keys."""

import errno
import os
import stat
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from ewarn.errors import InputError

LARGEST = 1 << 16
"""bytes that are read of one; a secret or a key takes some hundred"""


@dataclass(frozen=True)
class Ours:
    """A file that this process wrote, and can tell from one that another has put in its place since."""

    path: Path
    stamp: tuple[int, int, int]
    """device, inode, and when it was written, ns"""

    @classmethod
    def at(cls, path: Path) -> Self:
        """The file that stands there now. Raises OSError."""
        return cls(path, _stamp(path))

    def remove(self) -> None:
        """Take it away, unless it is gone, or is another's by now."""
        with suppress(OSError):
            if _stamp(self.path) == self.stamp:
                self.path.unlink()


def read_private(path: Path, what: str) -> bytes:
    """What stands in a file that nobody else can read or could have written; of a larger one, its beginning.

    A link is not followed, since others may say where it leads. `what` it is begins each error's line. Raises
    InputError.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        why = "it is a link" if error.errno == errno.ELOOP else error.strerror
        raise InputError(f"{what}: cannot read {path} ({why})") from None
    try:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode):
            raise InputError(f"{what}: {path} is no file")
        if found.st_uid != os.geteuid():
            raise InputError(f"{what}: {path} belongs to another user ({found.st_uid}, this one is {os.geteuid()})")
        if found.st_mode & 0o077:
            raise InputError(f"{what}: {path} can be read by others (mode {found.st_mode & 0o777:o})")
        return os.read(descriptor, LARGEST)
    except OSError as error:  # which names no file
        raise InputError(f"{what}: cannot read {path} ({error.strerror})") from None
    finally:
        os.close(descriptor)


def check_ours(what: str, path: Path, found: os.stat_result) -> None:
    """Raise InputError for a file that everybody may read, but that somebody else could have written: root may."""
    if found.st_uid not in (os.geteuid(), 0):
        raise InputError(f"{what}: {path} belongs to another user ({found.st_uid}, this one is {os.geteuid()})")
    if found.st_mode & 0o002 and stat.S_ISREG(found.st_mode):
        raise InputError(f"{what}: {path} can be written by everybody (mode {found.st_mode & 0o777:o})")


def write_private(path: Path, content: bytes) -> None:
    """Write a file that its owner alone can read, in place of what is there. Raises OSError."""
    path.unlink(missing_ok=True)  # a former process's, killed before it could
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)


def _stamp(path: Path) -> tuple[int, int, int]:
    found = path.lstat()
    return found.st_dev, found.st_ino, found.st_mtime_ns

"""Files of results: each is whole or not there. It is written beside its place, and renamed once it is complete."""

import contextlib
import errno
import secrets
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from ewarn.errors import WriteError

Fill = Callable[[BinaryIO], object]
"""writes the content of a file that is open"""

OF_THE_DISK = {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO, errno.ESTALE}


def is_of_the_disk(error: OSError | WriteError) -> bool:
    """Whether a disk is full, read-only or broken, which passes; else whoever named the file is wrong about it."""
    found = error.error if isinstance(error, WriteError) else error
    return found.errno in OF_THE_DISK


def write(path: Path, fill: Fill) -> None:
    """Write a file by `fill`. What stood there before stays as it was until the new one is complete.

    A link is followed; a device or a pipe, beside which nothing can be renamed, is written to as it is. Raises
    WriteError naming the file.
    """
    try:
        target = path.resolve()
        if target.exists() and not target.is_file():
            with target.open("wb") as file:
                fill(file)
        else:
            _beside(target, fill)
    except OSError as error:
        raise WriteError(path, error) from None


def write_text(path: Path, text: str) -> None:
    """Write text as UTF-8. Raises WriteError."""
    content = text.encode()
    write(path, lambda file: file.write(content))


def write_array(path: Path, rows: NDArray[Any]) -> None:
    """Write an array as numpy's own format, version 1. Raises WriteError."""
    # Of a real file numpy has C write the content, and then cannot say why that failed.
    write(path, lambda file: np.lib.format.write_array(SimpleNamespace(write=file.write), rows, allow_pickle=False))


def _beside(target: Path, fill: Fill) -> None:
    part = target.with_name(f".{target.name[:100]}.{secrets.token_hex(4)}.part")
    try:
        with part.open("xb") as file:
            fill(file)
        part.replace(target)
    except BaseException:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)
        raise

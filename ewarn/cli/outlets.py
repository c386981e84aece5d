"""Where a command's words go: stdout and stderr that take any text, and never break a command off.

A full disk or a reader that has gone must not end a drill in the middle, nor reports that are being published. So what
cannot be written is let go, and told of once the command is over. Whatever the terminal's encoding lacks is written as
an escape.
"""

import contextlib
import errno
import io
import os
import select
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

UNWRITTEN = 4
"""exit code of a command whose words could not be written"""
READER_GONE = 128 + 13
"""as a shell tells of a process that SIGPIPE ended: `| head -1` had enough"""


class Outlet(io.RawIOBase):
    """A descriptor to write to, until that fails."""

    def __init__(self, name: str, descriptor: int) -> None:
        self.name = name
        self.trouble: OSError | None = None
        """why nothing is written any more"""
        self._descriptor = descriptor

    def fileno(self) -> int:
        """The descriptor, for whoever asks for the size of the terminal."""
        return self._descriptor

    def isatty(self) -> bool:
        """Whether somebody watches."""
        return os.isatty(self._descriptor)

    def writable(self) -> bool:
        """Yes, also once it has failed."""
        return True

    def write(self, data: Any, /) -> int:
        """Write all of it, or let it go."""
        left = memoryview(data)
        size = left.nbytes
        while left and not self.trouble:
            try:
                left = left[os.write(self._descriptor, left) :]
            except BlockingIOError:  # whoever shares the terminal has set it so
                select.select([], [self._descriptor], [])
            except OSError as error:
                self.trouble = error
        return size


@contextmanager
def outlets() -> Iterator[list[Outlet]]:
    """Have everything that is printed within the context go through outlets, where stdout and stderr are real ones."""
    _close_gaps()
    with ExitStack() as undo:
        yield [
            outlet
            for name in ("stdout", "stderr")
            if (stream := getattr(sys, name)) is not None and stream is getattr(sys, f"__{name}__")
            for outlet in [_put_in_place(name, stream, undo)]
        ]


def exit_code(code: int, used: list[Outlet]) -> int:
    """The exit code of a command that would have ended with `code`; says on stderr what could not be written."""
    for outlet in used:
        with contextlib.suppress(OSError, ValueError):
            getattr(sys, outlet.name).flush()
    for outlet in used:
        if outlet.trouble and outlet.trouble.errno != errno.EPIPE:
            sys.stderr.write(f"ewarn: cannot write to {outlet.name} ({outlet.trouble.strerror})\n")
            sys.stderr.flush()
            code = code or UNWRITTEN
    return code or (READER_GONE if any(outlet.trouble for outlet in used) else 0)


def tell(data: Any, indent: int = 0) -> None:
    """Print data as JSON, in a line or indented; letters that stdout's encoding lacks are escaped as JSON does it."""
    from ewarn.system.json_files import encoded

    encoding = (getattr(sys.stdout, "encoding", None) or "utf-8").lower().replace("-", "")
    sys.stdout.write(encoded(data, indent, escaped=encoding != "utf8") + "\n")
    sys.stdout.flush()


def _put_in_place(name: str, stream: Any, undo: ExitStack) -> Outlet:
    outlet = Outlet(name, stream.fileno())
    ours = io.TextIOWrapper(
        io.BufferedWriter(outlet),
        encoding=stream.encoding,
        errors="backslashreplace",
        line_buffering=stream.line_buffering,
    )
    undo.callback(setattr, sys, name, stream)
    setattr(sys, name, ours)
    return outlet


def _close_gaps() -> None:
    """Have all three standard descriptors be something, or the next file that is opened would be printed into."""
    for descriptor in range(3):
        try:
            os.fstat(descriptor)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # the lowest that is free

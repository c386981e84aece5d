"""Lines for the log that never keep their writer waiting.

Who reads a service's standard error may stop: a pager, a terminal held by Ctrl-S, a full pipe to a collector. A line
that cannot be written now is left out, and how many were is said by the next one that can.
What a user had said stands in no line: see `WithoutValues`.
"""

import logging
import os
import select
import traceback
from types import TracebackType

MOST_BYTES = 4096
"""of a line and its end: so much a pipe takes at once where it takes anything (PIPE_BUF, pipe(7))"""


class WithoutValues(logging.Formatter):
    """Of an error, its kind and where it came up; not its words, in which may stand whatever a user had said."""

    def formatException(  # noqa: N802  the library's name
        self, ei: tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]
    ) -> str:
        """See `logging.Formatter`; lines of code are shown, and no values."""
        lines: list[str] = []
        error = ei[1]
        while error:
            kind = type(error)
            at = traceback.format_tb(error.__traceback__)
            lines += ["Traceback (most recent call last):\n", *at, f"{kind.__module__}.{kind.__qualname__}\n"]
            error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
        return "".join(lines).rstrip("\n")


class LogLines(logging.Handler):
    """Writes to a descriptor, standard error unless it is said otherwise."""

    def __init__(self, descriptor: int = 2) -> None:
        super().__init__()
        self.setFormatter(WithoutValues())
        self._descriptor = descriptor
        self._poll = select.poll()
        self._poll.register(descriptor, select.POLLOUT)
        self.left_out = 0
        """lines since the last that was written"""

    def emit(self, record: logging.LogRecord) -> None:
        """See `logging.Handler`."""
        try:
            line = self.format(record)
            if self.left_out:
                line = f"({self.left_out} lines were left out: nobody took them)\n{line}"
            if not any(event & select.POLLOUT for _, event in self._poll.poll(0)):
                self.left_out += 1
                return
            os.write(self._descriptor, line.encode(errors="replace")[: MOST_BYTES - 1] + b"\n")
            self.left_out = 0
        except OSError:  # nobody will ever read it
            self.left_out += 1


def install() -> None:
    """Have all that this process logs from warnings on go to standard error so, and to nothing else."""
    root = logging.getLogger()
    root.handlers[:] = [LogLines()]
    root.setLevel(logging.WARNING)

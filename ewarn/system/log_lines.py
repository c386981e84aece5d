"""Lines for the log that never keep their writer waiting.

Who reads a service's standard error may stop: a pager, a terminal held by Ctrl-S, a full pipe to a collector. A line
that cannot be written now is left out, and how many were is said by the next one that can.
"""

import logging
import os
import select

MOST_BYTES = 4096
"""of a line and its end: so much a pipe takes at once where it takes anything (PIPE_BUF, pipe(7))"""


class LogLines(logging.Handler):
    """Writes to a descriptor, standard error unless it is said otherwise."""

    def __init__(self, descriptor: int = 2) -> None:
        super().__init__()
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

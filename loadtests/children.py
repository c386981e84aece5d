"""The processes of a load test: gateway, publisher, clients, and those of clocks. They end with the Locust process."""

import ctypes
import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from ewarn.errors import InputError, MeasurementError, NobodyConnectedError

EWARN = "ewarn"
PR_SET_PDEATHSIG = 1  # linux/prctl.h
BAD_INPUT, CHECK_FAILED, UNTRUSTED = (kind.exit_code for kind in (InputError, NobodyConnectedError, MeasurementError))
INTERRUPTED = 130
"""exit codes, as those of `ewarn`"""
_LIBC = ctypes.CDLL(None)


class LoadError(Exception):
    """A test that cannot go on; the sentence says why, and the code is the one that Locust ends with."""

    def __init__(self, why: str, code: int = UNTRUSTED) -> None:
        super().__init__(why)
        self.code = code


def start(module: str, *words: str, **options: Any) -> "subprocess.Popen[str]":
    """Start a program of Python with its stdout piped.

    It stands in a session of its own, so Ctrl-C reaches Locust alone, which ends it in order; and should Locust die
    without a word, the kernel ends it.
    """
    return subprocess.Popen(
        [sys.executable, "-m", module, *words],
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
        preexec_fn=lambda: _LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGTERM),
        **{"stdin": subprocess.DEVNULL, **options},
    )


def end(process: "subprocess.Popen[str]") -> None:
    """End it as Ctrl-C would, and wait."""
    if process.poll() is None:
        process.terminate()
    process.wait()


class Talk:
    """A program of ours that takes lines of JSON, and says some."""

    def __init__(self, module: str, first: Any) -> None:
        self.process = start(module, stdin=subprocess.PIPE, stderr=subprocess.PIPE)
        self.tell(first)

    def tell(self, said: Any) -> None:
        """One line; one that has ended hears nothing any more."""
        if self.process.stdin:
            with suppress(OSError, ValueError):
                self.process.stdin.write(json.dumps(said) + "\n")
                self.process.stdin.flush()

    def lines(self) -> Iterator[Any]:
        """What it says, until it ends."""
        for line in self.process.stdout or ():
            yield json.loads(line)

    def complaint(self) -> str:
        """Wait for its end, and return the last line that it wrote to stderr."""
        said = self.process.stderr.read() if self.process.stderr else ""
        self.process.wait()
        return (said.strip().splitlines() or ["it said nothing"])[-1]

    def end(self) -> None:
        """End it at once."""
        end(self.process)

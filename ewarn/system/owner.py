"""A program that ends with whoever started it, also from another host: it holds the other end of its standard input.

Where that is the pipe of an `ssh`, it is closed when the caller ends, however that came to be.
"""

import os
import signal
from collections.abc import Callable
from contextlib import suppress
from threading import Thread

READ_BYTES = 65536


def interrupt() -> None:
    """Interrupt this process as Ctrl-C does."""
    os.kill(os.getpid(), signal.SIGINT)


def end_with_input(end: Callable[[], object] = interrupt, descriptor: int = 0) -> None:
    """Have this process ended once its standard input is at its end; what comes by it is dropped.

    `end` is called in a thread of its own.
    """
    Thread(target=_watch, args=(descriptor, end), name="input", daemon=True).start()


def _watch(descriptor: int, end: Callable[[], object]) -> None:
    with suppress(OSError):  # it was closed, which is an end too
        while os.read(descriptor, READ_BYTES):
            pass
    end()

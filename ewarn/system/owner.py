"""A program that ends with whoever started it, also from another host: it holds the other end of its standard input.

Where that is the pipe of an `ssh`, it is closed when the caller ends, however that came to be.
"""

import os
import signal
from contextlib import suppress
from threading import Thread

READ_BYTES = 65536


def end_with_input(descriptor: int = 0) -> None:
    """Have this process interrupted as by Ctrl-C once its standard input is at its end; what comes by it is dropped."""
    Thread(target=_watch, args=(descriptor,), name="input", daemon=True).start()


def _watch(descriptor: int) -> None:
    with suppress(OSError):  # it was closed, which is an end too
        while os.read(descriptor, READ_BYTES):
            pass
    os.kill(os.getpid(), signal.SIGINT)

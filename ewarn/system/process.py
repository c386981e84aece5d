"""Child processes that cannot outlive their parent.

A child is this interpreter running `ewarn.system.process`, with one end of a socket pair as its channel. The parent's
death, `kill -9` included, closes the other end; every child watches its channel and leaves at its end of file. One
that was stopped could not watch it, so the kernel lets it go on then; and one that does not leave is ended.
Children stand in a session of their own, so Ctrl-C in a terminal reaches the parent alone, which ends them in order.
"""

import contextlib
import ctypes
import importlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping
from multiprocessing.connection import Connection
from pathlib import Path
from struct import Struct
from typing import TYPE_CHECKING, Any

from ewarn.system import log_lines

if TYPE_CHECKING:
    import psutil

ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1"}
"""Nothing here multiplies matrices, and numpy's idle helpers would spin on cores that others need."""

ORPHANED_S = 5.0
"""in which a child has to leave whose parent is gone; after that the kernel ends it"""
PR_SET_PDEATHSIG = 1
"""prctl(2): the signal that a child gets as the thread ends that started it"""
_TIMEVAL = Struct("ll")


class Child:
    """A running child: its process, and the channel to talk over (pickles; both ends are ours)."""

    def __init__(self, process: subprocess.Popen[bytes], channel: "Channel") -> None:
        self.process = process
        self.channel = channel

    def ended(self) -> int | None:
        """The exit status where the process has ended (negative: the signal), else None."""
        return self.process.poll()

    def kill(self) -> None:
        """Have it and every process below it vanish at once, as on a machine that loses its power."""
        import psutil

        them = _tree(self.process.pid)
        # All stand still before the first one goes, or the others would notice, and say goodbye; and no child outlives
        # its parent, or it would go on.
        for act, in_turn in ((psutil.Process.suspend, them), (psutil.Process.kill, them[::-1])):
            for one in in_turn:
                with contextlib.suppress(psutil.NoSuchProcess):
                    act(one)
        self.process.wait()

    def stop(self, patience_s: float = 5.0) -> int:
        """Close the channel, wait, and kill what does not leave in time; return the exit status."""
        self.channel.close()
        try:
            return self.process.wait(patience_s)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return self.process.wait()

    def stop_all(self, patience_s: float = 5.0) -> int:
        """As `stop`, and return once every process below it has left too, or was ended."""
        import psutil

        below = _tree(self.process.pid)[1:]
        status = self.stop(patience_s)
        _, staying = psutil.wait_procs(below, timeout=patience_s)
        for one in staying:
            with contextlib.suppress(psutil.NoSuchProcess):
                one.kill()
        return status


Channel = Connection


def stop(children: Iterable[Child], patience_s: float = 5.0) -> None:
    """As `Child.stop`, of all at once: together they have that long."""
    them = list(children)
    for child in them:
        child.channel.close()
    end = time.monotonic() + patience_s
    for child in them:
        child.stop(max(0.0, end - time.monotonic()))


def descendants(pid: int) -> list[int]:
    """Every process below this one, itself left out; none where it is gone."""
    return [one.pid for one in _tree(pid)[1:]]


def _tree(pid: int) -> "list[psutil.Process]":
    """A process and all below it; nobody where it is gone."""
    # Every child runs this module, and only their parents ask.
    import psutil

    try:
        root = psutil.Process(pid)
        return [root, *root.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def spawn(
    target: str,
    first_message: Any,
    *,
    descriptors: Iterable[int] = (),
    environment: Mapping[str, str] | None = None,
    patience_s: float | None = None,
) -> Child:
    """Start `target` ("package.module:function") as a child and send it `first_message`.

    The function is called as `function(channel, first_message)`. `descriptors` keep their numbers in the child;
    `environment` is added to ours. A child that takes nothing, or stops in the middle of a message, for `patience_s`
    makes whatever our end is doing then raise BlockingIOError; without it our end waits.
    """
    ours, theirs = socket.socketpair()
    if patience_s is not None:
        time_limit = _TIMEVAL.pack(int(patience_s), round(patience_s % 1 * 1e6))
        for option in (socket.SO_SNDTIMEO, socket.SO_RCVTIMEO):
            ours.setsockopt(socket.SOL_SOCKET, option, time_limit)
    with theirs:
        process = subprocess.Popen(
            [sys.executable, "-m", "ewarn.system.process", target, str(theirs.fileno())],
            pass_fds=[theirs.fileno(), *descriptors],
            stdin=subprocess.DEVNULL,
            env={**os.environ, **ONE_THREAD, **(environment or {})},
            start_new_session=True,
        )
    child = Child(process, Connection(ours.detach()))
    child.channel.send(first_message)
    return child


def call_this(name: str) -> None:
    """Have `top` show this process as ewarn-NAME instead of "python"; the kernel keeps 15 bytes."""
    Path("/proc/self/comm").write_text(f"ewarn-{name}")


def _outlive_nobody() -> None:
    """Have the kernel see to it that this process ends with its parent, even if it is stopped then, or hangs."""
    parent = os.getppid()

    def gone_on(_number: int, _frame: object) -> None:
        if os.getppid() != parent:  # it may also have been stopped for a while
            signal.setitimer(signal.ITIMER_REAL, ORPHANED_S)

    # Not SIGKILL: whoever leaves in order says goodbye to clients and takes files away; nor may a thread's end kill.
    signal.signal(signal.SIGCONT, gone_on)
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGCONT)


def _main(target: str, descriptor: str) -> None:
    # The parent decides when children end; a stray SIGINT must not tear one down in the middle of a measurement.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _outlive_nobody()
    log_lines.install()
    module, _, function = target.partition(":")
    call_this(module.rpartition(".")[2])
    channel = Connection(int(descriptor))
    try:
        getattr(importlib.import_module(module), function)(channel, channel.recv())
    except (EOFError, BrokenPipeError, ConnectionResetError):
        os._exit(0)  # the parent is gone; nobody is left to tell


if __name__ == "__main__":
    _main(*sys.argv[1:])

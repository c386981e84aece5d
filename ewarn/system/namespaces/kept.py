"""A keeper as those see it who laid it: its process, what it can open, and those that an earlier run left."""

import os
import select
import signal
import socket
import struct
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import psutil

from ewarn.system.namespaces.keeper import CALLED
from ewarn.system.namespaces.tools import AS_ROOT, PATIENCE_S, environment

KEEPER = Path(__file__).with_name("keeper.py")
CREDENTIALS = struct.Struct("3i")
"""struct ucred: pid, uid, gid"""


def owner(pid: int | None = None) -> str:
    """Says whose a keeper is: a process, when it began, and which processes its number is among."""
    one = psutil.Process(pid)
    return f"{one.pid}:{one.create_time()}:{Path('/proc/self/ns/pid').stat().st_ino}"


def is_over(whose: str) -> bool:
    """Whether the owner of a keeper has ended; one that is not among ours is not for us to judge."""
    pid, _, among = whose.split(":")
    if int(among) != Path("/proc/self/ns/pid").stat().st_ino:
        return False
    try:
        return psutil.Process(int(pid)).status() == psutil.STATUS_ZOMBIE or owner(int(pid)) != whose
    except psutil.NoSuchProcess:
        return True


def sweep() -> int:
    """End keepers whose owners have ended, and all that they keep; how many there were."""
    left = 0
    for one in psutil.process_iter():
        with suppress(psutil.Error, ValueError):
            words = one.cmdline()
            if CALLED in words[:-3] and is_over(words[words.index(CALLED) + 1]):
                one.kill()
                left += 1
    return left


class Keeper:
    """Keeps namespaces, and with the first of a run's all processes in them."""

    def __init__(self, before: list[str], name: str, longest_s: float, whose: str) -> None:
        """`before`: the command that lays the namespaces and runs another in them. `longest_s`: then it leaves."""
        self._line, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._line.settimeout(PATIENCE_S)
        self._line.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
        with theirs:
            # Ctrl-C is for whoever laid it, who ends it in order.
            words = [*before, sys.executable, "-I", "-S", str(KEEPER), CALLED, whose, name, str(longest_s)]
            self.process = subprocess.Popen(
                words,
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                env=environment(),
                start_new_session=True,
            )
        self._itself: int | None = None
        """a descriptor of the keeper's own process, which no other can be taken for"""
        try:
            self.pid = self._came()
            self._itself = os.pidfd_open(self.pid)
        except BaseException:
            self.close()
            raise

    def _came(self) -> int:
        """Its number among our processes, which the kernel tells with what it says first."""
        said, more, _, _ = self._line.recvmsg(16, socket.CMSG_SPACE(CREDENTIALS.size))
        if said != b"here":
            raise OSError(f"no namespace could be laid: {self._complaint()}")
        return int(CREDENTIALS.unpack(more[0][2])[0])

    def _complaint(self) -> str:
        said = self.process.stderr.read() if self.process.stderr else b""
        return " ".join(said.decode().split())

    def open(self, wish: str) -> int:
        """Have something opened within, see `keeper.opened`; its descriptor. Raises OSError with what was wrong."""
        self._line.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 0)
        self._line.send(wish.encode())
        said, descriptors, _, _ = socket.recv_fds(self._line, 256, 1)
        if not descriptors:
            raise OSError(said.decode() or "the keeper of a namespace has ended")
        return descriptors[0]

    def socket(self, kind: str) -> socket.socket:
        """A socket that stands within, bound to nothing yet: `tcp`, `tcp6`, `udp`, or `packet`."""
        return socket.socket(fileno=self.open(kind))

    def set(self, name: str, value: int | str) -> None:
        """Set a value of the kernel within, as `sysctl` names it, with slashes. Raises OSError where it cannot be."""
        with os.fdopen(self.open(f"write /proc/sys/{name}"), "wb", buffering=0) as file:
            file.write(f"{value}\n".encode())

    def enter(self, *kinds: str) -> list[str]:
        """A command that runs another in these of its namespaces."""
        users = ("--user", "--preserve-credentials") if AS_ROOT else ()
        return ["nsenter", "--target", str(self.pid), *users, *(f"--{kind}" for kind in kinds)]

    def close(self) -> None:
        """End it and all that it keeps, and wait for that: the first process of a namespace is the last to be gone."""
        self._line.close()
        if self._itself is not None:
            with suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._itself, signal.SIGKILL)
            select.select([self._itself], [], [], PATIENCE_S)
            os.close(self._itself)
        self.process.kill()
        self.process.wait()
        if self.process.stderr:
            self.process.stderr.close()

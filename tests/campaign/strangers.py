"""Clients that mean harm, in a process of their own; what they do is data, a `Habit`.

`python -m tests.campaign.strangers ADDRESS SECONDS` with the habit on its standard input, as JSON, bytes in base 64. It
ends by itself, and prints how often it connected, how often it was hung up on, and how many bytes it got rid of.
"""

import base64
import json
import os
import select
import socket
import struct
import sys
import time
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from ewarn.system.machine import use_all_files

RESET = struct.pack("ii", 1, 0)
"""SO_LINGER: hang up by RST"""
READ_BYTES = 65_536
OPENED_A_TURN = 200
LAST = 19
"""niceness"""
IP_BIND_ADDRESS_NO_PORT = 24
FROM = "127.0.0.66"
"""strangers have an address of their own; every address of 127.0.0.0/8 is this machine's"""


@dataclass(frozen=True)
class Habit:
    """What a crowd of strangers does, each of them; who is hung up on comes back at once."""

    clients: int
    opening: bytes = b""
    """said on connecting"""
    again: bytes = b""
    """said then, without end"""
    every_s: float = 0.0
    """so often; 0: as fast as it is taken"""
    reads: bool = True
    """what comes, to throw it away"""
    buffer: int = 0
    """bytes that the kernel keeps of what it does not read; 0: as many as it likes"""
    leaves: str = "no"
    """once the opening is out: `reset`, `close`, or no"""
    control: bool = False
    """at the control address"""
    source: str = FROM

    def shared(self, parts: int) -> "Habit":
        """One of so many crowds that do this together."""
        return replace(self, clients=-(-self.clients // parts))

    def encoded(self) -> str:
        """As JSON."""
        plain = {**asdict(self), **{key: base64.b64encode(getattr(self, key)).decode() for key in ("opening", "again")}}
        return json.dumps(plain)


def decoded(text: str) -> Habit:
    """The reverse of `Habit.encoded`."""
    found = json.loads(text)
    return Habit(**{**found, **{key: base64.b64decode(found[key]) for key in ("opening", "again")}})


class Crowd:
    """Connections by descriptor, and what each has yet to say."""

    def __init__(self, address: tuple[str, int], habit: Habit) -> None:
        self.address, self.habit = address, habit
        self.epoll = select.epoll()
        self.sockets: dict[int, socket.socket] = {}
        self.unsaid: dict[int, bytes] = {}
        self.opened = self.hung_up = self.sent = 0

    def turn(self, wait_s: float) -> None:
        """Fill up, then say and read what can be."""
        for _ in range(min(OPENED_A_TURN, self.habit.clients - len(self.sockets))):
            self._open()
        for descriptor, events in self.epoll.poll(wait_s, 256):
            if events & (select.EPOLLHUP | select.EPOLLERR) or (events & select.EPOLLIN and not self._read(descriptor)):
                self.hung_up += 1
                self._close(descriptor)
            elif events & select.EPOLLOUT:
                self._say(descriptor)

    def trickle(self) -> None:
        """Everyone who has said its opening says the next piece."""
        for descriptor in list(self.sockets):
            if not self.unsaid.get(descriptor):
                self.unsaid[descriptor] = self.habit.again
                self._say(descriptor)

    def _open(self) -> None:
        one = socket.socket()
        one.setblocking(False)
        if self.habit.buffer:
            one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, self.habit.buffer)
        one.setsockopt(socket.IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, 1)
        try:
            one.bind((self.habit.source, 0))
            one.connect(self.address)
        except BlockingIOError:
            pass
        except OSError:
            one.close()
            return
        self.opened += 1
        self.sockets[one.fileno()] = one
        self.unsaid[one.fileno()] = self.habit.opening
        self.epoll.register(one.fileno(), select.EPOLLOUT)

    def _say(self, descriptor: int) -> None:
        try:
            said = self.sockets[descriptor].send(self.unsaid[descriptor]) if self.unsaid[descriptor] else 0
        except BlockingIOError:
            said = 0
        except OSError:
            self.hung_up += 1
            self._close(descriptor)
            return
        self.sent += said
        self.unsaid[descriptor] = rest = self.unsaid[descriptor][said:]
        if rest:
            return
        if self.habit.leaves != "no":
            self._close(descriptor, reset=self.habit.leaves == "reset")
            return
        flood = bool(self.habit.again) and not self.habit.every_s
        self.unsaid[descriptor] = self.habit.again if flood else b""
        self.epoll.modify(descriptor, self.habit.reads * select.EPOLLIN | flood * select.EPOLLOUT)

    def _read(self, descriptor: int) -> bool:
        try:
            return bool(self.sockets[descriptor].recv(READ_BYTES))
        except BlockingIOError:
            return True
        except OSError:
            return False

    def _close(self, descriptor: int, *, reset: bool = False) -> None:
        one = self.sockets.pop(descriptor)
        del self.unsaid[descriptor]
        if reset:
            one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        one.close()


def give_way() -> None:
    """Strangers have machines of their own. Here theirs gives way, or the shared cores are what is measured.

    Where the kernel shares the cores out by session (sched(7), autogroup), niceness counts within one alone: so this
    becomes a session of its own, which gives way as a whole.
    """
    os.nice(LAST)
    with suppress(OSError):
        os.setsid()
        Path("/proc/self/autogroup").write_text(f"{LAST}\n")


def main(address: str, seconds: float, habit: Habit) -> None:
    """See the module."""
    give_way()
    use_all_files()
    host, port = address.rsplit(":", 1)
    crowd = Crowd((host, int(port)), habit)
    ends = time.monotonic() + seconds
    due = time.monotonic()
    while (now := time.monotonic()) < ends:
        crowd.turn(0.05)
        if habit.every_s and now >= due:
            crowd.trickle()
            due = now + habit.every_s
    print(json.dumps({"opened": crowd.opened, "hung_up": crowd.hung_up, "bytes": crowd.sent}))


if __name__ == "__main__":
    main(sys.argv[1], float(sys.argv[2]), decoded(sys.stdin.read()))

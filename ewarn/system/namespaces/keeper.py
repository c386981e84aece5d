"""Keeps namespaces alive, and opens what has to be opened within them: run as a program of its own.

It talks over its standard input, a socket of whole messages. A word comes in, and what it asks for goes back as a
descriptor, or as a line that says why it cannot be had. It leaves at the end of file, so that whoever laid the
namespaces takes them along, however they end; and after a stated time in any case. It imports nothing of the package,
so that it is there in milliseconds.
"""

import errno
import fcntl
import signal
import socket
import struct
import sys
import time
from pathlib import Path
from typing import IO, Any

CALLED = "ewarn-keeper"
"""stands in the command line of every keeper, before what says whose it is"""
TUNSETIFF, IFF_TAP, IFF_NO_PI = 0x400454CA, 0x2, 0x1000
"""linux/if_tun.h"""
NAME_BYTES, IFREQ_BYTES = 16, 40
"""linux/if.h: IFNAMSIZ, and room for struct ifreq"""
KINDS = {
    "tcp": (socket.AF_INET, socket.SOCK_STREAM),
    "tcp6": (socket.AF_INET6, socket.SOCK_STREAM),
    "udp": (socket.AF_INET, socket.SOCK_DGRAM),
    "packet": (socket.AF_PACKET, socket.SOCK_RAW),
}
FILES = {"read": "rb", "write": "r+b"}
"""how those under /proc are opened, which are of the network that whoever opens them is in"""


def tap(name: str) -> IO[Any]:
    """A network interface whose frames this program, or whom it gives the descriptor to, reads and writes."""
    descriptor = Path("/dev/net/tun").open("r+b", buffering=0)  # noqa: SIM115 - whoever asked closes it
    request = struct.pack(f"{NAME_BYTES}sH", name.encode(), IFF_TAP | IFF_NO_PI)
    fcntl.ioctl(descriptor, TUNSETIFF, request.ljust(IFREQ_BYTES, b"\0"))
    return descriptor


def opened(wish: str) -> IO[Any] | socket.socket:
    """What was asked for: `tap NAME`, `read FILE`, `write FILE`, or a socket, see `KINDS`, bound to nothing yet."""
    word, _, name = wish.partition(" ")
    if word in FILES:
        return Path(name).open(FILES[word], buffering=0)
    if word == "tap":
        return tap(name)
    if word not in KINDS:
        raise OSError(errno.EINVAL, "no such wish")
    return socket.socket(*KINDS[word])


def main() -> None:
    """Serve until the end of file, or until the time is over."""
    *_, name, seconds = sys.argv
    socket.sethostname(name)
    # Nobody waits for orphans of the processes here, for which this one stands in as parent.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    until = time.monotonic() + float(seconds)
    with socket.socket(fileno=sys.stdin.fileno()) as line:
        line.send(b"here")
        while (left := until - time.monotonic()) > 0:
            line.settimeout(left)
            try:
                wish = line.recv(256)
            except TimeoutError:
                return
            if not wish:
                return
            try:
                with opened(wish.decode()) as one:
                    socket.send_fds(line, [b"opened"], [one.fileno()])
            except OSError as error:
                line.send(f"{wish.decode()}: {error.strerror}".encode())


if __name__ == "__main__":
    main()

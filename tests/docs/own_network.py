"""Run a command in a network of its own, with loopback alone: usual ports are free there, and nothing gets out.

Where the kernel forbids that, the command runs in the network there is; without a command, the exit code says so.
"""

import ctypes
import fcntl
import os
import socket
import struct
import sys
from pathlib import Path

NEW_USER, NEW_NETWORK = 0x10000000, 0x40000000
SET_FLAGS, UP = 0x8914, 0x1
"""SIOCSIFFLAGS and IFF_UP, netdevice(7)"""


def leave() -> bool:
    """Enter such a network; as somebody who is not root, as root of a user namespace alone."""
    libc, user, group = ctypes.CDLL(None), os.getuid(), os.getgid()
    if libc.unshare(NEW_NETWORK) == 0:
        return True
    if libc.unshare(NEW_USER | NEW_NETWORK) != 0:
        return False
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"{user} {user} 1")
    Path("/proc/self/gid_map").write_text(f"{group} {group} 1")
    return True


if __name__ == "__main__":
    if left := leave():
        with socket.socket() as any_socket:
            fcntl.ioctl(any_socket, SET_FLAGS, struct.pack("16sh22x", b"lo", UP))
    if len(sys.argv) == 1:
        sys.exit(not left)
    os.execvp(sys.argv[1], sys.argv[1:])  # noqa: S606  # the command that was asked for

"""Asks a fleet that runs in another process: a program of its own, which imports nothing of the package.

    python ask.py ADDRESS VERB [WORD...]

What it is told it prints; or it becomes the command that it is told, on a host. It ends with 2 where it is refused.
"""

import json
import os
import socket
import sys
from pathlib import Path

READ_BYTES = 65536
AWAY = 2
"""exit code of what was asked for in vain"""


def main() -> int:
    """Ask, and do as told."""
    _, address, *words = sys.argv
    try:
        answer = asked(address, [str(Path.cwd()), *words])
    except OSError:
        answer = b""
    if not answer:
        sys.stderr.write("this fleet has ended\n")
        return AWAY
    told = json.loads(answer)
    if command := told.get("become"):
        # A command is looked for beside this Python first, as in an environment that is active.
        folders = (str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath), "/usr/sbin", "/sbin")
        os.environ["PATH"] = os.pathsep.join(folders)
        os.execvp(command[0], command)  # noqa: S606 - no shell is wanted
    (sys.stderr if told["refused"] else sys.stdout).write(f"{told['said']}\n")
    return AWAY if told["refused"] else 0


def asked(address: str, words: list[str]) -> bytes:
    """The answer to these words. Raises OSError."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as line:
        line.connect("\0" + address)
        line.sendall(json.dumps(words).encode())
        line.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: line.recv(READ_BYTES), b""))


if __name__ == "__main__":
    sys.exit(main())

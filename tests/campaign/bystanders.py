"""Honest clients that listen, in a process of their own.

`python -m tests.campaign.bystanders HOST:PORT COUNT DUE QUAKE` prints `ready` once all are connected, `all` once DUE
frames have come of quakes whose ids begin with QUAKE, and as its standard input ends one line of JSON: every receipt
with two instants, when the kernel had it and when it was read. The second says where this process was late itself; the
first is what the service is judged by. Beside them: when the end of which connection was read.
"""

import json
import re
import select
import socket
import struct
import sys
import time
from contextlib import suppress

from ewarn.swarm.connections import SO_TIMESTAMPNS
from ewarn.wire.framing import PING, PONG, next_frame
from tests.campaign.clients import asking, following, frame

SAID = re.compile(rb'"quake":"([^"]+)","number":(\d+)')
PATIENCE_S = 20.0
READ_BYTES = 65_536


class Bystander:
    """One connection, and what came over it in pieces."""

    def __init__(self, address: tuple[str, int], user: int) -> None:
        self.socket = socket.create_connection(address, PATIENCE_S)
        self.socket.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        self.socket.sendall(asking(following(f"bystander-{user}")))
        self.had = b""
        while b"\r\n\r\n" not in self.had:
            data = self.socket.recv(READ_BYTES)
            if not data:
                raise SystemExit(f"bystander {user} was not let in: {self.had[:80]!r}")
            self.had += data
        status, _, self.had = self.had.partition(b"\r\n\r\n")
        if b" 101 " not in status[:20]:
            raise SystemExit(f"bystander {user} was not let in: {status[:80]!r}")
        self.socket.setblocking(False)

    def read(self) -> tuple[list[bytes], int, int] | None:
        """Payloads of text, when the kernel had them and when they were read (monotonic ns); None: it ended."""
        try:
            data, ancillary, _, _ = self.socket.recvmsg(READ_BYTES, 64)
        except BlockingIOError:
            return [], 0, 0
        except OSError:
            return None
        read_ns, wall_ns = time.monotonic_ns(), time.time_ns()
        if not data:
            return None
        arrived_ns = read_ns
        for level, kind, value in ancillary:
            if (level, kind) == (socket.SOL_SOCKET, SO_TIMESTAMPNS):
                seconds, rest = struct.unpack("@qq", value[:16])
                arrived_ns = read_ns - (wall_ns - seconds * 1_000_000_000 - rest)
        return self._whole(data), arrived_ns, read_ns

    def _whole(self, data: bytes) -> list[bytes]:
        self.had += data
        found, at = [], 0
        while one := next_frame(self.had, at):
            if one.opcode == PING:
                with suppress(OSError):
                    self.socket.send(frame(PONG, self.had[one.start : one.end]))
            else:
                found.append(self.had[one.start : one.end])
            at = one.end
        self.had = self.had[at:]
        return found


def main(address: str, count: int, due: int, quake: str) -> None:
    """See the module."""
    host, port = address.rsplit(":", 1)
    them = [Bystander((host, int(port)), user) for user in range(count)]
    epoll = select.epoll()
    by_descriptor = {one.socket.fileno(): index for index, one in enumerate(them)}
    for descriptor in by_descriptor:
        epoll.register(descriptor, select.EPOLLIN)
    epoll.register(sys.stdin.fileno(), select.EPOLLIN | select.EPOLLHUP)
    print("ready", flush=True)
    receipts: list[tuple[object, ...]] = []
    endings: list[tuple[int, int]] = []
    over, told = False, False
    while not over:
        for descriptor, _ in epoll.poll():
            if descriptor == sys.stdin.fileno():
                over = True
                continue
            index = by_descriptor[descriptor]
            found = them[index].read()
            if found is None:
                endings.append((index, time.monotonic_ns()))
                epoll.unregister(descriptor)
                continue
            payloads, *instants = found
            said = [one for payload in payloads if (one := SAID.search(payload)) and one[1].startswith(quake.encode())]
            receipts += [(index, int(one[2]), *instants, one[1].decode()) for one in said]
        if len(receipts) >= due and not told:
            told = True
            print("all", flush=True)
    print(json.dumps({"receipts": receipts, "ended": len(endings), "endings": endings}), flush=True)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4])

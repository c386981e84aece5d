"""Clients that hardly read, or never: what a fan-out must not be held up by, and must not leave on an old report."""

import select
import socket
import ssl
from dataclasses import dataclass

import msgspec

from ewarn.swarm.client import answer, request
from ewarn.swarm.instructions import CaughtUp, Complaint, Instruction, Seated, Verb, unknown
from ewarn.swarm.opening import HANDSHAKE_S, READ_BYTES, Way
from ewarn.system.address import family
from ewarn.system.process import Channel
from ewarn.system.tls import client_context
from ewarn.wire.framing import TEXT, next_frame
from ewarn.wire.subscriptions import Place, request_path

RECEIVE_BUFFER = 4096
"""asked for; with it the kernel takes a handful of frames and then no more"""
TRICKLE_S = 1.0
"""how often a slow client reads a little"""
QUIET_S = 1.0
"""one that catches up has caught up once nothing has come for so long"""


@dataclass(frozen=True)
class StuckJob:
    """What the process is told."""

    way: Way
    places: list[list[Place]]
    """those of each client"""
    trickle: int = 0
    """bytes that each reads a second, until it is told to catch up; 0: it never reads"""


class _Client:
    def __init__(self, connection: socket.socket, rest: bytes) -> None:
        self.connection, self.said = connection, bytearray(rest)
        self.newest = 0
        """number of the last report that it has read"""

    @property
    def holds_more(self) -> bool:
        """Whether there is plain text left of a record that was read: no poll shows that."""
        return isinstance(self.connection, ssl.SSLSocket) and self.connection.pending() > 0

    def read(self, most: int) -> bool:
        """Read what is there, at most so many bytes; whether there was any."""
        try:
            data = self.connection.recv(most)
        except ssl.SSLWantReadError:
            return True  # what came is part of a record
        except OSError:
            return False
        self.said += data
        at = 0
        while (frame := next_frame(self.said, at)) is not None:
            if frame.opcode == TEXT:
                self.newest = msgspec.json.decode(self.said[frame.start : frame.end]).get("number", self.newest)
            at = frame.end
        del self.said[:at]
        return bool(data)


def main(channel: Channel, job: StuckJob) -> None:
    """Entry of the child process: says that all are connected, or why one could not, and stays until told to go.

    To `CATCH_UP` the numbers of the reports that the clients ended on are the answer.
    """
    held: list[_Client] = []
    try:
        for index, places in enumerate(job.places):
            held.append(_connect(job.way, index, places))
    except OSError as error:
        channel.send(Complaint(f"a stuck client could not connect: {error}"))
    else:
        channel.send(Seated())
    while True:
        if not channel.poll(TRICKLE_S if job.trickle else None):
            for client in held:
                client.read(job.trickle)
            continue
        if (said := channel.recv()) != Instruction(Verb.CATCH_UP):
            channel.send(unknown(said))
            continue
        _catch_up(held)
        channel.send(CaughtUp([client.newest for client in held]))


def _catch_up(clients: list[_Client]) -> None:
    by_descriptor = {client.connection.fileno(): client for client in clients}
    with select.epoll() as epoll:
        for descriptor in by_descriptor:
            epoll.register(descriptor, select.EPOLLIN)
        while events := epoll.poll(QUIET_S):
            for descriptor, _ in events:
                client = by_descriptor[descriptor]
                if not client.read(READ_BYTES):
                    epoll.unregister(descriptor)
                while client.holds_more:
                    client.read(READ_BYTES)


def _connect(way: Way, index: int, places: list[Place]) -> _Client:
    connection = socket.socket(family(way.address), socket.SOCK_STREAM)
    connection.settimeout(HANDSHAKE_S)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)
    if way.sources:
        connection.bind((way.sources[index % len(way.sources)], 0))
    connection.connect(way.address)
    if way.target.tls:
        connection = client_context(way.target.ca).wrap_socket(connection, server_hostname=way.target.host)
    key = index.to_bytes(16, "big")
    connection.sendall(request(way.target, request_path(f"stuck{index}", places), key))
    said = b""
    while True:
        data = connection.recv(READ_BYTES)
        said += data
        verdict = answer(said, key)
        if isinstance(verdict, str) or not data:
            raise OSError(verdict if isinstance(verdict, str) else "the gateway hung up in the handshake")
        if verdict[0]:
            connection.setblocking(False)
            return _Client(connection, verdict[1])

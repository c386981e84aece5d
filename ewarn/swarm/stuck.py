"""Clients that hardly read, or never: what a fan-out must not be held up by, and must not leave on an old report."""

import select
import socket
import ssl
from typing import Protocol

from ewarn.swarm.client import answer, request
from ewarn.swarm.instructions import CaughtUp, Complaint, Instruction, Seated, Verb, unknown
from ewarn.swarm.opening import HANDSHAKE_S, READ_BYTES, Way
from ewarn.swarm.stuck_job import QUIET_S, RECEIVE_BUFFER, TRICKLE_S, StuckJob, number_of
from ewarn.swarm.stuck_packets import StuckPackets
from ewarn.system.address import family
from ewarn.system.process import Channel
from ewarn.system.tls import client_context
from ewarn.wire.framing import TEXT, next_frame
from ewarn.wire.subscriptions import Place, request_path


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
                self.newest = number_of(self.said[frame.start : frame.end], self.newest)
            at = frame.end
        del self.said[:at]
        return bool(data)


class Crowd(Protocol):
    """All of them."""

    def connect(self) -> None:
        """Connect all. Raises OSError where one cannot be."""

    def until_told(self, channel: Channel) -> None:
        """Read a little each `TRICKLE_S`, where they do, until the channel can be read."""

    def catch_up(self) -> list[int]:
        """Read all that is there; by client, the number of the report that it has ended on."""


def main(channel: Channel, job: StuckJob) -> None:
    """Entry of the child process: says that all are connected, or why one could not, and stays until told to go."""
    crowd: Crowd = StuckPackets(job, channel) if job.wired else StuckSockets(job)
    try:
        crowd.connect()
    except OSError as error:
        channel.send(Complaint(f"a stuck client could not connect: {error}"))
    else:
        channel.send(Seated())
    while True:
        crowd.until_told(channel)
        if (said := channel.recv()) == Instruction(Verb.CATCH_UP):
            channel.send(CaughtUp(crowd.catch_up()))
        else:
            channel.send(unknown(said))


class StuckSockets:
    """See `Crowd`; the kernel takes a little for each."""

    def __init__(self, job: StuckJob) -> None:
        self._job = job
        self._held: list[_Client] = []

    def connect(self) -> None:
        """See `Crowd`."""
        for index, places in enumerate(self._job.places):
            self._held.append(_connect(self._job.way, index, places))

    def until_told(self, channel: Channel) -> None:
        """See `Crowd`."""
        while not channel.poll(TRICKLE_S if self._job.trickle else None):
            for client in self._held:
                client.read(self._job.trickle)

    def catch_up(self) -> list[int]:
        """See `Crowd`."""
        _catch_up(self._held)
        return [client.newest for client in self._held]


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

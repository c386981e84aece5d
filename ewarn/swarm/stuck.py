"""Clients that connect, follow a place, and then never read: what a fan-out must not be held up by."""

import socket
from dataclasses import dataclass

from ewarn.process import Channel
from ewarn.swarm.client import answer, request
from ewarn.swarm.opening import HANDSHAKE_S, READ_BYTES, Way
from ewarn.wire.subscriptions import Place, request_path

RECEIVE_BUFFER = 4096
"""asked for; with it the kernel takes a handful of frames and then no more"""


@dataclass(frozen=True)
class StuckJob:
    """What the process is told."""

    way: Way
    places: list[Place]
    """one a client"""


def main(channel: Channel, job: StuckJob) -> None:
    """Entry of the child process: says how many are connected, or why one could not, and stays until told to go."""
    held: list[socket.socket] = []
    try:
        for index, place in enumerate(job.places):
            held.append(_connect(job.way, index, place))
    except OSError as error:
        channel.send(f"a stuck client could not connect: {error}")
    else:
        channel.send(len(held))
    channel.poll(None)


def _connect(way: Way, index: int, place: Place) -> socket.socket:
    connection = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    connection.settimeout(HANDSHAKE_S)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)
    if way.sources:
        connection.bind((way.sources[index % len(way.sources)], 0))
    connection.connect(way.address)
    key = index.to_bytes(16, "big")
    connection.sendall(request(way.target, request_path(f"stuck{index}", [place]), key))
    said = b""
    while True:
        data = connection.recv(READ_BYTES)
        said += data
        verdict = answer(said, key)
        if isinstance(verdict, str) or not data:
            raise OSError(verdict if isinstance(verdict, str) else "the gateway hung up in the handshake")
        if verdict[0]:
            return connection

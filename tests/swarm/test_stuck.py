"""Clients that hardly read, against a bare server."""

import base64
import socket
import threading

import pytest

from ewarn.swarm.client import Target, accept_header
from ewarn.swarm.instructions import CaughtUp, Complaint, Instruction, Seated, Verb
from ewarn.swarm.opening import Way
from ewarn.swarm.stuck_job import StuckJob
from ewarn.system import process
from ewarn.wire.framing import TEXT, header


def greet(server, connections):
    """Shake hands with whoever comes."""
    while True:
        try:
            connection, _ = server.accept()
        except OSError:
            return
        connections.append(connection)  # before the answer, upon which the test goes on
        head = connection.recv(4096)
        key = next(line.split(b": ")[1] for line in head.split(b"\r\n") if line.startswith(b"Sec-WebSocket-Key"))
        answer = accept_header(base64.b64decode(key))
        connection.sendall(
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Accept: " + answer + b"\r\n\r\n"
        )


@pytest.fixture
def server():
    connections = []
    listening = socket.create_server(("127.0.0.1", 0))
    thread = threading.Thread(target=greet, args=(listening, connections))
    thread.start()
    yield listening.getsockname(), connections
    listening.shutdown(socket.SHUT_RDWR)
    listening.close()
    thread.join()
    for one in connections:
        one.close()


def spawn(address, clients=2, trickle=0):
    way = Way(Target(*address), address, ("127.0.0.1",))
    return process.spawn("ewarn.swarm.stuck:main", StuckJob(way, [[(30.0, 103.0)]] * clients, trickle))


def report(number):
    payload = b'{"type":"report","number":%d}' % number
    return header(len(payload), TEXT) + payload


def test_they_say_that_they_are_connected_and_catch_up_when_they_are_told_to(server):
    address, connections = server
    child = spawn(address)
    try:
        assert child.channel.recv() == Seated()
        for number in (1, 2, 3):
            connections[0].sendall(report(number))
        connections[1].sendall(report(1))
        child.channel.send("juggle")
        assert child.channel.recv() == Complaint("a swarm process was told 'juggle', which it does not know")
        child.channel.send(Instruction(Verb.CATCH_UP))
        assert child.channel.recv() == CaughtUp([3, 1])
    finally:
        child.stop()


def test_where_nobody_answers_they_say_why():
    with socket.create_server(("127.0.0.1", 0)) as free:
        address = free.getsockname()
    child = spawn(address, clients=1)
    try:
        assert child.channel.recv() == Complaint("a stuck client could not connect: [Errno 111] Connection refused")
    finally:
        child.stop()

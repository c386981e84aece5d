"""Both receivers on real sockets: what was sent is what they hand over."""

import os
import socket
import subprocess
import sys
import time
from contextlib import ExitStack, suppress

import pytest

from ewarn.swarm.connections import SO_TIMESTAMPNS
from ewarn.swarm.receivers import EpollReceiver
from ewarn.swarm.uring import BUFFERS, UringReceiver
from tests.sandbox import forbid_io_uring


@pytest.fixture(params=[EpollReceiver, lambda: UringReceiver(0.001)], ids=["epoll", "uring"])
def receiver(request):
    try:
        return request.param()
    except OSError as error:
        pytest.skip(f"io_uring does not work here ({error.strerror})")


@pytest.fixture
def pairs():
    """Connected sockets (server's, client's), as many as asked for; the client's never wait."""
    with ExitStack() as stack:
        listener = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=1024))

        def connect(count):
            made = []
            for _ in range(count):
                client = stack.enter_context(socket.create_connection(listener.getsockname()))
                client.setblocking(False)
                made.append((stack.enter_context(listener.accept()[0]), client))
            return made

        yield connect


def read_until(receiver, pieces=0, gone=None):
    """Read until so many pieces were read, and those of `gone` (descriptors by row) have ended."""
    total = 0
    while total < pieces or gone:
        read, over = receiver.read(5.0)
        assert read or over or receiver.kept, "nothing came"
        total += read
        for row in over:
            receiver.forget(gone.pop(row))


def by_row(receiver):
    found = {}
    for row, _, data, _ in receiver.take():
        found[row] = found.get(row, b"") + data
    return found


def test_everyones_bytes_come_under_his_own_row_with_the_time_of_reading(receiver, pairs):
    made = pairs(300)
    for row, (_, client) in enumerate(made):
        receiver.add(client.fileno(), 1000 + row, stamped=False)
    before = time.monotonic_ns()
    for row, (server, _) in enumerate(made):
        server.send(b"frame of %d" % row)
    read_until(receiver, pieces=300)
    after = time.monotonic_ns()
    assert receiver.kept == 300
    heard = list(receiver.take())
    assert receiver.kept == 0
    assert {row: data for row, _, data, _ in heard} == {1000 + row: b"frame of %d" % row for row in range(300)}
    assert all(before < read_at < after for _, read_at, _, _ in heard)


def test_bytes_of_one_connection_stay_in_order_however_many_there_are(receiver, pairs):
    ((server, client),) = pairs(1)
    receiver.add(client.fileno(), 0, stamped=False)
    data, found = os.urandom(3_000_000), b""
    server.setblocking(False)
    sent = 0
    while len(found) < len(data):
        if sent < len(data):
            with suppress(BlockingIOError):
                sent += server.send(data[sent:])
        receiver.read(0.01)
        found += by_row(receiver).get(0, b"")
    assert found == data


def test_more_frames_than_there_are_buffers_are_all_read(receiver, pairs):
    made = pairs(100)
    for row, (_, client) in enumerate(made):
        receiver.add(client.fileno(), row, stamped=False)
    each = BUFFERS // 50
    for server, _ in made:
        server.send(b"x" * 1024 * each)
    found = {}
    while sum(map(len, found.values())) < 100 * 1024 * each:
        receiver.read(1.0)
        for row, data in by_row(receiver).items():
            found[row] = found.get(row, b"") + data
    assert all(len(data) == 1024 * each for data in found.values())


def test_an_end_is_told_once_after_all_that_came_before_it(receiver, pairs):
    (server, client), (other, another) = pairs(2)
    receiver.add(client.fileno(), 7, stamped=False)
    receiver.add(another.fileno(), 8, stamped=False)
    server.send(b"last words")
    server.close()
    other.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    other.close()
    read_until(receiver, pieces=1, gone={7: client.fileno(), 8: another.fileno()})
    assert by_row(receiver) == {7: b"last words"}
    assert receiver.read(0.0) == (0, [])


def test_stamps_of_the_kernel_stand_before_the_reading(receiver, pairs):
    (server, client), (plain, unstamped) = pairs(2)
    client.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
    receiver.add(client.fileno(), 0, stamped=True)
    receiver.add(unstamped.fileno(), 1, stamped=False)
    found = {0: (0, 0)}
    while not found[0][1]:  # the kernel begins to stamp a moment after it is first asked to
        before = time.monotonic_ns()
        server.send(b"stamped")
        plain.send(b"plain")
        read_until(receiver, pieces=2)
        found = {row: (read_at, arrived) for row, read_at, _, arrived in receiver.take()}
    assert before - 1_000_000 < found[0][1] <= found[0][0] + 1_000_000
    assert found[1][1] == 0


def test_what_is_watched_ends_the_wait_and_is_not_read(receiver, pairs):
    (server, client), (other, watched) = pairs(2)
    receiver.add(client.fileno(), 0, stamped=False)
    receiver.watch(watched.fileno())
    for _ in range(3):
        other.send(b"hello")
        began = time.monotonic()
        receiver.read(30.0)
        assert time.monotonic() - began < 10
        assert watched.recv(100) == b"hello"
    server.send(b"frame")
    read_until(receiver, pieces=1)
    assert by_row(receiver) == {0: b"frame"}


def test_where_io_uring_is_forbidden_epoll_reads():
    script = "from ewarn.swarm.receivers import fastest; print(fastest(0.001).name)"
    found = subprocess.run(
        [sys.executable, "-c", script], preexec_fn=forbid_io_uring, capture_output=True, text=True, check=True
    )
    assert found.stdout.strip() == "epoll"

"""System calls of single connections, on real ones: what went wrong is a value."""

import os
import socket

import pytest

from ewarn.gateway.clients import sockets


@pytest.fixture
def pair():
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    theirs.settimeout(5)
    with ours, theirs:
        yield ours, theirs


def test_reading_tells_what_came_from_nothing_yet_and_from_the_end(pair):
    ours, theirs = pair
    assert sockets.read(ours.fileno(), 10) is None
    theirs.send(b"hello, you there")
    assert sockets.read(ours.fileno(), 10) == b"hello, you"
    theirs.close()
    assert sockets.read(ours.fileno(), 10) == b" there"
    assert sockets.read(ours.fileno(), 10) == b""


def test_writing_tells_how_much_was_taken_none_for_now_and_that_nobody_is_there(pair):
    ours, theirs = pair
    assert sockets.write(ours.fileno(), b"hello") == 5
    while sockets.write(ours.fileno(), b"x" * 65536):
        pass
    theirs.close()
    assert sockets.write(ours.fileno(), b"hello") == -1


def test_a_reset_connection_is_over():
    with socket.create_server(("127.0.0.1", 0)) as server:
        client = socket.create_connection(server.getsockname())
        near, _ = server.accept()
        with near:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            client.close()
            assert sockets.read(near.fileno(), 10) == b""
            assert not sockets.end_writing(near.fileno())


def test_something_to_read_is_seen_and_so_is_the_end():
    pairs = [socket.socketpair() for _ in range(3)]
    try:
        pairs[1][1].send(b"hello")
        pairs[2][1].close()
        near = [ours.fileno() for ours, _ in pairs]
        assert sorted(sockets.readable(near)) == sorted(near[1:])
        assert sockets.readable([]) == []
    finally:
        for both in pairs:
            for one in both:
                one.close()


def test_connections_inherit_how_long_the_kernel_waits_for_acknowledgements():
    with socket.create_server(("127.0.0.1", 0)) as server:
        sockets.give_up_after(server, 2.5)
        with socket.create_connection(server.getsockname()):
            near, _ = server.accept()
            with near:
                assert near.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == 2500


def test_the_end_of_writing_comes_after_what_was_written_and_leaves_the_descriptor_open(pair):
    ours, theirs = pair
    sockets.widen(ours.fileno(), 1 << 18)
    assert sockets.write(ours.fileno(), b"x" * 200_000) == 200_000
    assert sockets.end_writing(ours.fileno())
    os.fstat(ours.fileno())
    said = 0
    while data := theirs.recv(1 << 20):
        said += len(data)
    assert said == 200_000


@pytest.mark.parametrize(
    ("listen", "reach", "expected"),
    [("127.0.0.1", "127.0.0.1", b"\x7f\0\0\1"), ("::1", "::1", bytes(8)), ("::", "127.0.0.1", b"\x7f\0\0\1")],
)
def test_whose_a_connection_is_is_read_from_it_whatever_its_family(listen, reach, expected):
    family = socket.AF_INET6 if ":" in listen else socket.AF_INET
    with (
        socket.create_server((listen, 0), family=family, dualstack_ipv6=listen == "::") as server,
        socket.create_connection((reach, server.getsockname()[1])) as far,
    ):
        near, _ = server.accept()
        assert sockets.subscriber(near.fileno()) == expected
        far.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        far.close()
        assert near.fileno() >= 0
        near.close()
    one, other = socket.socketpair()
    assert sockets.subscriber(one.fileno()) == b""
    one.close()
    other.close()

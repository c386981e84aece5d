"""Connections of which only a descriptor is kept."""

import os
import socket

import pytest

from ewarn.swarm import connections
from ewarn.system.descriptors import as_socket


@pytest.fixture
def pair():
    """A connection over loopback: our descriptor, and their socket."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        ours = socket.create_connection(server.getsockname())
        theirs, _ = server.accept()
    with theirs:
        yield ours.detach(), theirs


def test_what_is_said_is_heard_and_the_descriptor_stays_open(pair):
    ours, theirs = pair
    assert connections.say(ours, b"hello") == 5
    assert theirs.recv(10) == b"hello"
    os.close(ours)


def test_to_one_that_is_full_or_gone_nothing_can_be_said(pair):
    ours, _ = pair
    os.set_blocking(ours, False)
    while connections.say(ours, bytes(1 << 16)):
        pass
    assert connections.say(ours, b"?") == 0
    os.close(ours)
    assert connections.say(ours, b"?") == 0


def test_one_that_hangs_up_is_read_to_its_end_before_it_is_closed(pair):
    ours, theirs = pair
    connections.hang_up(ours)
    connections.hang_up(ours)
    assert theirs.recv(1) == b""
    os.close(ours)


def test_a_reset_leaves_no_port_waiting(pair):
    ours, theirs = pair
    connections.reset(ours)
    with pytest.raises(ConnectionResetError):
        theirs.recv(1)
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.close(ours)


def test_the_kernel_notes_when_bytes_arrive(pair):
    ours, theirs = pair
    connections.stamp(ours)
    ancillary = []
    while not ancillary:  # the first socket of a machine that wants stamps may have to wait until the kernel makes them
        theirs.send(b"now")
        with as_socket(ours) as one:
            _, ancillary, _, _ = one.recvmsg(10, 100)
    assert [kind for _, kind, _ in ancillary] == [connections.SO_TIMESTAMPNS]
    os.close(ours)

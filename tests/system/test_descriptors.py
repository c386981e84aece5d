"""Connections of which only the descriptor is kept."""

import os
import socket

import pytest

from ewarn.system.descriptors import accept, as_socket


def test_a_connection_stays_open_whatever_is_done_to_it():
    near, far = socket.socketpair()
    descriptor = near.detach()
    with far:
        with pytest.raises(OSError, match="Protocol not available"), as_socket(descriptor) as one:
            one.setsockopt(socket.SOL_SOCKET, 9999, 1)
        with as_socket(descriptor) as one:
            one.send(b"still")
        assert far.recv(10) == b"still"
        os.close(descriptor)


def test_of_one_that_is_gone_there_is_no_socket():
    near, far = socket.socketpair()
    descriptor = near.detach()
    os.close(descriptor)
    far.close()
    with pytest.raises(OSError, match="Bad file descriptor"), as_socket(descriptor):
        pass


def test_whoever_comes_is_accepted_by_descriptor_and_waited_for_in_nothing():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setblocking(False)
        with pytest.raises(BlockingIOError):
            accept(listener.fileno())
        with socket.create_connection(listener.getsockname()) as theirs:
            descriptor = accept(listener.fileno())
            assert not os.get_blocking(descriptor) and not os.get_inheritable(descriptor)
            os.write(descriptor, b"hello")
            assert theirs.recv(10) == b"hello"
            os.close(descriptor)


def test_what_cannot_be_accepted_from_is_an_error_of_the_system():
    with socket.socket() as one, pytest.raises(OSError, match="Invalid argument"):
        accept(one.fileno())

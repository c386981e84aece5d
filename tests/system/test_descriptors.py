"""Connections of which only the descriptor is kept."""

import os
import socket

import pytest

from ewarn.system.descriptors import as_socket


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

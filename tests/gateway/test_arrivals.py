"""Where connections come from."""

import errno
import os
import socket

import pytest

from ewarn.gateway.tls.arrivals import FromTerminators


def test_a_connection_for_which_there_is_no_descriptor_left_is_an_error_of_the_system():
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with ours, theirs:
        ours.setblocking(False)
        arrivals = FromTerminators(ours)
        with pytest.raises(BlockingIOError):
            arrivals.take()
        socket.send_fds(theirs, [b"\0"], [theirs.fileno()])
        os.close(arrivals.take())
        theirs.send(b"\0")  # as a message is that lost it on the way
        with pytest.raises(OSError, match="open files") as caught:
            arrivals.take()
        assert caught.value.errno == errno.EMFILE

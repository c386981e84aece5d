"""Lines of the swarm that lead off this machine: the kernel sees to it that a gateway which is gone is noticed."""

import select
import socket
from random import Random

import pytest

from ewarn.swarm import connections
from ewarn.swarm.client import parse_target
from ewarn.swarm.opening import Opener, Way
from ewarn.system.descriptors import as_socket


@pytest.mark.parametrize("sources", [(), ("127.0.0.1",)])
def test_only_a_line_that_leads_elsewhere_is_watched(sources):
    with socket.create_server(("127.0.0.1", 0)) as server, select.epoll() as epoll:
        address = server.getsockname()
        way = Way(parse_target(f"ws://127.0.0.1:{address[1]}"), address, sources)
        opener = Opener(lambda _: way, epoll, Random(1), lambda _: "/", lambda *_: None, lambda *_: None)
        opener.call([0], 1e6)
        opener.go_on()
        ((descriptor, _),) = epoll.poll(5)
        with as_socket(descriptor) as line:
            asked = [
                line.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE),
                line.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) // 1000,
            ]
        assert asked == ([0, 0] if sources else [1, connections.GONE_S])
        opener.give_up()

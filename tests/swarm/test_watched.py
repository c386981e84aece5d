"""Lines of the swarm that lead off this machine: the kernel sees to it that a gateway which is gone is noticed."""

import select
import socket
from random import Random

import pytest

from ewarn.swarm import connections
from ewarn.swarm.client import parse_target
from ewarn.swarm.opening import Opener, Way
from ewarn.system.address import joined
from ewarn.system.descriptors import as_socket


@pytest.mark.parametrize(
    ("host", "sources", "watched"),
    [
        ("127.0.0.1", ("127.0.0.1",), False),
        ("127.0.0.1", (), False),
        # By IPv6 one does not see whether it leads elsewhere by how many sources there are: so it is watched.
        ("::1", (), True),
        ("::1", ("::1",), True),
    ],
)
def test_only_a_line_that_leads_elsewhere_is_watched(host, sources, watched):
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.create_server((host, 0), family=family) as server, select.epoll() as epoll:
        address = server.getsockname()[:2]
        way = Way(parse_target(f"ws://{joined(*address)}"), address, sources)
        opener = Opener(lambda _: way, epoll, Random(1), lambda _: "/", lambda *_: None, lambda *_: None)
        opener.call([0], 1e6)
        opener.go_on()
        ((descriptor, _),) = epoll.poll(5)
        with as_socket(descriptor) as line:
            asked = [
                line.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE),
                line.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) // 1000,
            ]
        opener.give_up()
        assert asked == ([1, connections.GONE_S] if watched else [0, 0])

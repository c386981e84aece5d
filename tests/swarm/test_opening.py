"""The rate at which connections are opened."""

import select
import socket
from contextlib import contextmanager
from random import Random

import pytest

from ewarn.swarm.client import parse_target
from ewarn.swarm.opening import HANDFUL, HANDSHAKES_AT_ONCE, Opener, Patience, Way


@pytest.fixture
def listener():
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        yield server


def accepted(listener):
    found = 0
    while True:
        try:
            listener.accept()[0].close()
        except BlockingIOError:
            return found
        found += 1


@contextmanager
def opener(listener, failed=lambda *_: None, patience=None):
    """One whose clients hang up, asked for nothing, once the listener did."""
    address = listener.getsockname()
    way = Way(parse_target(f"ws://127.0.0.1:{address[1]}"), address, ())
    with select.epoll() as epoll:
        opener = Opener(lambda _: way, epoll, Random(1), lambda row: f"/{row}", lambda *_: None, failed, patience)
        yield opener
        accepted(listener)
        opener.give_up()


def test_being_called_again_and_again_does_not_make_it_faster(listener):
    with opener(listener) as slow:
        slow.call(range(100), 0.1)
        slow.go_on()
        for first in range(100, 500, 100):
            slow.call(range(first, first + 100), 0.1)
            slow.go_on()
        assert accepted(listener) in (HANDFUL, HANDFUL + 1)
        assert slow.busy


def test_all_begin_in_time_where_the_rate_allows_it(listener):
    with opener(listener) as fast:
        fast.call(range(40), 1e6)
        begun = 0
        while begun < 40:
            fast.go_on()
            begun += accepted(listener)
        assert begun == 40


def test_who_can_go_elsewhere_waits_less_for_a_host_that_says_nothing_and_keeps_nobody_from_another(listener):
    said = []
    with opener(listener, lambda row, why: said.append((row, why)), Patience(100, 0.2)) as one:
        one.call(range(100), 1e6)
        while len(said) < 100:
            one.go_on()
        assert accepted(listener) == 100 > HANDSHAKES_AT_ONCE, "all at once"
    assert said == [(row, "no answer to the handshake within 0.2 s") for row in range(100)]

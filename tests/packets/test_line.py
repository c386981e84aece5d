"""All clients of a process over a real cable: when they are looked after, and what they acknowledge meanwhile."""

import os
import socket
import time
from contextlib import contextmanager

import numpy as np
import pytest

from ewarn.packets import line as line_module
from ewarn.packets.cables import GATEWAY, Cables, why_not
from ewarn.packets.line import LEAST_GATHER_S, MOST_GATHER_S, POURING, Line, gather_s
from ewarn.packets.state import NEVER
from tests.conftest import PATIENCE_S

CLIENTS = 200
HOUR_NS = 3_600_000_000_000


@pytest.fixture(scope="module")
def cables():
    if why := why_not():
        pytest.skip(why)
    with Cables(1, slots=1024, slot_bytes=1024) as laid:
        yield laid


@contextmanager
def connected(cables, ack_delay_ns):
    """A line, and the servers' ends of all its clients."""
    path, ends = cables.path(0), []
    with socket.socket(fileno=cables.listener(0)) as listener:
        listener.settimeout(PATIENCE_S)
        port = listener.getsockname()[1]
        to = np.full(CLIENTS, int(GATEWAY), np.uint32), np.full(CLIENTS, port, np.uint16)
        line = Line(path, *to, np.random.default_rng(1), ack_delay_ns)
        line.connect(np.arange(CLIENTS))
        opened, until = 0, time.monotonic() + PATIENCE_S
        while opened < CLIENTS:
            assert time.monotonic() < until
            opened += sum(len(taken.opened) for _, taken in line.looks())
        ends = [listener.accept()[0] for _ in range(CLIENTS)]
        for one in ends:
            one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # what went before is not acknowledged
        try:
            yield line, ends
        finally:
            line.reset_all()
            for one in ends:
                one.close()
            for one in path.descriptors:
                os.close(one)


def look(line):
    return sum(len(segments) for segments, _ in line.looks())


def test_a_look_that_comes_to_the_rings_end_goes_on_at_its_beginning(cables):
    with connected(cables, 0) as (line, ends):
        while look(line):
            pass
        for _ in range(2 * len(line._card._in.slots) // CLIENTS + 1):
            for end in ends:
                end.send(b"x")
            assert look(line) == CLIENTS


def test_the_longer_segments_have_poured_in_the_longer_they_gather_within_bounds():
    assert gather_s(0.0) == gather_s(0.1) == LEAST_GATHER_S
    assert LEAST_GATHER_S < gather_s(0.2) < gather_s(0.3) < MOST_GATHER_S
    assert gather_s(1.0) == gather_s(60.0) == MOST_GATHER_S


def test_segments_pour_until_hardly_any_come(cables):
    with connected(cables, HOUR_NS) as (line, ends):
        while look(line):
            pass
        assert not line.pouring
        for wanted, count in ((False, POURING - 1), (True, POURING), (True, POURING // 2), (False, 3)):
            for end in ends[:count]:
                end.send(b"x")
            assert look(line) == count
            assert line.pouring is wanted, count


@pytest.mark.parametrize("pouring", [True, False])
def test_what_falls_due_before_the_next_look_is_acknowledged_at_once_where_segments_pour(cables, pouring, monkeypatch):
    for bound in ("LEAST_GATHER_S", "MOST_GATHER_S"):
        monkeypatch.setattr(line_module, bound, 2 * HOUR_NS / 1e9)
    with connected(cables, HOUR_NS) as (line, ends):
        while look(line):
            pass
        count = POURING if pouring else POURING - 1
        for end in ends[:count]:
            end.send(b"x")
        assert look(line) == count
        assert (line.flows.state.acknowledge_at[:count] == NEVER).all() == pouring
        assert (line.flows.state.owed[:count] == (0 if pouring else 1)).all()

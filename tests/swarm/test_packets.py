"""Clients that are packets, towards a server of the kernel's TCP that says exactly what it is told to, and when."""

import os
import select
import socket
import time
from base64 import b64decode
from random import Random

import numpy as np
import pytest

from ewarn.packets.cables import Cables, why_not
from ewarn.packets.last_mile import LastMile
from ewarn.swarm.client import Target, accept_header
from ewarn.swarm.opening import Way
from ewarn.swarm.over import Wired
from ewarn.swarm.packets import Packets
from ewarn.swarm.transport import Told
from ewarn.wire.framing import TEXT, header
from tests.conftest import PATIENCE_S

ACK_DELAY_NS = 40_000_000
CLOSED = 7
"""TCP_CLOSE, the first byte of struct tcp_info (net/tcp_states.h)"""


@pytest.fixture(scope="module")
def cables():
    if why := why_not():
        pytest.skip(why)
    with Cables(1, slots=256, slot_bytes=1024) as laid:
        yield laid


def frame(payload):
    return header(len(payload), TEXT) + payload


class Lines:
    """Clients of one process, and their server's ends; what they are told is noted."""

    def __init__(self, cables, clients, last_mile=None):
        self.listener = socket.socket(fileno=cables.listener(0))
        self.listener.settimeout(PATIENCE_S)
        address = self.listener.getsockname()
        self.opened, self.failed, self.gone, self.heard = [], [], [], []
        self.path = cables.path(0)
        self._epoll = select.epoll()
        self.transport = Packets(
            Wired(self.path, ACK_DELAY_NS, last_mile),
            [Way(Target(*address), address, ())],
            np.zeros(clients, np.int64),
            self._epoll,
            Random(1),
            Told(
                lambda row: f"/v1/alerts?user=u{row}",
                lambda row, _: self.opened.append(row),
                lambda row, why: self.failed.append((row, why)),
            ),
        )

    def go_on(self):
        self.transport.go_on()
        self.gone += self.transport.read(0.001)[1]
        self.heard += self.transport.take()

    def until(self, seen):
        until = time.monotonic() + PATIENCE_S
        while not seen():
            assert time.monotonic() < until
            self.go_on()

    def accepted(self):
        """The server's end of the next, and what an answer is to its request."""
        self.listener.setblocking(False)
        found = []

        def came():
            try:
                found.append(self.listener.accept()[0])
            except BlockingIOError:
                return False
            return True

        self.until(came)
        (one,) = found
        one.setblocking(False)
        one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        asked = bytearray()

        def whole():
            try:
                asked.extend(one.recv(4096))
            except BlockingIOError:
                return False
            return asked.endswith(b"\r\n\r\n")

        self.until(whole)
        key = b64decode(bytes(asked).partition(b"Sec-WebSocket-Key: ")[2].partition(b"\r\n")[0])
        return one, (
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Accept: " + accept_header(key) + b"\r\n\r\n"
        )

    def connect(self, row=0):
        """The server's end of a client that is connected."""
        before = len(self.opened)
        self.transport.call([row], 1e6)
        one, answer = self.accepted()
        one.send(answer)
        self.until(lambda: len(self.opened) > before)
        return one

    def payloads(self):
        return [data for _, _, data, _ in self.heard]

    def close(self):
        self.listener.close()
        self._epoll.close()
        for descriptor in self.path.descriptors:
            os.close(descriptor)


@pytest.fixture
def lines(cables):
    laid = []

    def lay(clients=1, last_mile=None):
        laid.append(Lines(cables, clients, last_mile))
        return laid[-1]

    yield lay
    for one in laid:
        one.close()


def test_the_rest_of_a_frame_is_no_frame_of_its_own_whatever_it_looks_like(lines):
    one = lines()
    end = one.connect()
    rest = b"\x81\x0aabcdefghij"
    whole, next_ = frame(b"x" * 800 + rest), frame(b"next")
    for piece in (whole[: -len(rest)], rest, next_):
        end.send(piece)
    one.until(lambda: sum(map(len, one.payloads())) >= len(whole) + len(next_))
    assert one.payloads() == [whole, next_]
    end.close()


def test_frames_of_one_look_are_taken_down_in_the_order_in_which_they_came(lines):
    one = lines()
    end = one.connect()
    for piece in (frame(b"1") + frame(b"2"), frame(b"three"), frame(b"4"), frame(b"5") + frame(b"6")):
        end.send(piece)
    one.until(lambda: len(one.heard) == 6)
    assert one.payloads() == [frame(each) for each in (b"1", b"2", b"three", b"4", b"5", b"6")]
    end.close()


def test_a_frame_of_several_segments_is_read_once_it_was_put_together(lines, monkeypatch):
    """Of many such in one look, the last is not read when the first is."""
    one = lines(2)
    ends = [one.connect(0), one.connect(1)]
    more, put_together = one.transport._frames._unfinished.more, []

    def slow(row, piece):
        time.sleep(0.01)
        found = more(row, piece)
        if found:
            put_together.append((row, time.monotonic_ns()))
        return found

    monkeypatch.setattr(one.transport._frames._unfinished, "more", slow)
    for end in ends:
        end.send(frame(b"x" * 2_000))
    one.until(lambda: len(one.heard) == 2)
    assert all(read >= dict(put_together)[row] for row, read, _, _ in one.heard)
    for end in ends:
        end.close()


def test_what_follows_a_refusal_is_not_taken_for_the_next_connections(lines):
    one = lines()
    one.transport.call([0], 1e6)
    end, _ = one.accepted()
    end.send(b"HTTP/1.1 503 Busy\r\nConnection: close\r\n\r\n")
    end.send(b"\x81\x7efull")
    one.until(lambda: one.failed)
    end.close()
    again = one.connect()
    again.send(frame(b"hello"))
    one.until(lambda: one.heard)
    assert one.payloads() == [frame(b"hello")]
    again.close()


def test_what_a_phone_said_last_comes_to_the_gateway_though_the_phone_is_back_before(lines):
    """By a last mile the end of a connection is under way for long; the gateway keeps none that nobody has."""
    one = lines(last_mile=LastMile((300.0, 301.0)))
    end, mine = one.connect(), None
    peer = end.getpeername()
    one.transport.hang_up(0)
    one.until(lambda: one.gone)
    one.transport.close(0)
    one.transport.call([0], 1e6)

    def over():
        nonlocal mine
        try:
            mine = end.recv(100)
        except BlockingIOError:
            return False
        return True

    one.until(over)
    assert mine == b""
    again, _ = one.accepted()
    assert again.getpeername()[0] == peer[0] and again.getpeername()[1] != peer[1]
    for each in (end, again):
        each.close()


def test_what_comes_for_a_phone_that_is_back_under_another_port_is_reset(lines):
    """Else the gateway would say it again and again, to nobody."""
    one = lines()
    end = one.connect()
    end.send(frame(b"for the life before"))
    one.transport.hang_up(0)
    one.transport.close(0)
    again = one.connect()
    one.until(lambda: end.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)[0] == CLOSED)
    again.send(frame(b"for this one"))
    one.until(lambda: one.heard)
    assert one.payloads() == [frame(b"for this one")]
    for each in (end, again):
        each.close()

"""TCP of the kernel at one end, flows as arrays at the other, and a last mile between them."""

import select
import socket
import struct
import time
from contextlib import contextmanager

import numpy as np
import pytest

from ewarn.packets.addresses import row_and_life
from ewarn.packets.cables import Cables, why_not
from ewarn.packets.card import Card
from ewarn.packets.ends import GATEWAY
from ewarn.packets.flows import Flows
from ewarn.packets.last_mile import LastMile, Link
from tests.conftest import PATIENCE_S

PHONES = 500
MILE = LastMile((10.0, 60.0), jitter_ms=5.0, loss=0.01)
HELLO = b"hello"
MS = 1_000_000
TCP_INFO_RTO_AT = 8
"""offset of tcpi_rto, u4, in microseconds, in struct tcp_info (linux/tcp.h)"""
TICK_MS = 10.0
"""of a kernel whose clock ticks seldom (CONFIG_HZ=100)"""


@pytest.fixture(scope="module")
def cables():
    if why := why_not():
        pytest.skip(why)
    with Cables(1, slots=8192, slot_bytes=2048) as laid:
        yield laid


class Server:
    """Sockets of the kernel that answer what they hear."""

    def __init__(self, cables):
        self._listener = socket.socket(fileno=cables.listener(0))
        self._listener.setblocking(False)
        self.port = self._listener.getsockname()[1]
        self._poll = select.epoll()
        self._poll.register(self._listener, select.EPOLLIN)
        self._sockets = {}
        self.of_row = {}
        """who has said all of HELLO, by row"""

    def go_on(self, path):
        for descriptor, _ in self._poll.poll(0):
            if descriptor == self._listener.fileno():
                one, _ = self._listener.accept()
                one.setblocking(False)
                self._sockets[one.fileno()] = one
                self._poll.register(one, select.EPOLLIN)
            else:
                one = self._sockets[descriptor]
                assert one.recv(100) == HELLO
                one.send(text(0))
                address, port = one.getpeername()
                number = np.array([struct.unpack("!I", socket.inet_aton(address))[0]], np.uint32)
                self.of_row[int(row_and_life(number, np.array([port], np.uint16), path.first)[0][0])] = one

    def close(self):
        self._poll.close()
        for one in (self._listener, *self._sockets.values()):
            one.close()


class Phones:
    """Clients over the last mile, and what each has read."""

    def __init__(self, path, port):
        rng = np.random.default_rng(1)
        lives = np.zeros(PHONES, np.uint8)
        self.card = Card(path, lives, np.full(PHONES, int(GATEWAY), np.uint32), np.full(PHONES, port, np.uint16))
        self.flows = Flows(PHONES, rng, mss=self.card.mss)
        self.delays = MILE.draw(PHONES, rng)
        self.down, self.up = (Link(MILE, self.delays, rng, lives) for _ in range(2))
        self.read = [b""] * PHONES
        self.read_at = np.zeros(PHONES, np.int64)
        """by the stamp of the last segment"""

    def go_on(self):
        """One look; how many ms may pass until the next."""
        now = time.monotonic_ns()
        self.down.put(self.card.look(), now)
        come = self.down.due(now)
        taken = self.flows.take(come, now)
        self.flows.say_first(taken.opened.tolist(), [HELLO] * len(taken.opened), now)
        for row, index, first, last in zip(taken.row, taken.index, taken.first, taken.last, strict=True):
            self.read[row] += come.payload[index, first:last].tobytes()
            self.read_at[row] = come.arrived[index]
        self.flows.due(now)
        self.up.put(self.flows.outgoing(), now)
        self.card.send(self.up.due(now))
        next_ns = min(self.down.next_ns, self.up.next_ns, self.flows.next_ns)
        return max(0, min(5, (next_ns - time.monotonic_ns()) // MS))


@contextmanager
def connected(cables):
    path = cables.path(0)
    server = Server(cables)
    phones = Phones(path, server.port)

    def until(done):
        """Go on until then."""
        with select.epoll() as poll:
            poll.register(phones.card.fileno(), select.EPOLLIN)
            end = time.monotonic() + PATIENCE_S
            while not done():
                assert time.monotonic() < end
                poll.poll(phones.go_on() / 1000)
                server.go_on(path)

    try:
        for at in range(0, PHONES, 100):
            phones.flows.connect(np.arange(at, at + 100), time.monotonic_ns())
            phones.go_on()
        yield server, phones, until
    finally:
        server.close()
        for descriptor in path.descriptors:
            socket.socket(fileno=descriptor).close()


def text(number):
    """What everybody is told, no two numbers alike."""
    return bytes([number]) * (300 + 100 * number)


def timeout_ms(one):
    """The kernel's RTO of a connection."""
    return struct.unpack_from("I", one.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 104), TCP_INFO_RTO_AT)[0] / 1000


def test_all_bytes_come_in_order_and_what_was_lost_comes_as_late_as_the_kernel_sends_it_again(cables):
    before = cables.kernel()
    with connected(cables) as (server, phones, until):
        until(lambda: all(read == text(0) for read in phones.read))
        timeouts, late = np.zeros(PHONES), []
        for number in range(1, 5):
            quiet = time.monotonic() + 0.3  # until the last of it is acknowledged
            until(lambda end=quiet: time.monotonic() > end)
            said, sent = text(number), np.zeros(PHONES, np.int64)
            for row, one in server.of_row.items():
                timeouts[row] = timeout_ms(one)
                sent[row] = time.monotonic_ns()
                one.send(said)
            until(lambda last=number: all(read.endswith(text(last)) for read in phones.read))
            over = (phones.read_at - sent - phones.delays) / MS
            assert over.min() > -0.1, "nobody has it sooner than the way takes"
            late.append((over, timeouts.copy()))
        everything = b"".join(text(number) for number in range(5))
        assert all(read == everything for read in phones.read)
        assert phones.down.lost + phones.up.lost > 0
        assert phones.card.counts.dropped == phones.card.counts.bad == 0
    after = cables.kernel()
    assert after.retransmitted - before.retransmitted >= phones.down.lost / 2
    over, timeout = (np.concatenate(parts) for parts in zip(*late, strict=True))
    again = over >= timeout - TICK_MS
    # One in a hundred of 2,000; four standard deviations.
    assert np.count_nonzero(again) == pytest.approx(20, abs=18)
    once = again & (over < 2 * timeout)
    # Its timers are up to 64 ms late where the clock ticks 1,000 times a second, 32 ms where 250 times.
    assert 0 < np.median((over - timeout)[once]) < 64 + MILE.jitter_ms
    assert np.median(over[~again]) == pytest.approx(MILE.jitter_ms / 2, abs=2)

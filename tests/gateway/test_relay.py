"""A relay over real socket pairs: bytes arrive as they were, both ways, and never pile up."""

import random
import select
import socket
import ssl
import time
from contextlib import suppress
from threading import Thread

import pytest

from ewarn.gateway.tls.relay import PIECE, Relay
from ewarn.system.tls import READ_BYTES, client_context, read_pem, server_context
from tests.certificates import Authority

HEAD = b"head of it"


@pytest.fixture(scope="module")
def contexts(tmp_path_factory):
    authority = Authority(tmp_path_factory.mktemp("relay"))
    pair = authority.sign()
    return server_context(read_pem(str(pair.certificate), str(pair.key))), client_context(str(authority.file))


class Between:
    """A relay, the phone at one end and the shard's socket at the other."""

    def __init__(self, contexts):
        with socket.create_server(("127.0.0.1", 0)) as listener:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
            phone = socket.socket()
            phone.settimeout(10)
            phone.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            phone.connect(listener.getsockname())
            accepted, _ = listener.accept()
        shaking = Thread(target=self._shake, args=(contexts[1], phone))
        shaking.start()
        secure = contexts[0].wrap_socket(accepted, server_side=True)
        shaking.join()
        secure.setblocking(False)
        near, self.shard = socket.socketpair()
        near.setblocking(False)
        self.shard.settimeout(10)
        self.shard.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
        self.epoll = select.epoll()
        self.relay = Relay(self.epoll, secure, near, HEAD)
        self.over = False

    def _shake(self, context, phone):
        self.phone = context.wrap_socket(phone, server_hostname="127.0.0.1")

    def turn(self):
        """Do all that can be done now; how many events that were."""
        total = 0
        while not self.over and (events := self.epoll.poll(0.002)):
            for descriptor, event in events:
                total += 1
                assert total < 10_000, "it spins"
                if not self.over and not self.relay.go_on(descriptor, event):
                    self.over = True
                    self.relay.close()
        return total

    def ends(self):
        """Whether it is over, in a while."""
        until = time.monotonic() + 10
        while not self.over and time.monotonic() < until:
            self.turn()
        return self.over

    def close(self):
        if not self.over:
            self.relay.close()
        self.phone.close()
        self.shard.close()
        self.epoll.close()


@pytest.fixture
def between(contexts):
    made = Between(contexts)
    yield made
    made.close()


def read(connection, count):
    said = b""
    while len(said) < count:
        said += connection.recv(count - len(said))
    return said


def pour(between, source, sink, data, steps):
    """Write and read in steps of these sizes, neither waiting for the other; what came."""
    for one in (source, sink):
        one.setblocking(False)
    sent, came = 0, b""
    while len(came) < len(data):
        with suppress(BlockingIOError, ssl.SSLWantWriteError):
            sent += source.send(data[sent : sent + next(steps)]) if sent < len(data) else 0
        between.turn()
        with suppress(BlockingIOError, ssl.SSLWantReadError):
            came += sink.recv(next(steps))
    return came


@pytest.mark.parametrize("seed", range(3))
def test_bytes_arrive_as_they_were_both_ways_whatever_the_pieces(between, seed):
    rng = random.Random(seed)
    assert read(between.shard, len(HEAD)) == HEAD
    data = rng.randbytes(150_000)
    # A TLS send that would block must be made again with the same bytes, so the phone's pieces are of one size.
    sizes = iter(lambda: rng.choice([1, 100, 4096, 60_000]), None)
    assert pour(between, between.shard, between.phone, data, sizes) == data
    assert pour(between, between.phone, between.shard, data, iter(lambda: 8192, None)) == data


def test_who_does_not_read_has_at_most_a_piece_here_and_the_shard_finds_it_full(between):
    between.shard.setblocking(False)
    poured = 0
    with pytest.raises(BlockingIOError):
        while True:
            poured += between.shard.send(b"x" * 400)
            between.turn()
    assert len(between.relay._to_far) <= PIECE
    assert poured < 64 << 10
    # The kernel may yet take some of it, piece by piece; then there is nothing to do.
    assert any(between.turn() == 0 for _ in range(50)), "and it does not spin"


def test_who_is_not_read_has_at_most_a_record_here(between):
    between.phone.setblocking(False)
    with pytest.raises(ssl.SSLWantWriteError):
        while True:
            between.phone.send(b"x" * 8192)
            between.turn()
    assert len(between.relay._to_near) <= READ_BYTES
    assert between.turn() == 0


def test_last_words_reach_the_phone_and_it_ends_once_the_phone_hangs_up(between):
    between.shard.sendall(b"last words")
    between.shard.shutdown(socket.SHUT_WR)
    between.turn()
    assert between.phone.recv(100) == b"last words"
    assert between.phone.recv(100) == b""
    between.turn()
    assert not between.over
    between.phone.close()
    assert between.ends()
    read(between.shard, len(HEAD))
    assert between.shard.recv(1) == b""


def test_last_words_reach_a_phone_that_speaks_meanwhile(between):
    between.phone.sendall(b"x" * 100)
    between.shard.sendall(b"last words")
    between.shard.shutdown(socket.SHUT_WR)
    between.turn()
    between.phone.sendall(b"and more")
    between.turn()
    assert between.phone.recv(100) == b"last words"
    assert between.phone.recv(100) == b""


def test_a_shard_that_drops_a_connection_ends_it_though_the_phone_takes_nothing(between):
    between.shard.setblocking(False)
    with pytest.raises(BlockingIOError):
        while True:
            between.shard.send(b"x" * 400)
            between.turn()
    between.shard.close()
    assert between.ends()


@pytest.mark.parametrize("politely", [True, False])
def test_a_phone_that_goes_is_gone_for_the_shard(between, politely):
    if politely:
        between.phone.setblocking(False)
        with pytest.raises(ssl.SSLWantReadError):
            between.phone.unwrap()
    between.phone.close()
    assert between.ends()
    read(between.shard, len(HEAD))
    assert between.shard.recv(1) == b""


def test_bytes_that_are_no_tls_end_it(between):
    socket.socket.send(between.phone, b"\x17\x03\x03\x00\x20" + bytes(32))  # a record, and sealed by nobody
    assert between.ends()

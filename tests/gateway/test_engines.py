"""Every engine on real sockets: what it says it wrote is what arrived."""

import os
import socket
import subprocess
import sys
from contextlib import ExitStack

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ewarn.dispatch.engine import BROKEN
from ewarn.errors import InputError
from ewarn.gateway.engines import ENGINES, choose
from tests.sandbox import forbid_io_uring, little_locked_memory

ROWS = 8192


def _works(name):
    try:
        choose(name)
    except InputError as error:
        return str(error)
    return ""


@pytest.fixture(params=ENGINES)
def engine(request):
    if why := _works(request.param):
        pytest.skip(why)
    made = ENGINES[request.param].make(ROWS)
    yield made
    made.close()


class Line:
    """TCP connections over loopback: what the gateway holds on one side, the clients on the other."""

    def __init__(self, stack):
        self._stack = stack
        self._listener = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=1024))
        self.clients, self.held = [], []

    def connect(self, count):
        for _ in range(count):
            self.clients.append(self._stack.enter_context(socket.create_connection(self._listener.getsockname())))
            connection, _ = self._listener.accept()
            connection.setblocking(False)
            self.held.append(self._stack.enter_context(connection))
        return self

    @property
    def descriptors(self):
        return np.array([connection.fileno() for connection in self.held])


@pytest.fixture
def line():
    with ExitStack() as stack:
        yield Line(stack)


def frames_of(texts):
    lengths = np.array([len(text) for text in texts])
    return np.frombuffer(b"".join(texts), np.uint8), np.cumsum(lengths) - lengths, lengths


def read(connection, count):
    data = b""
    while len(data) < count and (more := connection.recv(count - len(data))):
        data += more
    return data


def fill(connection):
    """Write until the connection takes no more; return how much it took."""
    total = 0
    while True:
        try:
            total += connection.send(b"\0" * 65536)
        except BlockingIOError:
            return total


def test_everyone_gets_his_own_frame_however_many_there_are(engine, line):
    line.connect(1300)
    texts = [b"frame %d" % index * (1 + index % 7) for index in range(1300)]
    assert (engine.send(line.descriptors, *frames_of(texts)) == [len(text) for text in texts]).all()
    for client, text in zip(line.clients, texts, strict=True):
        assert read(client, len(text)) == text


def test_frames_may_be_in_any_order_and_share_bytes(engine, line):
    line.connect(3)
    frames = np.frombuffer(b"0123456789", np.uint8)
    written = engine.send(line.descriptors, frames, np.array([7, 0, 0]), np.array([3, 2, 10]))
    assert written.tolist() == [3, 2, 10]
    assert [read(*pair) for pair in zip(line.clients, (3, 2, 10), strict=True)] == [b"789", b"01", b"0123456789"]


def test_many_sends_of_all_sizes_stay_apart(engine, line):
    line.connect(10)

    @settings(max_examples=30, deadline=None)
    @given(st.lists(st.tuples(st.integers(0, 9), st.binary(min_size=1, max_size=300)), max_size=700))
    def property_(sends):
        rows = np.array([row for row, _ in sends], np.int64)
        texts = [text for _, text in sends]
        assert (engine.send(line.descriptors[rows], *frames_of(texts)) == [len(text) for text in texts]).all()
        for row, client in enumerate(line.clients):
            expected = b"".join(text for whom, text in sends if whom == row)
            assert read(client, len(expected)) == expected

    property_()


def test_a_full_connection_takes_nothing_and_delays_nobody(engine, line):
    line.connect(3)
    fill(line.held[1])
    assert engine.send(line.descriptors, *frames_of([b"first", b"second", b"third"])).tolist() == [5, 0, 5]
    assert (read(line.clients[0], 5), read(line.clients[2], 5)) == (b"first", b"third")


def test_a_short_send_never_passes_unseen(engine, line):
    line.connect(2)
    before = fill(line.held[0])
    # Room for some of a frame: the client reads a little of what stands there.
    taken = 0
    while not taken:
        read(line.clients[0], 65536)
        before -= 65536
        big = np.random.default_rng(1).bytes(8_000_000)
        taken, other = engine.send(line.descriptors, *frames_of([big, b"other"])).tolist()
    assert 0 < taken < len(big)
    assert other == 5
    assert read(line.clients[0], before + taken)[before:] == big[:taken]


def test_a_connection_that_is_gone_is_said_to_be_and_the_others_go_on(engine, line):
    line.connect(3)
    line.clients[1].setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    line.clients[1].close()
    assert engine.send(line.descriptors, *frames_of([b"first", b"second", b"third"])).tolist() == [5, BROKEN, 5]
    assert (read(line.clients[0], 5), read(line.clients[2], 5)) == (b"first", b"third")


def test_a_forgotten_connection_ends_when_it_is_closed_and_its_number_serves_the_next(engine, line):
    line.connect(2)
    old, new = line.held
    number = np.array([old.fileno()])
    engine.prepare(number)
    assert engine.send(number, *frames_of([b"before"])).tolist() == [6]
    engine.forget(old.fileno())
    old.close()
    assert read(line.clients[0], 100) == b"before"  # and then its end
    with socket.socket(fileno=os.dup2(new.fileno(), int(number[0]))):
        assert engine.send(number, *frames_of([b"after"])).tolist() == [5]
        assert read(line.clients[1], 5) == b"after"
        engine.forget(int(number[0]))


def test_what_is_left_of_an_earlier_batch_is_taken_for_none_of_this_one(line):
    if why := _works("uring"):
        pytest.skip(why)
    line.connect(3)
    engine = ENGINES["uring"].make(ROWS)
    ring = engine._ring
    for _ in range(2):  # with opcode 0, which does nothing but complete, from a batch that was never reaped
        before = ring.entry.copy()
        ring.entry["opcode"][:], ring.entry["flags"][:], ring.entry["user_data"][:] = 0, 0, 1
        ring.submit(2, wait_for=2)
        ring.entry[:] = before
        fill(line.held[1])
        assert engine.send(line.descriptors, *frames_of([b"first", b"second", b"third"])).tolist() == [5, 0, 5]
    engine.close()
    assert (read(line.clients[0], 10), read(line.clients[2], 10)) == (b"firstfirst", b"thirdthird")


def test_nobody_to_send_to_is_nothing_to_do(engine):
    nothing = np.zeros(0, np.int64)
    engine.prepare(nothing)
    assert engine.send(nothing, np.zeros(0, np.uint8), nothing, nothing).tolist() == []


def test_the_fastest_that_works_is_chosen_and_said():
    name, why = choose("auto")
    assert name == next(name for name in ENGINES if not _works(name))
    assert why.startswith(f"engine {name}")
    assert choose("write") == ("write", "engine write")


@pytest.mark.parametrize(
    ("wanted", "outcome"),
    [
        ("auto", "('write', 'engine write; uring does not work here (Operation not permitted)')"),
        ("uring", "engine: uring does not work here (Operation not permitted)"),
    ],
)
def test_where_io_uring_is_forbidden_auto_falls_back_and_says_so(wanted, outcome):
    assert chosen(f"choose({wanted!r})", forbid_io_uring) == outcome


def test_what_is_chosen_works_for_all_shards_at_once_and_a_limit_of_locked_memory_is_named():
    """A limit that has room for some rings has none for those of 60 shards, where the kernel counts them."""
    one, many = (chosen(f"choose('auto', {shards})", little_locked_memory(4096)) for shards in (1, 60))
    if "does not work here (Operation not permitted)" in one:
        pytest.skip("io_uring is forbidden here")
    uring, why = (
        "('uring', 'engine uring')",
        "uring does not work here (locked memory is limited to 4096 KiB: ulimit -l)",
    )
    assert one == uring
    counted = chosen("choose('auto')", little_locked_memory(0)) != uring
    assert many == (f"('write', 'engine write; {why}')" if counted else uring)


def chosen(call, forbid):
    """What this call of `choose` says in a process that something is forbidden to."""
    script = f"""
from ewarn.gateway.engines import choose
try:
    print({call})
except Exception as error:
    print(error)
"""
    found = subprocess.run(
        [sys.executable, "-c", script], preexec_fn=forbid, capture_output=True, text=True, check=True
    )
    return found.stdout.strip()

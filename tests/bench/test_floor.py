"""The floor in C, built and run."""

import shutil
import socket
import time
from contextlib import ExitStack, closing

import pytest

from ewarn.bench import floor
from ewarn.bench.floor import Floor, Program
from ewarn.errors import InputError, MeasurementError
from ewarn.system.machine import this_machine
from tests.bench.contests import rounds_of

can_be_built = pytest.mark.skipif(floor.problem() is not None, reason=str(floor.problem()))


def read(sockets, length):
    for one in sockets:
        assert len(one.recv(length, socket.MSG_WAITALL)) == length


@can_be_built
@pytest.mark.parametrize("order", ["connected", "shuffled"])
def test_senders_alone_share_a_listener_that_they_are_given_and_tell_what_sending_cost(order):
    senders, each, length, portions = 2, 51, 347, 3
    with ExitStack() as stack:
        listener = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        listener.setblocking(False)  # as an event loop would have left it
        program = stack.enter_context(closing(Program([listener.fileno()])))
        program.build(senders, each, length, order, portions, listener.fileno())
        there = []
        for portion in range(portions):
            program.begin_portion()
            due = senders * (each * (portion + 1) // portions)
            there += [
                stack.enter_context(socket.create_connection(listener.getsockname(), 10))
                for _ in range(due - len(there))
            ]
            program.await_portion()
        assert len(there) == senders * each
        for _ in range(2):
            before = time.monotonic_ns()
            program.begin_round()
            read(there, length)
            found = program.await_round()
            assert before < found["start_ns"] < time.monotonic_ns()
            assert (found["connections"], found["length"]) == (senders * each, length)
            assert 0 < found["sent_s"] < 60
            assert found["send_us"] > 0
            assert 0 <= found["send_system_us"] <= found["send_us"]
            assert "received_s" not in found
        for one in there:
            one.setblocking(False)
            with pytest.raises(BlockingIOError):
                one.recv(1)


@can_be_built
def test_a_receiver_that_is_gone_ends_the_round_in_words():
    with ExitStack() as stack:
        listener = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        program = stack.enter_context(closing(Program([listener.fileno()])))
        program.build(1, 1, 347, "connected", 1, listener.fileno())
        program.begin_portion()
        one = socket.create_connection(listener.getsockname(), 10)
        program.await_portion()
        one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        one.close()
        program.begin_round()
        with pytest.raises(MeasurementError, match="the floor gave up in the middle of a round"):
            program.await_round()


@can_be_built
@pytest.mark.parametrize(("order", "portions"), [("connected", 1), ("connected", 8), ("shuffled", 8)])
def test_every_connection_gets_its_bytes_in_every_round(order, portions):
    one = Floor(order, 301, 347, this_machine())
    try:
        assert len(list(rounds_of(one, portions))) == 2
    finally:
        one.close()


def test_without_a_compiler_it_says_so(monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda _name: None)
    one = Floor("connected", 100, 347, this_machine())
    with pytest.raises(InputError, match="floor: there is no C compiler"):
        one.start(1)
    one.close()

"""What goes over the pipe between supervisor and shard, and what is said to something that does not belong there."""

import os
import socket
from contextlib import contextmanager
from multiprocessing import Pipe

import pytest

from ewarn.errors import GatewayError
from ewarn.gateway import counters
from ewarn.gateway.sending import pace
from ewarn.gateway.settings import GatewaySettings, ShardSettings, Strategy
from ewarn.gateway.shards.commands import Verb, obey
from ewarn.system import process


def test_a_command_is_done_with_its_arguments():
    done = []
    obey((Verb.DRAIN, 3), {Verb.DRAIN: done.append})
    assert done == [3]


@pytest.mark.parametrize("told", [("publsh", 1), "open", ("open",), (), None, (Verb.OPEN, 1), [], 5])
def test_what_is_no_command_is_an_error_that_says_so_and_what_there_is(told):
    with pytest.raises(GatewayError, match=r"unknown command .*; there are drain, change"):
        obey(told, {Verb.DRAIN: print, Verb.CHANGE: print})


def test_a_report_crosses_a_pipe_as_itself(make_report):
    ours, theirs = Pipe()
    with ours, theirs:
        ours.send((Verb.PUBLISH, make_report(), 1, 2))
        assert theirs.recv() == (Verb.PUBLISH, make_report(), 1, 2)


@contextmanager
def ready_shard():
    """A real one, that is ready."""
    near, far = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    memory, fronts = counters.create(1), pace.create(1)
    settings = ShardSettings(GatewaySettings(engine="write"), 0, 1, 10, far.fileno(), memory, fronts)
    with near, far:
        child = process.spawn("ewarn.gateway.shard:main", settings, descriptors=(far.fileno(), memory, fronts))
        assert child.channel.recv() == (Verb.READY,)
        yield child
        child.stop()
    for descriptor in (memory, fronts):
        os.close(descriptor)


def test_a_shard_that_is_told_something_unknown_says_so_and_obeys_what_comes_next(capfd):
    with ready_shard() as shard:
        shard.channel.send(("shrink", 1))
        shard.channel.send((Verb.CHANGE, Strategy("fifo", 5.0)))
        shard.channel.send((Verb.DRAIN, 0))
        assert shard.process.wait(10) == 0
    told = "shard 0: unknown command 'shrink'; there are publish, remember, open, drain, change"
    assert told in capfd.readouterr().err


def test_a_shard_ends_with_its_supervisor():
    with ready_shard() as shard:
        assert shard.stop() == 0

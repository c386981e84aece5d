"""The supervisor's own: what it says as it starts, and how it ends. How it serves stands in `test_gateway`."""

import gc
import os
import select
import signal
import socket
import time
from pathlib import Path

import pytest

from ewarn.errors import GatewayError, InputError
from ewarn.gateway.intake.secret import VARIABLE
from ewarn.gateway.supervisor import Supervisor
from ewarn.system.process import descendants
from tests.conftest import PATIENCE_S, grouped


def descriptors():
    gc.collect()  # what other tests left behind is no part of it
    return {one.name for one in Path("/proc/self/fd").iterdir()}


def test_what_has_started_says_where_and_how(start_gateway):
    started = start_gateway(capacity=10, shards=2, engine="write").started
    assert (started.layout.per_shard, started.secret_file) == ((5, 5), None)
    assert started.layout.why.endswith("; engine write")
    for address in (started.listen, started.control):
        host, port = address.split(":")
        assert host == "127.0.0.1"
        assert int(port) > 0


def test_a_gateway_whose_shards_have_all_died_and_are_not_to_be_replaced_ends_and_says_so(start_gateway):
    gateway = start_gateway(shards=2, attempts=0)
    for pid in descendants(gateway.child.process.pid):
        os.kill(pid, signal.SIGKILL)
    died = gateway.child.channel.recv()
    assert isinstance(died, GatewayError)
    assert str(died) == "every shard of the gateway has died"
    assert gateway.child.process.wait(10) == 0


def test_the_key_of_a_gateway_stays_as_a_shard_drains_and_goes_with_the_supervisor_whichever_shard_is_left(
    start_gateway, tmp_path, monkeypatch
):
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    gateway = start_gateway(keys=(), shards=3, drain_s=0.1)
    (key,) = (tmp_path / "ewarn").glob("*.pem")
    with gateway.publisher() as control:
        control.shards(2)
        control.settle(2)
        while len(pids := descendants(gateway.child.process.pid)) > 2:
            time.sleep(0.01)
        assert key.exists()
    first, second = pids
    os.kill(second, signal.SIGSTOP)
    ends = [os.pidfd_open(pid) for pid in pids]
    os.kill(gateway.child.process.pid, signal.SIGSTOP)
    os.kill(first, signal.SIGKILL)
    os.kill(gateway.child.process.pid, signal.SIGKILL)
    for end in ends:
        assert select.select([end], [], [], PATIENCE_S)[0], "a stopped shard goes too"
        os.close(end)
    assert not key.exists()


def test_one_that_cannot_be_made_leaves_nothing_open(monkeypatch):
    monkeypatch.setenv(VARIABLE, "of the tests")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        before = descriptors()
        control = f"127.0.0.1:{taken.getsockname()[1]}"
        with pytest.raises(InputError, match="--control: cannot listen"):
            Supervisor(grouped({"listen": "127.0.0.1:0", "control": control}))
        assert descriptors() == before

"""Shards that are stopped, killed, or die as they start: nobody stays on an older report, nor without a shard."""

import asyncio
import os
import signal
import socket
import time
from contextlib import ExitStack, contextmanager, suppress

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from ewarn.errors import GatewayError
from ewarn.gateway.shards.replacing import FIRST_S
from ewarn.swarm.client import parse_target, request
from ewarn.system.happenings import Kind
from ewarn.wire.chat import say
from tests.conftest import PATIENCE_S
from tests.gateway.test_elastic import numbers, says_nothing, settle, shard_pids, swarm

SOON = {"stalled_s": 1.0, "buried_s": 2.5}
"""a busy machine keeps a sound shard waiting for less than that"""
NEVER_S = 3600.0


@contextmanager
def stopped(pid):
    """A process that does nothing meanwhile."""
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGCONT)


def until(done):
    """Wait for a condition, and return what it gives; who asks a shard that has just died asks again."""
    give_up = time.monotonic() + PATIENCE_S
    while True:
        with suppress(OSError):
            if found := done():
                return found
        assert time.monotonic() < give_up
        time.sleep(0.01)


def told(gateway, shard):
    """What a gateway said of a shard to who started it."""
    words = []
    while gateway.child.channel.poll():
        words.append(gateway.child.channel.recv())
    return [word.kind for word in words if word.index == shard]


def health(gateway, **expected):
    """Wait until the gateway says so."""

    def says():
        # The kernel may give it to a shard that is stopped: who then asks again is answered by another.
        found = gateway.health(timeout_s=2.0)
        return found if expected.items() <= found.items() else None

    return until(says)


async def ended(client):
    """Read on until the connection is lost."""
    with pytest.raises(ConnectionClosed):
        while True:
            await asyncio.wait_for(client.recv(), PATIENCE_S)


def test_the_clients_of_a_shard_that_was_stopped_for_300_reports_all_end_on_the_newest(start_gateway, make_report):
    gateway = start_gateway(capacity=400, buried_s=NEVER_S)
    with swarm(gateway, 60, reports=300) as crew, gateway.publisher() as control:
        crew.connect(lambda _done: None, lambda: None)
        with stopped(shard_pids(gateway)[1]):
            for number in range(1, 301):
                control.release(make_report(number))
        settle(crew, lambda: crew.book.received(300) == 60)
        assert not crew.book.out_of_order.any()
        assert [crew.book.total(name) for name in ("closed", "returned", "duplicates")] == [0, 0, 0]
    assert gateway.metric("ewarn_overtaken_total") > 200
    assert health(gateway, stalled=[])["shards_up"] == 2


def test_a_stopped_shard_is_named_and_given_nobody_and_goes_on_where_it_was(start_gateway, make_report):
    gateway = start_gateway(capacity=400, stalled_s=1.0, buried_s=NEVER_S, told=True)
    with swarm(gateway, 40) as crew, gateway.publisher() as control:
        crew.connect(lambda _done: None, lambda: None)
        with stopped(shard_pids(gateway)[0]):
            found = health(gateway, stalled=[0])
            assert (found["status"], found["shards"], found["shards_up"], found["capacity"]) == ("degraded", 2, 1, 200)
            assert gateway.metric("ewarn_stalled") == 1
            with swarm(gateway, 20) as late:
                late.connect(lambda _done: None, lambda: None)
                control.change(order="fifo")
                control.release(make_report(1))
                settle(late, lambda: late.book.received(1) == 20)
        health(gateway, stalled=[], status="ok", shards_up=2, capacity=400)
        assert told(gateway, 0) == [Kind.SHARD_STALLED, Kind.SHARD_GOES_ON]
        settle(crew, lambda: crew.book.received(1) == 40)
        assert gateway.metric("ewarn_replaced_total") == 0
        assert crew.book.total("closed") == 0


def test_a_shard_that_stays_stopped_is_ended_and_replaced_and_its_clients_come_back_to_the_newest(
    start_gateway, make_report
):
    gateway = start_gateway(capacity=400, **SOON, told=True)
    with swarm(gateway, 60) as crew, gateway.publisher() as control:
        crew.connect(lambda _done: None, lambda: None)
        control.release(make_report(1))
        settle(crew, lambda: crew.book.received(1) == 60)
        with stopped(shard_pids(gateway)[0]):
            for number in (2, 3):
                control.release(make_report(number))
            settle(crew, lambda: crew.book.received(3) == 60)
            health(gateway, status="ok", stalled=[], shards_up=2, connections=60)
            assert told(gateway, 0) == [Kind.SHARD_STALLED, Kind.SHARD_ENDED, Kind.SHARD_REPLACED]
        assert crew.book.total("returned") == gateway.metric('ewarn_closed_total{reason="lost"}') >= 20
        control.release(make_report(4, status="final"))
        settle(crew, lambda: crew.book.received(4) == 60)
        assert not crew.book.out_of_order.any()
    assert gateway.metric("ewarn_replaced_total") == 1


def test_connections_on_their_way_to_a_shard_that_is_ended_end_too(start_gateway):
    gateway = start_gateway(shards=1, capacity=400, **SOON)
    path = request(parse_target(f"ws://{gateway.started.listen}"), "/v1/alerts?user=me&place=30,103", b"k" * 16)
    (pid,) = shard_pids(gateway)
    with ExitStack() as stack, stopped(pid):
        callers = [stack.enter_context(socket.create_connection(gateway.address, PATIENCE_S)) for _ in range(50)]
        for caller in callers:
            caller.sendall(path)
        for caller in callers:
            with suppress(ConnectionResetError):
                assert caller.recv(100) == b""
        with socket.create_connection(gateway.address, PATIENCE_S) as later:
            later.sendall(path)
            assert b" 101 " in later.recv(100), "who comes while there is no shard waits for the next"


async def test_a_shard_that_is_killed_is_replaced_and_the_new_one_knows_what_is_in_force(start_gateway, make_report):
    gateway = start_gateway(shards=1)
    gateway.release(make_report(1), make_report(2))
    async with connect(gateway.url()) as client:
        assert await numbers(client) == [2]
        os.kill(shard_pids(gateway)[0], signal.SIGKILL)
        await ended(client)
    async with connect(gateway.url()) as back:  # waits at the door until there is a shard
        assert await numbers(back) == [2]
        assert await says_nothing(back)
    health(gateway, status="ok", shards_up=1)
    assert gateway.metric("ewarn_replaced_total") == 1


def test_a_machine_that_slept_ends_no_shard(start_gateway, make_report):
    gateway = start_gateway(capacity=400, **SOON)
    before = shard_pids(gateway)
    with swarm(gateway, 20) as crew, gateway.publisher() as control:
        crew.connect(lambda _done: None, lambda: None)
        with ExitStack() as all_of_it:
            for pid in (*before, gateway.child.process.pid):  # who goes on first is the supervisor
                all_of_it.enter_context(stopped(pid))
            time.sleep(SOON["buried_s"] + 1.0)
        control.release(make_report(1))
        settle(crew, lambda: crew.book.received(1) == 20)
        assert crew.book.total("closed") == 0
    assert shard_pids(gateway) == before


async def test_reports_wait_for_a_supervisor_that_is_stopped_and_phones_do_not(start_gateway, make_report):
    gateway = start_gateway(shards=1)
    async with connect(gateway.url()) as client:
        with gateway.publisher() as control:
            report = control.sealed(make_report(1))
            with stopped(gateway.child.process.pid):
                control.hand_over(report)
                await client.send(say("hi").decode())
                assert "hi" in await asyncio.wait_for(client.recv(), PATIENCE_S)
                assert await says_nothing(client)
            assert control.taken(report).targets == 1
        assert await numbers(client) == [1]


def test_shards_that_die_as_they_start_are_tried_less_and_less_often_and_told_of_twice(
    start_gateway, make_report, capfd
):
    gateway = start_gateway("tests.gateway.crash_loop:main", capacity=400, attempts=1)
    sound, dies = shard_pids(gateway)
    with swarm(gateway, 20) as crew, gateway.publisher() as control:
        crew.connect(lambda _done: None, lambda: None)
        began = time.monotonic()
        os.kill(dies, signal.SIGKILL)
        assert until(lambda: count if (count := gateway.metric("ewarn_replaced_total")) > 1 else 0) == 2
        assert time.monotonic() - began > FIRST_S, "at once, and half a second after that"
        settle(crew, lambda: gateway.metric("ewarn_parked") == 20)
        control.release(make_report(1))
        settle(crew, lambda: crew.book.received(1) == 20)
        assert gateway.health()["status"] == "degraded"
    os.kill(sound, signal.SIGKILL)
    died = gateway.child.channel.recv()
    assert isinstance(died, GatewayError)
    assert str(died) == "every shard of the gateway has died"
    said = capfd.readouterr().err
    assert said.count("ended (status -9); its connections are lost") in (1, 2)
    assert said.count("ended (status 7)") == 1

"""Shards added and removed while clients are connected and reports go out: real processes, real sockets."""

import asyncio
import json
import os
import signal
import socket
import time
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from ewarn.audience.followed import Followed
from ewarn.cli import main
from ewarn.errors import GatewayError
from ewarn.gateway.intake.secret import VARIABLE
from ewarn.swarm.client import parse_target, request
from ewarn.swarm.crew import Swarm
from ewarn.swarm.habits import Habits
from ewarn.system.clock import WallClock
from ewarn.system.machine import this_machine
from ewarn.wire.framing import CLOSE, TEXT, next_frame
from tests.conftest import SECRET, gateways

LONG_S = 100.0
"""of a drain that no test waits for"""


@pytest.fixture(scope="module")
def quiet_gateway():
    """For tests that change its shards, have two again in the end, and neither connect nor release."""
    with gateways() as start:
        yield start()


def swarm(gateway, users, reports=4):
    return Swarm(
        parse_target(f"ws://{gateway.started.listen}"),
        Followed.one_each(np.linspace(28, 33, users), np.linspace(100, 105, users)),
        np.zeros(users),
        Habits(1e6, seed=1, quake="luding-2022", reconnect=True),
        reports=reports,
        sampled=np.zeros(users, bool),
        machine=this_machine(),
        clock=WallClock(),
    )


def settle(crew, done):
    while not done():
        crew.collect()
        crew.check()
        time.sleep(0.002)  # who asks without a pause has what the clients need of this machine


def shard_pids(gateway):
    """In the order of their start."""
    pid = gateway.child.process.pid
    return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def shards_up(control, count):
    while control.shards().up != count:
        time.sleep(0.01)


async def numbers(client, count=1):
    return [json.loads(await asyncio.wait_for(client.recv(), 10))["number"] for _ in range(count)]


async def says_nothing(client):
    """True if nothing came before the gateway answered a ping, which is written after anything sent earlier."""
    await (await client.ping())
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(client.recv(), 0.01)
    return True


async def close_code(client):
    with pytest.raises(ConnectionClosed) as caught:
        await asyncio.wait_for(client.recv(), 10)
    return caught.value.rcvd.code


async def two_clients(gateway):
    """One on each of two shards: a connection goes where there is most room."""
    return [await connect(gateway.url()).__aenter__() for _ in range(2)]


def test_every_client_ends_on_the_newest_report_while_two_shards_become_three_and_then_one(start_gateway, make_report):
    gateway = start_gateway(capacity=800, drain_s=0.5)
    with swarm(gateway, 300) as crew, gateway.publisher() as control:
        crew.connect(lambda _done: None, lambda: None)
        control.release(make_report(1))
        settle(crew, lambda: crew.book.received(1) == 300)
        control.shards(3)
        assert control.settle(3).up == 3
        assert (gateway.health()["shards"], gateway.health()["capacity"]) == (3, 1200)
        control.release(make_report(2))
        assert control.shards(1).draining == (1, 2)
        control.release(make_report(3))
        control.settle(1)
        control.release(make_report(4, status="final"))
        settle(crew, lambda: crew.book.received(4) == 300 == gateway.health()["connections"])
        health, book = gateway.health(), crew.book
        sent_away = gateway.metric('ewarn_closed_total{reason="service_restart"}')
        assert book.total("returned") == sent_away > 100
        assert [book.total(name) for name in ("closed", "failed", "duplicates", "garbled")] == [0, 0, 0, 0]
        assert not book.out_of_order.any()
        assert book.disagreements() == []
    assert (health["status"], health["shards"], health["shards_up"], health["capacity"]) == ("ok", 1, 1, 400)
    assert gateway.child.ended() is None


async def test_a_client_on_a_shard_that_goes_away_is_told_to_come_back_and_the_others_stay(start_gateway, make_report):
    gateway = start_gateway(drain_s=0.1, capacity=8)
    stays, goes = await two_clients(gateway)
    with gateway.publisher() as control:
        control.shards(1)
        assert await close_code(goes) == 1012
        async with connect(gateway.url()) as back:
            control.release(make_report())
            assert await numbers(back) == await numbers(stays) == [1]
        assert (await asyncio.to_thread(control.settle, 1)).up == 1
    assert gateway.metric('ewarn_closed_total{reason="lost"}') == 0
    await stays.close()


async def test_who_connects_to_a_shard_that_started_later_gets_what_is_in_force_once(start_gateway, make_report):
    gateway = start_gateway(shards=1, capacity=1)
    gateway.release(make_report(1), make_report(2), make_report(quake="other"), make_report(2, "cancel", "other"))
    async with connect(gateway.url()):
        with gateway.publisher() as control:
            control.shards(2)
            control.settle(2)
        async with connect(gateway.url()) as late:
            assert sorted(await numbers(late, 2)) == [2, 2]  # one of them the cancel
            assert await says_nothing(late)
            gateway.release(make_report(3))
            assert await numbers(late) == [3]


async def test_who_connects_to_a_shard_that_started_later_gets_no_expired_report(start_gateway, make_report):
    gateway = start_gateway(shards=1, capacity=1, in_force_s=0.0)
    gateway.release(make_report())
    async with connect(gateway.url()):
        with gateway.publisher() as control:
            control.shards(2)
            control.settle(2)
        async with connect(gateway.url()) as late:
            assert await says_nothing(late)


async def test_a_shard_that_drains_takes_no_connections_and_goes_on_alerting_those_it_has(start_gateway, make_report):
    gateway = start_gateway(drain_s=LONG_S, capacity=4)
    clients = await two_clients(gateway)
    with gateway.publisher() as control:
        control.shards(1)
        clients.append(await connect(gateway.url()).__aenter__())
        health = gateway.health()
        assert (health["status"], health["shards_up"], health["draining"], health["capacity"]) == ("ok", 1, 1, 2)
        control.release(make_report())
        for client in clients:
            assert await numbers(client) == [1]
            await client.close()


async def test_another_command_may_come_while_a_shard_drains(start_gateway, make_report):
    gateway = start_gateway(drain_s=LONG_S, capacity=4)
    clients = await two_clients(gateway)
    with gateway.publisher() as control:
        assert control.shards(1).draining == (1,)
        assert control.shards(1).draining == (1,)
        now = control.shards(2)
        assert (now.count, now.starting, now.draining) == (2, (2,), (1,))
        shards_up(control, 2)
        clients += [await connect(gateway.url()).__aenter__() for _ in range(3)]
        assert gateway.health()["capacity"] == 4
        control.release(make_report())
        for client in clients:
            assert await numbers(client) == [1]
        assert control.shards(1, force=True).draining == (1, 2)
        for client in clients:
            await client.close()
        assert control.settle(1).up == 1


def test_the_clients_of_a_draining_shard_that_is_killed_come_back_too(start_gateway, make_report):
    gateway = start_gateway(drain_s=LONG_S, capacity=400)
    with swarm(gateway, 100) as crew, gateway.publisher() as control:
        crew.connect(lambda _done: None, lambda: None)
        control.shards(1)
        control.release(make_report(1))
        os.kill(shard_pids(gateway)[1], signal.SIGKILL)
        assert control.settle(1).up == 1
        control.release(make_report(2))
        settle(crew, lambda: crew.book.received(2) == 100)
        assert crew.book.total("returned") == gateway.metric('ewarn_closed_total{reason="lost"}') > 30
        control.shards(2)
        assert control.settle(2).up == 2
        assert gateway.health()["connections"] == 100


def test_a_shard_that_died_is_replaced_by_saying_again_how_many_there_are_to_be(quiet_gateway):
    gateway = quiet_gateway
    with gateway.publisher() as control:
        os.kill(shard_pids(gateway)[0], signal.SIGKILL)
        shards_up(control, 1)
        assert gateway.health()["status"] == "degraded"
        assert len(control.shards(2).starting) == 1
        assert control.settle(2).up == 2
    assert gateway.health()["status"] == "ok"


def test_a_shard_that_is_removed_before_it_is_up_ends(quiet_gateway):
    with quiet_gateway.publisher() as control:
        assert control.shards(3).starting == (2,)
        assert control.shards(2).draining == (2,)
        assert control.settle(2).up == 2


async def test_too_few_shards_for_the_connections_are_refused_with_both_numbers_unless_forced(start_gateway):
    gateway = start_gateway(drain_s=0.1, capacity=4)
    clients = [await connect(gateway.url()).__aenter__() for _ in range(3)]
    with gateway.publisher() as control:
        with pytest.raises(
            GatewayError, match="3 connections are open, 1 of 2 shards would hold 2; force leaves 1 without"
        ):
            control.shards(1)
        assert control.shards().up == 2
        control.shards(1, force=True)
        assert (await asyncio.to_thread(control.settle, 1)).up == 1
    for client in clients:
        await client.close()


@pytest.mark.parametrize("count", [0, -1, 65])
def test_the_last_shard_cannot_be_removed_nor_more_be_had_than_there_is_room_for(shared_gateway, count):
    with shared_gateway.publisher() as control:
        with pytest.raises(GatewayError, match=f"count: {count} shards, at least 1 and at most 64"):
            control.shards(count)
        assert control.shards().up == 2


def test_a_client_that_is_slow_to_take_an_alert_gets_all_of_it_before_it_is_sent_away(start_gateway, make_report):
    gateway = start_gateway(drain_s=0.1, capacity=4)
    with stranger(gateway), gateway.publisher() as control:
        with stranger(gateway) as slow:
            number = obstruct(gateway, control, make_report)
            control.shards(1)
            control.release(make_report(number + 1))
            said = all_from(slow)
        control.settle(1)
    frames, at = [], said.index(b"\r\n\r\n") + 4
    while frame := next_frame(said, at):
        frames.append((frame.opcode, said[frame.start : frame.end]))
        at = frame.end
    assert at == len(said)
    assert frames[-1] == (CLOSE, (1012).to_bytes(2, "big"))
    opcode, payload = frames[-2]
    assert (opcode, json.loads(payload)["number"]) == (TEXT, number + 1)


def test_a_client_that_never_reads_cannot_keep_a_shard_from_ending(start_gateway, make_report):
    gateway = start_gateway(drain_s=0.1, slow_s=1.5, capacity=4)  # longer than it takes to fill their buffers
    with stranger(gateway), stranger(gateway), gateway.publisher() as control:
        obstruct(gateway, control, make_report)
        control.shards(1)
        assert control.settle(1).up == 1


def stranger(gateway):
    """A client that is connected, with a small buffer, and reads when told to."""
    connection = socket.socket()
    connection.settimeout(10)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    connection.connect(gateway.address)
    before = gateway.metric("ewarn_parked")
    connection.sendall(request(parse_target("ws://127.0.0.1:1"), "/v1/alerts?user=me&place=30.0,103.0", bytes(16)))
    while gateway.metric("ewarn_parked") == before:
        time.sleep(0.01)
    return connection


def obstruct(gateway, control, make_report):
    """Release reports until the clients' buffers are full; return the number of the last."""
    number = 0
    while gateway.metric("ewarn_superseded_total") < 40:
        number += 1
        control.release(make_report(number))
    return number


def all_from(connection):
    said = b""
    while data := connection.recv(65536):
        said += data
    return said


def test_the_verb_says_what_is_done_and_waits_for_it(quiet_gateway):
    def shards(*words):
        words = ["shards", *words, "--control", quiet_gateway.started.control]
        return CliRunner().invoke(main, words, env={VARIABLE: SECRET})

    assert shards("3", "--wait").stdout == "3 shards: 2 up, 1 starting, 0 draining\n"
    assert quiet_gateway.health()["shards_up"] == 3
    assert shards("2", "--wait").stdout == "2 shards: 2 up, 0 starting, 1 draining\n"
    refused = shards("0")
    assert refused.exit_code == 2
    assert "at least 1" in refused.stderr


def test_who_has_not_the_secret_changes_no_shards(shared_gateway):
    words = ["shards", "1", "--control", shared_gateway.started.control]
    result = CliRunner().invoke(main, words, env={VARIABLE: "some-wrong-secret"})
    assert result.exit_code == 2
    assert "401" in result.stderr
    assert shared_gateway.health()["shards"] == 2

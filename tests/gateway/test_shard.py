"""A shard in this process, on real sockets: what stands between its parts."""

import asyncio
import json
import select
import socket

import pytest
from websockets.exceptions import ConnectionClosed

from ewarn.gateway import counters
from ewarn.gateway.clients.hearing import READABLE
from ewarn.gateway.counters import Reason
from ewarn.gateway.sending import means
from ewarn.gateway.settings import Draws, GatewaySettings, ShardSettings
from ewarn.wire.chat import say
from tests.campaign.clients import asking
from tests.gateway.conftest import running


@pytest.fixture
async def shard():
    async with running() as made:
        yield made


async def heard(client):
    return json.loads(await asyncio.wait_for(client.recv(), 5))


async def test_a_fault_that_one_client_finds_ends_that_connection_and_no_other(shard, monkeypatch, caplog):
    victim, other = await shard.arrive(), await shard.arrive()
    sound = shard.listening.conversations.hear

    def broken(descriptor, data, service_s):
        if len(data) > 50:
            raise ZeroDivisionError
        return sound(descriptor, data, service_s)

    monkeypatch.setattr(shard.listening.conversations, "hear", broken)
    await victim.send(say("x" * 100).decode())
    await other.send(say("hi").decode())
    assert (await heard(other))["text"] == "hi"
    with pytest.raises(ConnectionClosed):
        await heard(victim)
    assert shard.counters.total(f"closed_{Reason.FAULT}") == 1
    assert "dropped by a fault of the gateway" in caplog.text
    monkeypatch.undo()
    await other.close()


async def test_how_long_alerts_took_is_counted_from_the_release_and_greetings_are_counted_apart(shard, make_report):
    early = await shard.arrive()
    began = shard.desk._means.clock.monotonic_ns()
    await shard.publish(make_report(), 0, began - 150_000_000)
    shard.desk.remember(make_report(quake="other"))
    late = await shard.arrive()
    for client, quakes in [(early, 1), (late, 2)]:
        assert [(await heard(client))["number"] for _ in range(quakes)] == [1] * quakes
    totals = shard.counters.totals()
    spread = [totals[f"release_to_sent_seconds {bucket}"] for bucket in range(len(counters.DELIVERY) + 1)]
    assert sum(spread) == 1
    assert sum(spread[: counters.DELIVERY.index(0.15) + 1]) == 0, "it was released 0.15 s before it was taken up"
    greetings = [totals[f"greeting_seconds {bucket}"] for bucket in range(len(counters.TURN) + 1)]
    assert sum(greetings) == 1, "one round, of however many quakes"
    for client in (early, late):
        await client.close()


async def test_who_comes_back_and_says_what_it_was_told_is_told_what_is_new_to_it(shard, make_report):
    shard.desk.remember(make_report(2, "cancel"))
    back = await shard.arrive("user=me&place=30.0,103.0&told=luding-2022")
    assert (await heard(back))["status"] == "cancel"
    await back.close()


def test_shards_and_platforms_draw_differently_from_one_seed():
    def drawn(index, platform=""):
        settings = ShardSettings(GatewaySettings(draws=Draws(1, platform)), index, 2, 1, 0, 0, 0)
        return means.stream_of(settings, "order").random()

    assert len({drawn(0), drawn(1), drawn(0, "other")}) == 3
    assert drawn(0) == drawn(0)


def at_the_door(shard, said, *, reset):
    """A caller over TCP who has said something, and may be gone before it is looked at: the far end."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        theirs = socket.create_connection(listener.getsockname())
        ours, _ = listener.accept()
    theirs.sendall(said)
    if reset:
        theirs.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        theirs.close()
    ours.setblocking(False)
    descriptor = ours.detach()
    shard.connections.epoll.register(descriptor, READABLE)
    shard.entrance.door.admit(descriptor, shard.connections.now(), b"an address")
    return theirs


async def test_what_was_asked_by_who_has_reset_the_connection_is_not_even_read(shard, monkeypatch):
    heard = []
    monkeypatch.setattr(shard.entrance.door, "hear", lambda *said: heard.append(said))
    for _ in range(3):
        at_the_door(shard, asking("/v1/alerts?user=x&place=30,103"), reset=True)
    staying = at_the_door(shard, b"GET /", reset=False)
    await asyncio.sleep(0)
    shard.ready()
    assert [data for _, data, _ in heard] == [b"GET /"]
    assert (shard.counters.total(f"closed_{Reason.LOST}"), len(shard.entrance.door)) == (3, 1)
    staying.close()


async def test_slow_consumers_are_relieved_for_a_bounded_time_and_the_rest_of_them_next(shard, monkeypatch):
    relieved = []
    monkeypatch.setattr(shard.connections, "relieve", relieved.append)
    pairs = [socket.socketpair() for _ in range(3)]
    for ours, _ in pairs:
        shard.connections.outbox.blocked[ours.fileno()] = True
        shard.connections.epoll.register(ours.fileno(), select.EPOLLOUT)
    monkeypatch.setattr(shard, "_clock", Leaping())
    for turn in range(1, 4):
        shard.ready()
        assert len(relieved) == turn
    assert set(relieved) == {ours.fileno() for ours, _ in pairs}
    for pair in pairs:
        shard.connections.outbox.blocked[pair[0].fileno()] = False
        for one in pair:
            one.close()


class Leaping:
    """A clock on which everything takes a second."""

    def __init__(self):
        self.now_ns = 0

    def monotonic_ns(self):
        self.now_ns += 1_000_000_000
        return self.now_ns

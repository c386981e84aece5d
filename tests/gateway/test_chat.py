"""Chat on the connections over which alerts go out: a real gateway, a real shard, the websockets library's client."""

import asyncio
import json
from dataclasses import replace

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from ewarn.gateway.engines import Write
from ewarn.gateway.sending import desk
from ewarn.gateway.shard import Shard
from ewarn.wire.chat import say
from tests.gateway.conftest import running


async def _answer(client):
    return json.loads(await asyncio.wait_for(client.recv(), 10))


@pytest.mark.parametrize("text", ["", "hello", "x" * 174, "y" * 3_900, "地震 — 快跑 🏃", 'quoted " and \\ and \n'])
async def test_what_a_client_says_comes_back_marked_as_a_drill(shared_gateway, text):
    async with connect(shared_gateway.url()) as client:
        await client.send(say(text).decode())
        assert await _answer(client) == {"type": "chat", "drill": True, "text": text}


async def test_json_may_be_written_otherwise(shared_gateway):
    async with connect(shared_gateway.url()) as client:
        await client.send('{ "text" : "h\\u0069", "more": 1, "type" : "chat" }')
        assert (await _answer(client))["text"] == "hi"


async def test_a_message_may_come_in_fragments_with_a_ping_between(shared_gateway):
    async with connect(shared_gateway.url(), ping_interval=None) as client:

        async def fragments():
            yield '{"type":"chat",'
            await (await client.ping())
            yield '"text":"in two"}'

        await client.send(fragments())
        assert (await _answer(client))["text"] == "in two"


async def test_many_messages_are_answered_each_in_their_order(shared_gateway):
    async with connect(shared_gateway.url()) as client:
        for number in range(500):
            await client.send(say(str(number)).decode())
        assert [(await _answer(client))["text"] for _ in range(500)] == [str(number) for number in range(500)]


@pytest.mark.parametrize(
    ("message", "code", "named"),
    [
        ('{"type":"chat"}', 1008, "text"),
        ('{"type":"chat","text":5}', 1008, "text"),
        ('{"type":"chat","text":"\\ud800"}', 1008, "text"),
        ('{"type":"chatter","text":"hello"}', 1008, "type"),
        (say("x" * 4_200).decode(), 1009, "4096"),
    ],
)
async def test_a_message_that_is_wrong_ends_the_connection_with_the_key_named(shared_gateway, message, code, named):
    async with connect(shared_gateway.url()) as client:
        await client.send(message)
        with pytest.raises(ConnectionClosed) as caught:
            await _answer(client)
    assert caught.value.rcvd.code == code
    assert named in caught.value.rcvd.reason


async def test_text_that_is_not_utf_8_ends_the_connection(shared_gateway):
    async with connect(shared_gateway.url()) as client:
        await client.send(say("bad")[:-2] + b'\xff"}', text=True)
        with pytest.raises(ConnectionClosed) as caught:
            await _answer(client)
    assert caught.value.rcvd.code == 1007


async def test_chat_and_alerts_come_on_one_connection_and_both_are_counted(gateway, make_report):
    async with connect(gateway.url()) as client:
        await client.send(say("before").decode())
        assert (await _answer(client))["type"] == "chat"
        gateway.release(make_report())
        await client.send(say("after").decode())
        assert {(await _answer(client))["type"] for _ in range(2)} == {"chat", "report"}
        assert gateway.metric("ewarn_chats_total") == 2
        assert gateway.metric("ewarn_frames_total") == 1


class Interrupted(Write):
    """The real engine, that has something done before it writes each slice."""

    before = staticmethod(lambda: None)

    def send(self, descriptors, frames, starts, lengths):
        self.before()
        return super().send(descriptors, frames, starts, lengths)


class InterruptedShard(Shard):
    def means(self):
        return replace(super().means(), engine=Interrupted(len(self.connections.roster.parked)))


@pytest.fixture
async def shard():
    async with running(InterruptedShard) as made:
        yield made


async def test_while_a_report_goes_out_nobody_is_heard_and_afterwards_everything_is_answered(
    shard, make_report, monkeypatch
):
    monkeypatch.setattr(desk, "SLICE", 1)
    clients = [await shard.arrive() for _ in range(6)]
    heard, tasks = [], set()

    def interrupt():
        heard.append(shard.counters.total("chats"))
        tasks.add(asyncio.ensure_future(asyncio.gather(*(client.send(say("hi").decode()) for client in clients))))

    shard.engine.before = interrupt
    await shard.publish(make_report(), 0)
    assert heard == [0] * 6
    assert shard.counters.total("chats") == 0
    said = [[(await _answer(client))["type"] for _ in range(7)] for client in clients]
    assert said == [["report"] + ["chat"] * 6] * 6
    await asyncio.gather(*tasks, *(client.close() for client in clients))


async def test_while_a_report_goes_out_a_new_client_is_let_in_and_told(shard, make_report, monkeypatch):
    monkeypatch.setattr(desk, "SLICE", 1)
    clients = [await shard.arrive() for _ in range(2)]
    arrivals = []
    shard.engine.before = lambda: arrivals or arrivals.append(asyncio.ensure_future(shard.arrive()))
    publishing = asyncio.ensure_future(shard.publish(make_report(), 0))
    while not arrivals:
        await asyncio.sleep(0)
    clients.append(await arrivals[0])
    await publishing
    assert [(await _answer(client))["number"] for client in clients] == [1] * 3
    await asyncio.gather(*(client.close() for client in clients))

"""The service's time on the connections over which alerts go out: a real gateway, the websockets library's client."""

import asyncio
import json
import time

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed


async def _answer(client):
    return json.loads(await asyncio.wait_for(client.recv(), 10))


@pytest.mark.parametrize("sent", [0, 1767225606412, -3.5, 1234.0625, 2**53])
@pytest.mark.parametrize("form", ['{"type":"time","sent":%s}', ' { "sent" : %s, "more": [1], "type" : "time" } '])
async def test_a_question_is_answered_with_itself_and_the_services_time(shared_gateway, form, sent):
    async with connect(shared_gateway.url()) as client:
        before = time.time() * 1000
        await client.send(form % json.dumps(sent))
        said = await _answer(client)
    service = said.pop("service")
    assert said == {"type": "time", "drill": True, "sent": sent}
    assert before - 1 <= service <= time.time() * 1000


async def test_who_follows_no_place_may_ask_too(shared_gateway):
    async with connect(shared_gateway.url("user=me")) as client:
        await client.send('{"type":"time","sent":1}')
        assert (await _answer(client))["sent"] == 1


async def test_many_questions_are_answered_each_in_their_order(shared_gateway):
    async with connect(shared_gateway.url()) as client:
        for number in range(300):
            await client.send(f'{{"type":"time","sent":{number}}}')
        said = [await _answer(client) for _ in range(300)]
    assert [one["sent"] for one in said] == [*range(300)]
    services = [one["service"] for one in said]
    assert services == sorted(services)


@pytest.mark.parametrize(
    "message",
    [
        '{"type":"time"}',
        '{"type":"time","sent":null}',
        '{"type":"time","sent":true}',
        '{"type":"time","sent":"1"}',
        '{"type":"time","sent":NaN}',
        '{"type":"time","sent":-Infinity}',
        '{"type":"time","sent":1e300}',
        '{"type":"time","sent":9007199254740993}',
        '{"type":"time","sent":[1]}',
        '{"type":"time","sent":{"sent":1}}',
    ],
)
async def test_a_question_that_is_wrong_ends_the_connection_with_the_key_named(shared_gateway, message):
    async with connect(shared_gateway.url()) as client:
        await client.send(message)
        with pytest.raises(ConnectionClosed) as caught:
            await _answer(client)
    assert caught.value.rcvd.code == 1008
    assert caught.value.rcvd.reason.startswith("sent: ")


async def test_answers_come_among_alerts_and_are_counted_apart(gateway, make_report):
    async with connect(gateway.url()) as client:
        await client.send('{"type":"time","sent":1}')
        assert (await _answer(client))["type"] == "time"
        gateway.release(make_report())
        await client.send('{"type":"time","sent":2}')
        assert {(await _answer(client))["type"] for _ in range(2)} == {"time", "report"}
    assert gateway.metric("ewarn_times_total") == 2
    assert gateway.metric("ewarn_chats_total") == 0
    assert gateway.metric("ewarn_frames_total") == 1

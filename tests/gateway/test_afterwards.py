"""After a round: how much work one turn of the loop does, counted in steps, where the first of them spends all time."""

import asyncio
import json
from dataclasses import replace

import pytest

from ewarn.gateway.clients import afterwards, hearing
from ewarn.gateway.clients.questions import Later
from ewarn.gateway.sending import greeting
from ewarn.gateway.shard import Shard
from ewarn.system.clock import WallClock
from ewarn.wire.chat import say
from ewarn.wire.framing import TEXT, masked_frame
from tests.gateway.conftest import running

LATER = Later("/made", lambda: ("", "made"))
SNAPSHOT, QUAKES = '{"type":"snapshot"}', 20


class Spent(WallClock):
    """An hour goes by between two looks at it, so that all time is spent once a piece of work is done."""

    def __init__(self):
        self._looks = 0

    def monotonic_ns(self):
        self._looks += 1
        return super().monotonic_ns() + self._looks * 3_600_000_000_000


class Counting(Shard):
    """Notes what it does in each turn of the loop."""

    def __init__(self, settings):
        super().__init__(settings)
        self.turns = [[]]
        for place, name in [
            (self, "read"),
            (self.desk, "greet"),
            (self.desk, "learn"),
            (self.desk, "snapshot"),
        ]:
            self._note(place, name)
        for part in (self, self.afterwards):
            part._clock = Spent()

    def _note(self, place, name):
        done = getattr(place, name)

        def noted(*arguments):
            if (result := done(*arguments)) is not False:  # that says that nothing was to be done
                self.turns[-1].append(name)
            return result

        setattr(place, name, noted)
        if place is self.desk and name == "greet":
            self.afterwards.greeting.greet = noted

    async def turn(self):
        self.turns.append([])
        await asyncio.sleep(0)

    async def until(self, over):
        for _ in range(3_000):
            if over():
                return
            await self.turn()
        raise AssertionError(self.turns)


@pytest.fixture
async def shard(make_report):
    async with running(Counting) as made:
        for quake in range(QUAKES):
            made.desk.remember(make_report(quake=f"quake-{quake}"))
        yield made


async def _told(client, kind):
    while (said := json.loads(await asyncio.wait_for(client.recv(), 10)))["type"] != kind:
        pass
    return said


async def _greeted(shard, *clients):
    for client in clients:
        for _ in range(QUAKES):
            await _told(client, "report")
    shard.turns = [[]]


def most(shard, *names):
    return max(sum(turn.count(name) for name in names) for turn in shard.turns)


async def test_a_turn_of_the_loop_reads_once_greets_of_one_report_and_does_one_step_of_a_snapshot(shard):
    clients = [await shard.arrive() for _ in range(3)]
    await _greeted(shard, *clients)
    for client in clients:
        await client.send(json.dumps({"type": "follow", "places": [[31.0, 104.0]]}))
    for client in clients:
        await client.send(SNAPSHOT)
    answered = asyncio.gather(*(_told(client, "snapshot") for client in clients))
    await shard.until(answered.done)
    assert [len(one["quakes"]) for one in await answered] == [QUAKES] * 3
    # Parked connections and those at the door are read from each by their own, so it may be two.
    assert most(shard, "read") <= 2
    assert most(shard, "greet") == 1
    assert most(shard, "learn", "snapshot") == 1
    for client in clients:
        client.transport.abort()  # there may be more to read than it has room for


async def test_many_who_follow_again_and_again_are_greeted_by_one_plan_a_quake(shard, monkeypatch):
    monkeypatch.setattr(greeting, "TOGETHER", 100)
    clients = [await shard.arrive() for _ in range(8)]
    await _greeted(shard, *clients)
    shard.afterwards._clock = WallClock()
    shard.afterwards._next = asyncio.get_running_loop().call_later(3600, int)  # whoever comes is greeted later
    for place in range(5):
        for client in clients:
            await client.send(json.dumps({"type": "follow", "places": [[31.0 + place, 104.0]]}))
        await shard.until(lambda want=8 * (place + 1): shard.counters.total("follows") == want)
    shard.afterwards._next.cancel()
    shard.afterwards._go_on()
    await _greeted_again(clients)
    assert sum(turn.count("greet") for turn in shard.turns) == QUAKES
    for client in clients:
        client.transport.abort()


async def _greeted_again(clients):
    for client in clients:
        for _ in range(QUAKES):
            await _told(client, "report")


async def test_while_a_report_goes_out_no_question_is_answered_and_afterwards_it_is(shard, monkeypatch):
    monkeypatch.setattr(afterwards, "PAUSE_S", 0.0)
    client = await shard.arrive()
    await _greeted(shard, client)
    with shard.connections.hearing.held():
        done = []
        shard.questions.ask(0, LATER, done.append)
        shard.afterwards.begin([])
        for _ in range(20):
            await shard.turn()
        assert done == []
    await shard.until(lambda: done == [("", "made")])
    client.transport.abort()


async def test_a_report_that_takes_long_lets_questions_be_answered_in_between(shard, monkeypatch):
    monkeypatch.setattr(hearing, "LONGEST_S", 0.0)
    monkeypatch.setattr(afterwards, "PAUSE_S", 0.0)
    client = await shard.arrive()
    await _greeted(shard, client)
    with shard.connections.hearing.held():
        for descriptor in range(3):
            shard.questions.ask(descriptor, LATER, lambda _: shard.turns[-1].append("answer"))
        shard.afterwards.begin([])
        await shard.until(lambda: len(shard.questions) == 0)
    assert most(shard, "answer") == 1
    client.transport.abort()


async def test_a_report_planned_while_newcomers_wait_reaches_them_once(shard, make_report):
    early = await shard.arrive()
    await _greeted(shard, early)
    late = await shard.arrive()
    newer = replace(make_report(2, quake=f"quake-{QUAKES - 1}"))
    await shard.publish(newer, 0)
    numbers = []
    for _ in range(QUAKES):
        said = await _told(late, "report")
        numbers.append((said["quake"], said["number"]))
    assert len(set(numbers)) == QUAKES
    assert (f"quake-{QUAKES - 1}", 2) in numbers
    assert (f"quake-{QUAKES - 1}", 1) not in numbers or numbers.index((f"quake-{QUAKES - 1}", 1)) < numbers.index(
        (f"quake-{QUAKES - 1}", 2)
    )
    for client in (early, late):
        client.transport.abort()


async def test_one_who_floods_does_not_keep_another_from_being_heard(shard):
    flooder, other = await shard.arrive(), await shard.arrive()
    await _greeted(shard, flooder, other)
    flood = masked_frame(TEXT, say("x"), b"mask") * 2_000
    flooder.transport.write(flood)
    await shard.until(lambda: shard.counters.total("chats") > 0)
    before = shard.counters.total("chats")
    await other.send(say("hello").decode())
    answer = asyncio.ensure_future(_told(other, "chat"))
    await shard.until(answer.done)
    assert (await answer)["text"] == "hello"
    assert shard.counters.total("chats") - before < 1_000, "the flood is not over"
    for client in (flooder, other):
        client.transport.abort()

"""Hearing on real sockets: nobody while a report goes out, and everybody afterwards."""

import asyncio
import socket
from contextlib import ExitStack

import pytest

from ewarn.gateway import counters
from ewarn.gateway.clients import hearing
from ewarn.gateway.clients.hearing import FEW, Hearing
from ewarn.gateway.counters import Counters


class Audience:
    """Connections of which each may say a byte, and who of them was heard."""

    def __init__(self, stack, count):
        self.heard = []
        self.counters = Counters(counters.create(1), 1)
        self.hearing = Hearing(self._hear, self.counters)
        self.rounds = []
        self._ours, self._theirs = {}, []
        for _ in range(count):
            ours, theirs = map(stack.enter_context, socket.socketpair())
            self._ours[ours.fileno()] = ours
            self._theirs.append(theirs)
            self.hearing.add(ours.fileno())

    def _hear(self, descriptors):
        self.rounds.append(len(descriptors))
        for descriptor in descriptors:
            self._ours[descriptor].recv(1)
            self.heard.append(descriptor)

    def speak(self):
        for theirs in self._theirs:
            theirs.send(b".")

    async def until(self, count):
        while len(self.heard) < count:
            await asyncio.sleep(0)


@pytest.fixture
def gather():
    with ExitStack() as stack:
        yield lambda count: Audience(stack, count)


async def _rounds_of_the_loop():
    for _ in range(20):
        await asyncio.sleep(0)


async def test_whoever_speaks_is_heard(gather):
    audience = gather(3)
    audience.speak()
    await audience.until(3)
    assert len(set(audience.heard)) == 3


async def test_nobody_is_heard_while_a_report_goes_out_and_everybody_once_it_is(gather):
    audience = gather(300)
    with audience.hearing.held():
        audience.speak()
        await _rounds_of_the_loop()
        assert audience.heard == []
        assert audience.hearing.alerting
    assert not audience.hearing.alerting
    await audience.until(300)


async def test_of_two_reports_that_overlap_both_must_be_out(gather):
    audience = gather(2)
    with audience.hearing.held():
        with audience.hearing.held():
            audience.speak()
        await _rounds_of_the_loop()
        assert audience.heard == []
    await audience.until(2)


async def test_a_report_that_takes_too_long_lets_a_few_be_heard_at_a_time(gather, monkeypatch):
    monkeypatch.setattr(hearing, "LONGEST_S", 0.0)
    audience = gather(50)
    with audience.hearing.held():
        audience.speak()
        await audience.until(50)
        assert max(audience.rounds) <= FEW


async def test_reports_on_each_others_heels_are_one_wait(gather, monkeypatch):
    now = [0.0]
    monkeypatch.setattr(asyncio.get_running_loop(), "time", lambda: now[0])
    audience = gather(1)
    with audience.hearing.held():
        audience.speak()
    for number in range(5):  # a new report follows at once, before anybody was heard
        now[0] = 0.24 * number * hearing.LONGEST_S
        with audience.hearing.held():
            await _rounds_of_the_loop()
            assert audience.heard == []
    now[0] = 1.01 * hearing.LONGEST_S
    with audience.hearing.held():
        await _rounds_of_the_loop()
        assert len(audience.heard) == 1


async def test_a_report_that_ends_by_an_error_does_not_leave_the_others_unheard(gather):
    audience = gather(2)
    with pytest.raises(RuntimeError), audience.hearing.held():
        audience.speak()
        raise RuntimeError
    await audience.until(2)


async def test_the_time_in_which_nobody_was_heard_is_counted(gather):
    audience = gather(1)
    with audience.hearing.held():
        await asyncio.sleep(0.02)
    assert audience.counters.total("held_seconds") >= 19_000  # counted in microseconds


async def test_a_report_after_one_in_which_all_were_silent_is_not_disturbed_either(gather, monkeypatch):
    monkeypatch.setattr(hearing, "LONGEST_S", 0.02)
    audience = gather(2)
    with audience.hearing.held():
        await asyncio.sleep(0.03)  # past the longest hold, in which nobody had anything to say
    with audience.hearing.held():
        audience.speak()
        await _rounds_of_the_loop()
        assert audience.heard == []
    await audience.until(2)


async def test_nobody_is_heard_once_it_has_stopped(gather):
    audience = gather(3)
    audience.hearing.stop()
    audience.speak()
    await _rounds_of_the_loop()
    assert audience.heard == []

"""A resolver that hangs keeps one thread, and not all of them."""

import asyncio
import socket
import threading

import pytest

from ewarn.bus.addresses import LineAddress
from ewarn.bus.lookup import Lookup
from ewarn.errors import BusError

B1 = LineAddress(0, "b1", 4222, tls=True)


def known(*addresses):
    return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, 4222)) for one in addresses]


async def test_an_address_is_what_it_is_and_a_name_has_each_of_its_own_in_turn():
    assert await Lookup(LineAddress(0, "2001:db8::1", 4222, tls=True), None).find() == "2001:db8::1"
    names = Lookup(B1, lambda *_, **__: known("192.0.2.1", "192.0.2.2"))
    assert [await names.find() for _ in range(3)] == ["192.0.2.1", "192.0.2.2", "192.0.2.1"]


async def test_it_is_not_asked_again_while_it_hangs_and_its_late_answer_is_used():
    go_on, asked = threading.Event(), []

    def slow(*given, **_):
        asked.append(given)
        go_on.wait()
        return known("192.0.2.1")

    names = Lookup(B1, slow)
    try:
        for _ in range(3):
            with pytest.raises(BusError, match="tls://b1:4222: no answer about where b1 is"):
                await names.find(0.01)
    finally:
        go_on.set()
    assert await names.find(20.0) == "192.0.2.1"
    assert asked == [("b1", 4222)]


async def test_a_name_that_is_not_known_is_one_line_and_is_asked_for_again():
    answers = iter([socket.gaierror(-2, "Name or service not known"), known("192.0.2.1")])

    def resolve(*_, **__):
        if isinstance(answer := next(answers), OSError):
            raise answer
        return answer

    names = Lookup(B1, resolve)
    with pytest.raises(BusError, match=r"^tls://b1:4222: cannot resolve b1 \(Name or service not known\)$"):
        await names.find()
    assert await names.find() == "192.0.2.1"


async def test_whoever_is_cancelled_meanwhile_leaves_no_task():
    go_on = threading.Event()
    names = Lookup(B1, lambda *_, **__: go_on.wait() and known("192.0.2.1"))
    task = asyncio.create_task(names.find(60.0))
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert asyncio.all_tasks() == {asyncio.current_task()}
    go_on.set()

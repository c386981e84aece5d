"""The lines of a bus, all together: a bug that one of them finds ends neither it nor the other."""

import asyncio
import random

import pytest

from ewarn.bus.addresses import LineAddress
from ewarn.gateway.hosts import lines
from ewarn.gateway.hosts.lines import Lines

ADDRESSES = LineAddress(0, "127.0.0.1", 9, tls=False), LineAddress(1, "127.0.0.1", 9, tls=False)


@pytest.fixture
def make(monkeypatch):
    monkeypatch.setattr(lines, "FAULT_S", 0.0)

    def make(on_up=None, **hears):
        return Lines(ADDRESSES, None, hears, on_up, random.Random(1))

    return make


async def test_a_line_that_a_bug_ends_is_begun_anew_and_the_other_goes_on(make, caplog):
    both, begun, forever = make(), [], asyncio.Event()

    def run(index):
        async def run():
            begun.append(index)
            if begun.count(index) <= index:
                raise ZeroDivisionError
            await forever.wait()

        return run

    for index in (0, 1):
        both[index].run = run(index)
    task = asyncio.create_task(both.run())
    while len(begun) < 3:
        await asyncio.sleep(0)
    assert sorted(begun) == [0, 1, 1]
    assert caplog.messages == ["line 1 is begun anew, after a fault of the gateway"]
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_a_bug_that_a_message_finds_is_logged_and_that_is_all(make, caplog):
    def breaks(*_):
        raise ZeroDivisionError

    both = make(breaks, subject=breaks)
    both[0]._hears["subject"]("subject", b"")
    await both._up(0, both[0])
    assert [one.split(" ")[0] for one in caplog.messages] == ["a", "line", "line"]
    assert [one.caught_up for one in both.notices()] == [False, False]


async def test_of_a_line_that_came_up_again_it_is_not_known_that_it_told_what_it_keeps(make):
    async def on_up(index):
        both.note_caught_up(index)

    both = make(on_up)
    both[0].up = True
    await both._up(0, both[0])
    both.note_pulse(0)
    up, other = both.notices()
    assert (up.up, up.caught_up, up.pulse is not None, other.up, other.pulse) == (True, True, True, False, None)
    both[0].up = False
    down, _ = both.notices()
    assert (down.up, down.caught_up, down.since >= up.since) == (False, False, True)

import asyncio
import json

from ewarn.demo.log import ShowLog


async def heard(log, count):
    """So many messages of a viewer who comes now."""
    told = log.follow()
    messages = [await anext(told) for _ in range(count)]
    return [message if isinstance(message, bytes) else json.loads(message) for message in messages]


async def test_who_comes_late_is_told_the_whole_show_in_order_and_only_the_newest_of_what_passes():
    log = ShowLog()
    for number in range(3):
        log.add({"type": "clock", "after_s": number})
        log.add({"type": "report", "number": number})
        log.add(bytes([number]))
    kept = [{"type": "report", "number": 0}, b"\0", {"type": "report", "number": 1}, b"\1"]
    assert await heard(log, 7) == [*kept, {"type": "report", "number": 2}, b"\2", {"type": "clock", "after_s": 2}]


async def test_who_follows_is_told_each_thing_once_as_it_comes():
    log = ShowLog()
    viewer = asyncio.create_task(heard(log, 3))
    await asyncio.sleep(0)
    log.add({"type": "state", "state": "idle"})
    await asyncio.sleep(0)
    log.add(b"one")
    log.add({"type": "state", "state": "done"})
    assert await asyncio.wait_for(viewer, 5) == [
        {"type": "state", "state": "idle"},
        b"one",
        {"type": "state", "state": "done"},
    ]


async def test_a_new_show_begins_anew_for_those_who_watch_and_those_who_come():
    log = ShowLog()
    log.add(b"old")
    watching = log.follow()
    assert await anext(watching) == b"old"
    log.add(b"never seen")
    log.begin()
    log.add(b"new")
    assert await anext(watching) == b"new"
    assert await heard(log, 1) == [b"new"]

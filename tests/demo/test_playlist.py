"""A list that plays by itself, on a theatre that needs no time."""

import asyncio

import pytest

from ewarn.config.catalogues import find_quake
from ewarn.config.kiosk import KioskEntry
from ewarn.demo import playlist
from ewarn.demo.playlist import Heard, Item, Playlist, Theatre
from ewarn.errors import InputError


def item(quake, **more):
    return Item(KioskEntry(quake=quake, **{"hold_s": 0.0} | more), find_quake(quake))


def state(word, line=""):
    return {"type": "state", "state": word, "line": line}


class Recorded:
    """What a list asked a stage for, and told a page; each drill ends as `ends` has it for its quake."""

    def __init__(self, items, ends, rounds):
        self.wishes, self.told, self.kept, self.stopped = [], [], [], 0
        self.ends, self.left = ends, rounds
        self.over = asyncio.Event()
        self.list = Playlist(items, "auto", self.told.append, self.kept.append)

    async def start(self, wish):
        if not self.left:
            self.over.set()
            await asyncio.Event().wait()
        self.left -= 1
        self.wishes.append(wish)
        found = self.ends.get(wish.quake, [state("done")])
        if isinstance(found, Exception):
            raise found
        for message in found:
            self.list.hear(message)

    async def stop(self):
        self.stopped += 1

    async def played(self):
        task = asyncio.create_task(self.list.play(Theatre(self.start, self.stop)))
        await asyncio.wait([task, asyncio.create_task(self.over.wait())], return_when=asyncio.FIRST_COMPLETED)
        assert not task.done(), task
        task.cancel()


@pytest.fixture(autouse=True)
def at_once(monkeypatch):
    for name in ("SHOWN_S", "BEYOND_S", "FAILED_S", "LONGEST_S", "TICK_S"):
        monkeypatch.setattr(playlist, name, 0.01)


async def test_entries_are_played_in_their_order_over_and_over_as_they_say():
    items = [item("luding-2022", users=7, orders=("fifo", "deadline"), rate_per_s=9.0), item("maduo-2021")]
    found = Recorded(items, {}, 4)
    await found.played()
    assert [wish.quake for wish in found.wishes] == ["luding-2022", "maduo-2021"] * 2
    first = found.wishes[0]
    assert (first.users, first.orders, first.rate_per_s, first.engine) == (7, ("fifo", "deadline"), 9.0, "auto")
    assert {one["now"]["number"] for one in found.told} == {1, 2}
    assert all(one["next"]["number"] == 3 - one["now"]["number"] for one in found.told)


@pytest.mark.parametrize(
    "end",
    [InputError("users: too many"), OSError("no process"), [state("failed", "it died")], [state("playing")]],
    ids=["refused", "no process", "failed", "never over"],
)
async def test_an_entry_that_cannot_be_played_is_said_and_skipped_and_the_list_goes_on(end):
    found = Recorded([item("luding-2022"), item("maduo-2021")], {"luding-2022": end}, 4)
    await found.played()
    assert [wish.quake for wish in found.wishes] == ["luding-2022", "maduo-2021"] * 2
    problems = [one["problem"] for one in found.told if one["problem"]]
    assert problems
    assert all("Luding" in one["quake"] and one["line"] for one in problems)
    assert found.told[-1]["problem"] is None, "the next one succeeded"
    assert found.stopped == (2 if end == [state("playing")] else 0)


async def test_how_long_it_takes_to_the_next_is_known_at_the_end_and_from_the_second_round_on():
    messages = [{"type": "play"}, {"type": "report", "release_s": 8.0}, {"type": "play"}, state("done")]
    slow = [item("luding-2022", hold_s=0.02)]
    found = Recorded(slow, {"luding-2022": messages}, 2)
    await found.played()
    seconds = [one["next_in_s"] for one in found.told]
    assert None not in seconds, "a drill that ends at once is over before anything is said"
    assert max(seconds) <= 8.04


def test_only_two_plays_are_replayed_and_as_long_as_a_page_takes(monkeypatch):
    monkeypatch.setattr(playlist, "SHOWN_S", 60.0)
    monkeypatch.setattr(playlist, "BEYOND_S", 30.0)
    heard = Heard()
    for message in (b"block", {"type": "play"}, {"type": "report", "release_s": 8.0}):
        heard.take(message)
    assert heard.replay_s == 0
    heard.take({"type": "play"})
    assert heard.replay_s == 60
    heard.take({"type": "report", "release_s": 45.5})
    assert heard.replay_s == 75.5


async def test_the_folders_of_a_drill_are_handed_on_when_it_is_over():
    messages = [{"type": "kept", "play": 0, "run": "a", "folder": "runs/a"}, state("done")]
    found = Recorded([item("luding-2022")], {"luding-2022": messages}, 2)
    await found.played()
    assert [[str(one) for one in folders] for folders in found.kept] == [["runs/a"]] * 2


async def test_the_folders_of_a_drill_that_is_ended_in_the_middle_are_handed_on_too():
    kept = []
    listed = Playlist([item("luding-2022")], "auto", lambda _: None, kept.append)

    async def start(_wish):
        listed.hear({"type": "kept", "play": 0, "run": "a", "folder": "runs/a"})
        raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        await listed.play(Theatre(start, asyncio.Event().wait))
    assert [[str(one) for one in folders] for folders in kept] == [["runs/a"]]

"""What a library is given to send: the same plan and the same payloads as ours."""

import json

import pytest

from ewarn.bench.library import LIBRARIES, Hall, LibraryJob
from ewarn.seismic.origin import Origin, Report
from ewarn.words import say

REPORT = Report("luding-2022", 1, "update", Origin(0.0, 29.59, 102.08, 16.0, 6.1), "Qingzang", 6.0)
FAR, NEAR = [(33.0, 105.0)], [(29.6, 102.1), (30.0, 102.0)]


async def sent(frames, order="nearest"):
    """(connection, payload) of each, as a library is told; who follows no place is not there."""
    hall, found = Hall(LibraryJob("picows", order, frames, 1)), []
    for name, places in (("far", FAR), ("none", []), ("near", NEAR)):
        hall.seat(name, places)

    async def send(connections, payloads):
        found.extend((one, json.loads(payloads[index % len(payloads)])) for index, one in enumerate(connections))

    await hall.play(REPORT, send)
    return found


async def test_each_gets_a_frame_of_their_own_in_the_order_of_dispatch():
    found = await sent("own")
    assert [name for name, _ in found] == ["near", "far"]
    assert [len(frame["places"]) for _, frame in found] == [2, 1]
    assert found[0][1]["places"][0]["distance_km"] < found[1][1]["places"][0]["distance_km"]


async def test_shared_is_one_frame_for_all():
    (_, first), (_, second) = await sent("shared")
    assert first == second


async def test_apart_is_a_frame_a_place():
    found = await sent("apart")
    assert sorted(name for name, _ in found) == ["far", "near", "near"]
    assert all(len(frame["places"]) == 1 for _, frame in found)


@pytest.mark.parametrize("name", LIBRARIES)
def test_every_library_says_in_words_how_it_is_set(name):
    assert "pings off" in say(f"contest.set-{name}")

"""How full shards are, from what was handed over and what they count themselves."""

from ewarn.gateway import counters
from ewarn.gateway.counters import Counters, Reason
from ewarn.gateway.shards.occupancy import NO_ROOM, Occupancy


def two_shards():
    memory = counters.create(2)
    shards = [Counters(memory, 2, index) for index in range(2)]
    occupancy = Occupancy(shards[0], 2)
    for index in range(2):
        occupancy.put(index, 3, is_open=True)
    return shards, occupancy


def test_connections_are_on_the_way_until_they_are_taken_and_held_until_they_end():
    (one, _), occupancy = two_shards()
    occupancy.handed[0] = 3
    one.add("accepted", 2)
    one.ended(Reason.HTTP)
    assert occupancy.on_the_way().tolist() == [1, 0]
    assert occupancy.held().tolist() == [2, 0]
    assert occupancy.room().tolist() == [1, 3]


def test_where_all_seats_are_held_it_goes_by_those_who_stay():
    (one, other), occupancy = two_shards()
    occupancy.handed[:] = 3
    one.put("parked", 1)
    other.put("parked", 3)
    assert occupancy.room().tolist() == [2, 0]


def test_a_shard_that_takes_none_has_no_room_and_a_buried_one_has_nobody_on_the_way():
    (one, _), occupancy = two_shards()
    occupancy.put(1, 0, is_open=False)
    assert occupancy.room().tolist() == [3, NO_ROOM]
    occupancy.handed[0] = 3
    one.add("accepted", 2)
    one.bury(0)
    occupancy.bury(0)
    assert (occupancy.on_the_way()[0], occupancy.held()[0], occupancy.room()[0]) == (0, 0, NO_ROOM)


def test_an_open_shard_of_no_capacity_is_open():
    _, occupancy = two_shards()
    occupancy.put(0, 0, is_open=True)
    assert occupancy.open.all()
    assert occupancy.room().tolist() == [0, 3]

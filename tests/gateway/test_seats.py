"""How many a shard may hold."""

from hypothesis import given
from hypothesis import strategies as st

from ewarn.gateway import counters
from ewarn.gateway.counters import Counters
from ewarn.gateway.way_in.seats import EXTRA, FILES_BESIDE, Seats


def make(capacity=10, door=2048, files=20_000, others=0):
    memory = counters.create(2)
    own, other = (Counters(memory, 2, index) for index in range(2))
    for index in range(2):
        own.put_of(index, "up", 1)
        own.put_of(index, "capacity", 10)
    other.put("parked", others)
    return own, Seats(own, 0, capacity, door, files)


def test_a_shard_takes_its_part_and_more_only_while_another_has_seats_left():
    own, seats = make(others=8)
    own.put("parked", 10)
    assert seats.free(9) and seats.free(10)
    own.put("parked", 12)
    assert not seats.free(12)
    own, seats = make(others=10)
    own.put("parked", 10)
    assert not seats.free(10)


def test_what_another_holds_beyond_its_part_is_not_given_away_twice():
    _, seats = make(others=12)
    assert seats.free(7) and not seats.free(8) and not seats.free(9)
    _, seats = make(others=9)
    assert seats.free(9) and seats.free(10) and not seats.free(11)


def test_where_one_is_down_the_others_have_their_part():
    own, seats = make(others=12)
    own.put_of(1, "up", 0)
    assert seats.free(9) and not seats.free(10)


@given(st.integers(0, 500), st.data())
def test_together_they_take_as_many_as_there_are_seats_and_no_more(capacity, data):
    here, there = (data.draw(st.integers(0, capacity + EXTRA)) for _ in range(2))
    memory = counters.create(2)
    each = [Counters(memory, 2, index) for index in range(2)]
    for one, parked in zip(each, (here, there), strict=True):
        one.put("up", 1)
        one.put("capacity", capacity)
        one.put("parked", parked)
    free = Seats(each[0], 0, capacity, 64, 20_000).free(here)
    assert free == (here + there < 2 * capacity and here < capacity + EXTRA)


def test_one_that_takes_no_connections_keeps_to_its_part():
    own, seats = make()
    own.put_of(0, "up", 0)
    assert seats.free(9) and not seats.free(10)


@given(st.integers(1, 5000), st.integers(300, 20_000), st.data())
def test_the_door_leaves_open_files_for_all_else_and_is_never_closed(door, files, data):
    capacity = files - 256
    parked = data.draw(st.integers(0, capacity + EXTRA))
    _, seats = make(capacity, door, files)
    assert 1 <= seats.at_the_door(parked) <= door
    assert seats.at_the_door(parked) + parked + FILES_BESIDE <= files
    assert seats.at_the_door(parked) >= min(door, 64)

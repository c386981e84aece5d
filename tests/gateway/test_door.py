"""The door: who is there, and who has been there too long."""

import tracemalloc

from hypothesis import given
from hypothesis import strategies as st

from ewarn.gateway.counters import Reason
from ewarn.gateway.way_in.door import Door
from ewarn.gateway.way_in.handshake import Goodbye
from tests.gateway.test_handshake import HOUSE, asked


def make():
    return Door(10.0, 2048, HOUSE)


def test_a_caller_is_at_the_door_until_it_is_answered():
    door = make()
    door.admit(7, 0.0)
    assert door.hear(7, asked()[:20]) is None
    assert 7 in door and len(door) == 1
    assert door.hear(7, asked()[20:]).subscription.user == "me"
    assert 7 not in door and len(door) == 0


def test_callers_are_not_mixed_up():
    door = make()
    for descriptor in (5, 6):
        door.admit(descriptor, 0.0)
    assert door.hear(5, b"GET /shown HT") is None
    assert door.hear(6, b"nonsense\r\n").said.startswith(b"HTTP/1.1 400")
    assert isinstance(door.hear(5, b"TP/1.1\r\nHost: x\r\n\r\n"), Goodbye)


def test_a_descriptor_used_again_is_another_caller():
    door = make()
    door.admit(5, 0.0)
    door.hear(5, b"GET /nowhere")
    door.forget(5)
    door.admit(5, 3.0)
    assert door.hear(5, asked()).subscription.user == "me"


@given(st.lists(st.tuples(st.floats(0, 5), st.booleans()), max_size=20), st.floats(0, 60))
def test_those_who_took_longer_than_stated_are_let_go_and_they_alone(steps, at):
    door, now, came = make(), 0.0, {}
    for descriptor, (later, forgotten) in enumerate(steps):
        now += later
        door.admit(descriptor, now)
        came[descriptor] = now
        if forgotten:
            door.forget(descriptor)
            del came[descriptor]
    assert door.expire(at) == [one for one, since in came.items() if since + 10.0 <= at]
    assert [one for one in came if one in door] == [one for one, since in came.items() if since + 10.0 > at]


def test_to_speak_does_not_buy_time():
    door = make()
    door.admit(5, 0.0)
    door.hear(5, b"GET ")
    assert door.expire(10.0) == [5]


def test_a_connection_that_says_nothing_costs_next_to_nothing():
    door, callers = make(), 1000
    tracemalloc.start()
    try:
        for descriptor in range(callers):
            door.admit(descriptor, 0.0)
        assert tracemalloc.get_traced_memory()[0] < 230 * callers
    finally:
        tracemalloc.stop()


def crowd_out(door, most):
    gone = []
    while crowded := door.surplus(most):
        gone.append(crowded)
        door.forget(crowded[0])
    return gone


@given(st.lists(st.sampled_from([b"", b"a", b"b", b"c"]), max_size=40), st.integers(1, 12), st.floats(0.1, 1))
def test_no_more_wait_than_may_nor_of_one_address_and_the_newest_is_always_among_them(subscribers, most, share):
    door, here = Door(10.0, 2048, HOUSE, share), {}
    for descriptor, subscriber in enumerate(subscribers):
        door.admit(descriptor, 0.0, subscriber)
        here[descriptor] = subscriber
        for gone, why in crowd_out(door, most):
            mates = [one for one, whose in here.items() if whose == here[gone]]
            assert gone == (mates[0] if why is Reason.ADDRESS else next(iter(here)))
            del here[gone]
        assert len(door) == len(here) <= most
        assert all(list(here.values()).count(one) <= max(1, int(most * share)) for one in here.values() if one)
        assert descriptor in door


def test_nothing_is_kept_of_addresses_that_have_left():
    door = make()
    for descriptor in range(100):
        door.admit(descriptor, 0.0, bytes([descriptor]))
    assert crowd_out(door, 10) == [(descriptor, Reason.CROWDED) for descriptor in range(90)]
    door.expire(10.0)
    assert (len(door), door._by_subscriber, door._came) == (0, {}, {})

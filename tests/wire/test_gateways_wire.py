"""The list of gateways as a message."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import json

from ewarn.errors import InputError
from ewarn.wire.gateways import Gateway, Gateways, bounded, decode

GATEWAY = st.builds(
    Gateway,
    st.from_regex(r"\A[a-z0-9][a-z0-9-]{0,5}\Z"),
    st.just("ws://198.18.0.11:8600"),
    st.integers(0, 100),
    st.integers(0, 100),
    st.sampled_from(["up", "draining", "lost"]),
)


@given(st.lists(GATEWAY, max_size=8))
def test_a_list_comes_back_as_it_was_and_holds_what_those_hold_that_are_up(gateways):
    listed = Gateways.of(gateways)
    assert decode(json.encode(listed)) == listed
    assert [one.name for one in listed.gateways] == sorted(one.name for one in gateways)
    up = sorted(one.weight for one in gateways if one.state == "up")
    assert (listed.capacity, listed.without_the_largest) == (sum(up), sum(up[:-1]))
    assert listed.spare == (listed.connections <= listed.without_the_largest)


def test_users_of_a_lost_gateway_are_not_counted_and_those_of_one_that_drains_are():
    def one(name, state):
        return Gateway(name, "ws://h:1", 10, 4, state)

    listed = Gateways.of([one("c", "lost"), one("b", "draining"), one("a", "up")])
    assert (listed.capacity, listed.connections, listed.without_the_largest, listed.spare) == (10, 8, 0, False)


@pytest.mark.parametrize(
    ("changed", "key"),
    [({"state": "gone"}, "gateways 0: state"), ({"name": "A"}, "gateways 0: name"), ({"weight": -1}, "weight")],
)
def test_what_is_wrong_with_a_list_is_named(changed, key):
    one = {"name": "a", "url": "ws://h:1", "weight": 1, "connections": 0, "state": "up"} | changed
    listed = {"drill": True, "gateways": [one], "capacity": 1, "connections": 0, "without_the_largest": 0}
    with pytest.raises(InputError, match=key):
        decode(json.encode(listed | {"spare": True}))


@pytest.mark.parametrize(
    ("weights", "told"),
    [
        ((10, 10, 10**9), [10, 10, 40]),
        ((10, 40), [10, 40]),
        ((10, 41), [10, 40]),
        ((10**9,), [10**9]),
        ((0, 0, 7), [0, 0, 7]),
        ((), []),
    ],
)
def test_a_host_that_says_that_it_holds_everybody_is_not_the_home_of_all(weights, told):
    listed = bounded(Gateway(f"g{index}", "ws://h:1", one, 0, "up") for index, one in enumerate(weights))
    assert [one.weight for one in listed] == told

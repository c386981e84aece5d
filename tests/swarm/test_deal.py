"""Who is dealt to which process."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from ewarn.audience.homes import distances, homes, scores
from ewarn.swarm import deal as dealing
from ewarn.swarm.deal import deal, devices, settled

ON = st.lists(st.integers(1, 3), min_size=1, max_size=60).map(lambda on: np.array(on, np.uint8))


@given(ON, st.integers(1, 9))
def test_every_device_is_dealt_once_and_a_users_stay_together(on, processes):
    hands = deal(len(on), on, 2, processes)
    dealt = [
        (hand.first + user, hand.gateways[way])
        for hand in hands
        for user, way in zip(hand.user_of.tolist(), hand.way_of.tolist(), strict=True)
    ]
    assert sorted(dealt) == [
        (user, bit) for user, which in enumerate(on.tolist()) for bit in (0, 1) if which >> bit & 1
    ]
    assert [hand.first for hand in hands[1:]] == [hand.last for hand in hands[:-1]]
    assert (hands[0].first, hands[-1].last) == (0, len(on))


@given(ON, st.integers(1, 9))
def test_processes_have_about_equally_many_devices(on, processes):
    dealt = [len(hand.user_of) for hand in deal(len(on), on, 2, processes)]
    assert max(dealt) - min(dealt) <= 3


@given(st.integers(0, 60), st.integers(1, 9), st.integers(1, 4))
def test_with_a_device_each_the_gateways_take_turns_by_process(users, processes, gateways):
    hands = deal(users, None, gateways, processes)
    assert [hand.gateways for hand in hands] == [(index % gateways,) for index in range(processes)]
    assert sum(len(hand.user_of) for hand in hands) == users == devices(users, None).sum()
    assert not any(hand.way_of.any() for hand in hands)


@given(st.lists(st.integers(0, 69), max_size=60), st.integers(1, 9))
def test_with_homes_each_user_is_dealt_once_to_their_own_gateway(theirs, processes):
    hands = deal(len(theirs), None, 70, processes, np.array(theirs, np.int16))
    dealt = [
        (hand.first + user, hand.gateways[way])
        for hand in hands
        for user, way in zip(hand.user_of.tolist(), hand.way_of.tolist(), strict=True)
    ]
    assert dealt == list(enumerate(theirs))


def test_homes_are_those_of_clients_who_find_a_gateway_themselves(monkeypatch):
    monkeypatch.setattr(dealing, "SLICE", 64)
    names = [f"u{user}" for user in range(500, 700)]
    far = np.stack([distances(host, names) for host in ("g1", "g2", "g3")])
    found = settled([("g1", 1000), ("g2", 1000), ("g3", 4000)], range(500, 700))
    assert found.tolist() == homes(scores([1000, 1000, 4000], far)).tolist()
    assert np.bincount(found).argmax() == 2

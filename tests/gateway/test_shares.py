"""Open connections of an address, over all shards."""

import os

from hypothesis import given
from hypothesis import strategies as st

from ewarn.gateway.way_in import shares
from ewarn.gateway.way_in.shares import Shares

STEPS = st.lists(st.tuples(st.integers(0, 1), st.integers(0, 9), st.sampled_from([b"", b"abcd", b"12345678"])))


@given(STEPS, st.integers(1, 4))
def test_an_address_is_counted_over_all_shards_and_one_that_is_not_known_never(steps, most):
    ledger = shares.open_ledger(2, most)
    both = [Shares(ledger, 2, index, 10) for index in range(2)]
    have = {}
    for shard, descriptor, subscriber in steps:
        both[shard].give_back(descriptor)
        have.pop((shard, descriptor), None)
        both[shard].take(descriptor, subscriber)
        have[shard, descriptor] = subscriber
        for one in both:
            assert not one.spent(b"")
            assert one.spent(subscriber) == (bool(subscriber) and list(have.values()).count(subscriber) >= most)
    os.close(ledger.memory)


def test_what_a_dead_shard_had_is_given_back():
    ledger = shares.open_ledger(2, 1)
    one, other = (Shares(ledger, 2, index, 4) for index in range(2))
    one.take(3, b"abcd")
    assert other.spent(b"abcd")
    shares.bury(ledger, 2, 0)
    assert not other.spent(b"abcd")
    os.close(ledger.memory)

"""Whose gateway is whose, where packets have fewer processes than there are servers."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from ewarn.bench.harness import MOST_GATEWAYS, on_one_each
from ewarn.swarm.deal import deal


@given(st.integers(1, 500), st.integers(2, MOST_GATEWAYS), st.integers(1, 4))
def test_every_user_is_on_one_gateway_and_all_have_equally_many(users, gateways, processes):
    on = on_one_each(users, gateways)
    counts = np.unpackbits(on[:, None], axis=1, bitorder="little").sum(axis=0)[:gateways]
    assert counts.sum() == users
    assert counts.max() - counts.min() <= 1
    assert [len(hand.user_of) for hand in deal(users, on, gateways, processes)] == [
        hand.last - hand.first for hand in deal(users, on, gateways, processes)
    ]


def test_one_gateway_is_everybodys():
    assert on_one_each(300, 1) is None

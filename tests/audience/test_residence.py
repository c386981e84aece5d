"""Draws by weight, held beside numpy's own, and points in discs."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from ewarn.audience.residence import BLOCK, chances, drawn_from

weights = st.lists(st.integers(0, 10**9), min_size=1, max_size=30).filter(any)


@given(weights, st.integers(0, 2**32))
def test_a_draw_is_the_one_that_numpy_makes_of_the_same_stream(weight, seed):
    weight = np.array(weight, float)
    ours = drawn_from(chances(weight), np.random.default_rng(seed).random(100))
    assert np.array_equal(ours, np.random.default_rng(seed).choice(len(weight), 100, p=weight / weight.sum()))


@given(weights, st.floats(0, 1, exclude_max=True))
def test_nothing_without_weight_is_drawn(weight, at):
    assert weight[int(drawn_from(chances(np.array(weight, float)), np.array([at]))[0])] > 0


def test_more_draws_than_a_block_are_each_their_own():
    at = np.random.default_rng(1).random(BLOCK + 5)
    up_to = chances(np.array([1.0, 2.0, 3.0]))
    drawn = drawn_from(up_to, at)
    assert np.array_equal(drawn[BLOCK - 2 :], drawn_from(up_to, at[BLOCK - 2 :]))

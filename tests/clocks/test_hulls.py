"""Hulls: nowhere below a point, and a vertex is a point."""

from itertools import pairwise

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from ewarn.clocks.hulls import above, below, largest_gap

points = st.lists(st.tuples(st.integers(0, 2**46), st.integers(-(2**40), 2**40)), min_size=1, max_size=40)


@settings(max_examples=100)
@given(points)
def test_every_point_is_on_the_right_side_and_every_vertex_is_one_of_them(found):
    x, y = np.array(found, np.int64).T
    for hull, side in ((above(x, y), 1), (below(x, y), -1)):
        assert (side * (hull.at(x) - y) >= -hull.slack).all()
        assert set(zip(hull.x.tolist(), hull.y.tolist(), strict=True)) <= set(found)
        steep = [int(dy) / int(dx) for dx, dy in zip(np.diff(hull.x), np.diff(hull.y), strict=True)]
        assert all(side * a >= side * b for a, b in pairwise(steep))
    assert largest_gap(above(x, y), below(x, y)) >= 0


def test_where_two_have_nothing_in_common_there_is_no_gap():
    one, other = (np.array([0, 5]) + by for by in (0, 10))
    assert largest_gap(above(one, one), below(other, other)) == -np.inf
    assert largest_gap(above(one, one), below(one + 5, one)) == 5

"""People for whom users stand: all of them together for all residents, each part for its own."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ewarn.verdict.document import Concentrated
from ewarn.verdict.people import people_each

DISTANCES = st.lists(st.floats(0, 400), min_size=1, max_size=30).map(np.array)


def near(within_km=50.0, residents=1_000.0):
    return Concentrated(within_km=within_km, users=1, residents=residents)


@given(DISTANCES, st.floats(1, 1e9))
def test_each_user_stands_for_as_many_where_they_were_drawn_in_proportion(distance_km, residents):
    each = people_each(residents, None, distance_km)
    assert each.shape == distance_km.shape
    assert each == pytest.approx(residents / len(distance_km))


@given(DISTANCES, st.floats(0, 1))
def test_users_near_stand_for_the_people_near_and_the_others_for_the_rest(distance_km, share):
    each = people_each(1e6, near(residents=share * 1e6), distance_km)
    inside = distance_km <= 50
    for which, people in ((inside, share * 1e6), (~inside, (1 - share) * 1e6)):
        assert len(set(each[which])) <= 1
        assert not which.any() or each[which].sum() == pytest.approx(people, abs=1e-3)


@pytest.mark.parametrize("residents", [None, 0])
def test_where_residents_are_not_known_nobody_stands_for_anyone(residents):
    assert people_each(residents, near(), np.array([1.0])) is None

"""People in a circle, held against users drawn by chance."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ewarn.audience.places import sichuan
from ewarn.audience.residents import covered, residents_within
from ewarn.audience.users import Circle, sample
from ewarn.seismic.geodesy import distance_km

radii = st.floats(0.1, 100)
CHENGDU = 30.66, 104.07


def share(apart, disc, circle):
    return float(covered(np.array([apart]), np.array([disc]), circle)[0])


@given(radii, radii)
def test_of_circles_with_one_centre_all_is_covered_or_the_ratio_of_areas(disc, circle):
    assert share(0.0, disc, circle) == pytest.approx(min(1, (circle / disc) ** 2), rel=1e-3)


@given(radii, radii, st.floats(0.1, 50))
def test_discs_that_do_not_touch_are_not_covered_and_those_within_wholly(disc, circle, gap):
    assert share(disc + circle + gap, disc, circle) == pytest.approx(0, abs=1e-6)
    assert share(circle, disc, circle + disc + gap) == pytest.approx(1)


def test_two_equal_discs_a_radius_apart_share_what_geometry_says():
    assert share(1.0, 1.0, 1.0) == pytest.approx((2 * np.pi / 3 - np.sqrt(3) / 2) / np.pi)


@pytest.mark.parametrize("radius_km", [10.0, 60.0])
def test_as_many_live_in_a_circle_as_users_are_drawn_there(radius_km):
    places = sichuan()
    users = sample(places, 200_000, np.random.default_rng(1))
    drawn = (distance_km(*CHENGDU, users.latitude, users.longitude) <= radius_km).mean()
    found = residents_within(places, Circle(*CHENGDU, radius_km)) / places.residents.sum()
    assert found == pytest.approx(drawn, rel=0.03)


def test_in_a_circle_around_everything_everybody_lives():
    places = sichuan()
    assert residents_within(places, Circle(*CHENGDU, 2_000.0)) == pytest.approx(places.residents.sum())

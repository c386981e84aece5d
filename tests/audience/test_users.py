"""The sampled audience: seeded, true to the census, within the circle asked for."""

import numpy as np
import pytest

from ewarn.audience.places import Places, sichuan
from ewarn.audience.users import USER, Circle, sample
from ewarn.errors import InputError
from ewarn.seismic.geodesy import distance_km

PLACES = sichuan()
USERS = sample(PLACES, 100_000, np.random.default_rng(5))
ONE_PLACE = Places(
    np.array([30.0]), np.array([103.0]), np.array([1000.0]), np.array([0]), np.array([15.0]), ("Somewhere",)
)
A_DEGREE_KM = 111.195


def far_from_place_km(users, places):
    return np.array(
        [
            float(
                distance_km(user["latitude"], user["longitude"], places.latitude[at], places.longitude[at])
                - places.scatter_km[at]
            )
            for user in users
            for at in [user["place"]]
        ]
    )


def test_there_are_as_many_users_as_asked_for_each_with_his_row_as_id():
    assert USERS.dtype == USER
    assert np.array_equal(USERS["user"], np.arange(100_000))


@pytest.mark.parametrize("within", [None, Circle(29.59, 102.08, 120.0)])
def test_the_same_seed_draws_the_same_audience(within):
    one, two, other = (sample(PLACES, 2_000, np.random.default_rng(seed), within) for seed in (9, 9, 10))
    assert np.array_equal(one, two)
    assert not np.array_equal(one, other)


def test_shares_of_prefectures_are_near_those_of_the_census():
    expected = np.bincount(PLACES.prefecture, PLACES.residents) / PLACES.residents.sum()
    drawn = np.bincount(PLACES.prefecture[USERS["place"]], minlength=21) / len(USERS)
    five_sigma = 5 * np.sqrt(expected * (1 - expected) / len(USERS))
    assert (np.abs(drawn - expected) < five_sigma).all()


def test_every_user_lives_in_the_disc_around_his_place():
    assert far_from_place_km(USERS[:3_000], PLACES).max() < 0.05  # the disc is drawn on a flat map


def test_users_are_spread_evenly_over_a_disc():
    users = sample(ONE_PLACE, 20_000, np.random.default_rng(3))
    away = distance_km(30.0, 103.0, users["latitude"], users["longitude"])
    for share in (0.1, 0.5, 0.9):
        # A share of the area lies within the root of that share of the radius.
        assert np.quantile(away, share) == pytest.approx(15 * np.sqrt(share), rel=0.03)
    assert abs(users["latitude"].mean() - 30) * A_DEGREE_KM < 0.3


@pytest.mark.parametrize("radius_km", [40.0, 100.0, 300.0])
def test_within_a_circle_all_users_are_inside(radius_km):
    users = sample(PLACES, 3_000, np.random.default_rng(1), Circle(29.59, 102.08, radius_km))
    assert len(users) == 3_000
    assert np.array_equal(users["user"], np.arange(3_000))
    assert distance_km(29.59, 102.08, users["latitude"], users["longitude"]).max() <= radius_km


def test_within_a_circle_density_is_as_without_it():
    circle = Circle(30.66, 104.06, 60.0)
    inside = USERS[distance_km(30.66, 104.06, USERS["latitude"], USERS["longitude"]) <= 60]
    drawn = sample(PLACES, 50_000, np.random.default_rng(2), circle)
    everywhere, concentrated = (
        np.bincount(users["place"], minlength=len(PLACES.latitude)) / len(users) for users in (inside, drawn)
    )
    assert np.abs(everywhere - concentrated).max() < 0.02


def test_a_circle_that_holds_no_place_is_an_error_with_the_key_and_both_numbers():
    with pytest.raises(InputError, match=r"audience\.within_km") as caught:
        sample(ONE_PLACE, 10, np.random.default_rng(1), Circle(31.0, 103.0, 37.0))
    assert "37 km" in str(caught.value)
    assert "96 km" in str(caught.value)  # a degree, less the 15 km of the disc


@pytest.mark.timeout(3)
def test_a_circle_that_only_grazes_a_place_does_not_go_on_for_ever():
    circle = Circle(30 + 30 / A_DEGREE_KM, 103.0, 15.0001)
    try:
        users = sample(ONE_PLACE, 100, np.random.default_rng(1), circle)
    except InputError as error:
        assert "audience.within_km" in str(error)
    else:
        assert len(users) == 100


def test_an_empty_audience_is_empty():
    assert len(sample(PLACES, 0, np.random.default_rng(1))) == 0

"""The sampled audience: seeded, true to the census, within the circle asked for."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ewarn.audience.followed import MOST_PLACES
from ewarn.audience.mix import ONE_EACH, REALISTIC
from ewarn.audience.places import Places, china, sichuan
from ewarn.audience.users import Circle, sample
from ewarn.errors import InputError
from ewarn.seismic.geodesy import distance_km

PLACES, CHINA = sichuan(), china()
USERS = sample(PLACES, 100_000, np.random.default_rng(5))
ONE_PLACE = Places(
    np.array([30.0]), np.array([103.0]), np.array([1000.0]), np.array([0]), np.array([15.0]), ("Somewhere",)
)
A_DEGREE_KM = 111.195


def far_from_place_km(users, places):
    """How far beyond the rims of their discs, km."""
    at = users.place
    away = distance_km(users.latitude, users.longitude, places.latitude[at], places.longitude[at])
    return away - places.scatter_km[at]


def same(one, other):
    return all(
        np.array_equal(getattr(one, name), getattr(other, name))
        for name in ("place", "latitude", "longitude", "threshold")
    ) and all(
        np.array_equal(getattr(one.followed, name), getattr(other.followed, name))
        for name in ("count", "latitude", "longitude")
    )


def test_there_are_as_many_users_as_asked_for_each_with_a_home():
    assert len(USERS) == 100_000
    assert {USERS.latitude.shape, USERS.longitude.shape, USERS.place.shape, USERS.threshold.shape} == {(100_000,)}
    assert (USERS.latitude.dtype, USERS.place.dtype) == (np.float64, np.int32)


@pytest.mark.parametrize(
    ("within", "first", "last", "sums"),
    [
        (
            None,
            (114, 29.53789136406096, 103.69443066532196),
            (92, 30.781717526542444, 106.08990885073115),
            (60573.13773329795, 209464.963903162),
        ),
        (
            Circle(29.59, 102.08, 50.0),
            (107, 29.97747468874412, 101.88611601647253),
            (107, 29.925515828019133, 101.94310771773742),
            (59856.18014386559, 204001.77685619242),
        ),
    ],
)
@pytest.mark.parametrize("mix", [ONE_EACH, REALISTIC])
def test_a_seed_gives_the_homes_of_sichuan_that_it_always_gave(within, first, last, sums, mix):
    users = sample(PLACES, 2_000, np.random.default_rng(1), within, mix)
    assert (users.place[0], users.latitude[0], users.longitude[0]) == pytest.approx(first, rel=1e-12)
    assert (users.place[-1], users.latitude[-1], users.longitude[-1]) == pytest.approx(last, rel=1e-12)
    assert (users.latitude.sum(), users.longitude.sum()) == pytest.approx(sums, rel=1e-12)


@pytest.mark.parametrize("count", [5, 1_000])
@pytest.mark.parametrize(
    ("within", "homes"),
    [
        (
            None,
            [
                (29.543101, 103.864919),
                (31.887062, 106.745602),
                (27.983507, 102.345325),
                (32.103761, 106.850928),
                (30.783927, 106.090621),
            ],
        ),
        (
            Circle(29.59, 102.08, 50.0),
            [
                (29.982762, 102.059931),
                (29.925325, 101.99719),
                (29.917742, 102.023746),
                (29.329915, 102.340624),
                (29.92805, 101.876287),
            ],
        ),
    ],
)
def test_a_small_audience_is_the_beginning_of_one_of_a_thousand(count, within, homes):
    users = sample(PLACES, count, np.random.default_rng(1), within, REALISTIC)
    assert len(users) == len(users.place) == count
    assert np.array([users.latitude, users.longitude]).T[:5] == pytest.approx(np.array(homes), abs=1e-6)


@pytest.mark.parametrize("within", [None, Circle(29.59, 102.08, 120.0)])
def test_the_same_seed_draws_the_same_audience(within):
    one, two, other = (sample(PLACES, 2_000, np.random.default_rng(seed), within, REALISTIC) for seed in (9, 9, 10))
    assert same(one, two)
    assert not np.array_equal(one.latitude, other.latitude)


def test_shares_of_prefectures_are_near_those_of_the_census():
    expected = np.bincount(PLACES.group, PLACES.residents) / PLACES.residents.sum()
    drawn = np.bincount(PLACES.group[USERS.place], minlength=21) / len(USERS)
    five_sigma = 5 * np.sqrt(expected * (1 - expected) / len(USERS))
    assert (np.abs(drawn - expected) < five_sigma).all()


def test_every_user_lives_in_the_disc_around_his_place():
    for users, places in ((USERS, PLACES), (sample(CHINA, 100_000, np.random.default_rng(5)), CHINA)):
        assert far_from_place_km(users, places).max() < 0.05  # the disc is drawn on a flat map


def test_users_are_spread_evenly_over_a_disc():
    users = sample(ONE_PLACE, 20_000, np.random.default_rng(3))
    away = distance_km(30.0, 103.0, users.latitude, users.longitude)
    for share in (0.1, 0.5, 0.9):
        # A share of the area lies within the root of that share of the radius.
        assert np.quantile(away, share) == pytest.approx(15 * np.sqrt(share), rel=0.03)
    assert abs(users.latitude.mean() - 30) * A_DEGREE_KM < 0.3


@pytest.mark.parametrize("radius_km", [40.0, 100.0, 300.0])
def test_within_a_circle_all_users_are_inside(radius_km):
    users = sample(PLACES, 3_000, np.random.default_rng(1), Circle(29.59, 102.08, radius_km))
    assert len(users) == 3_000
    assert distance_km(29.59, 102.08, users.latitude, users.longitude).max() <= radius_km


def test_within_a_circle_density_is_as_without_it():
    circle = Circle(30.66, 104.06, 60.0)
    inside = USERS.place[distance_km(30.66, 104.06, USERS.latitude, USERS.longitude) <= 60]
    drawn = sample(PLACES, 50_000, np.random.default_rng(2), circle).place
    everywhere, concentrated = (np.bincount(place, minlength=len(PLACES)) / len(place) for place in (inside, drawn))
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


@pytest.mark.parametrize("within", [None, Circle(29.59, 102.08, 120.0)])
@pytest.mark.parametrize("mix", [ONE_EACH, REALISTIC])
def test_an_empty_audience_is_empty(within, mix):
    users = sample(PLACES, 0, np.random.default_rng(1), within, mix)
    assert len(users) == len(users.followed) == 0


def test_within_a_circle_relatives_may_live_outside_it():
    users = sample(PLACES, 3_000, np.random.default_rng(1), Circle(29.59, 102.08, 120.0), REALISTIC)
    followed = users.followed
    away = distance_km(29.59, 102.08, followed.latitude, followed.longitude)
    assert (away[followed.first[followed.count > 0]] <= 120).all()
    assert (away > 120).sum() > 500


LUDING = Circle(29.59, 102.08, 50.0)


@given(st.integers(0, 1_500), st.floats(1e-6, 1 - 1e-6), st.integers(0, 2**32), st.sampled_from([ONE_EACH, REALISTIC]))
def test_a_share_of_the_users_lives_in_the_circle_and_the_others_where_they_would_without_it(count, share, seed, mix):
    plain, users = (
        sample(PLACES, count, np.random.default_rng(seed), *one) for one in ((None, mix), (LUDING, mix, share))
    )
    moved = users.latitude != plain.latitude
    assert len(users) == len(users.followed) == count
    assert moved.sum() == round(share * count)
    assert (distance_km(29.59, 102.08, users.latitude, users.longitude)[moved] <= 50).all()
    for name in ("place", "longitude"):
        assert np.array_equal(getattr(users, name)[~moved], getattr(plain, name)[~moved])
    assert np.array_equal(users.threshold, plain.threshold)
    assert np.array_equal(users.followed.count, plain.followed.count)
    follows = users.followed.count > 0
    assert np.array_equal(users.followed.latitude[users.followed.first[follows]], users.latitude[follows])
    assert count == 0 or far_from_place_km(users, PLACES).max() < 0.05


def test_a_mix_changes_nobodys_home_where_a_share_lives_in_the_circle():
    plain, mixed = (sample(PLACES, 2_000, np.random.default_rng(1), LUDING, mix, 0.4) for mix in (ONE_EACH, REALISTIC))
    for name in ("place", "latitude", "longitude"):
        assert np.array_equal(getattr(plain, name), getattr(mixed, name))


def test_all_users_in_the_circle_are_those_that_a_circle_alone_draws():
    one, two = (sample(PLACES, 500, np.random.default_rng(1), LUDING, REALISTIC, *share) for share in ((), (1.0,)))
    assert same(one, two)


def test_who_lives_in_the_circle_is_drawn_by_chance_all_over_the_audience():
    users = sample(PLACES, 100_000, np.random.default_rng(5), LUDING, share=0.4)
    moved = users.latitude != USERS.latitude
    for part in (*np.split(moved, 10), moved[::2], moved[1::2], moved[::5]):
        assert abs(part.mean() - 0.4) < 5 * np.sqrt(0.24 / len(part))


def test_of_those_put_in_the_circle_as_many_live_at_a_place_as_of_those_drawn_there_alone():
    alone = sample(PLACES, 50_000, np.random.default_rng(2), LUDING).place
    users = sample(PLACES, 100_000, np.random.default_rng(5), LUDING, share=0.5)
    there = users.place[users.latitude != USERS.latitude]
    one, two = (np.bincount(place, minlength=len(PLACES)) / len(place) for place in (alone, there))
    assert np.abs(one - two).max() < 0.02


def test_a_circle_for_a_share_that_holds_no_place_is_an_error_too():
    with pytest.raises(InputError, match=r"audience\.within_km: 37 km .* the nearest begins at 96 km"):
        sample(ONE_PLACE, 10, np.random.default_rng(1), Circle(31.0, 103.0, 37.0), share=0.01)


def test_users_on_the_date_line_have_longitudes_that_exist():
    islands = Places(np.array([-17.0]), np.array([179.9]), np.array([1.0]), np.array([0]), np.array([50.0]), ("Fiji",))
    users = sample(islands, 1_000, np.random.default_rng(1))
    assert np.abs(users.longitude).max() <= 180
    assert (users.longitude < 0).any() and (users.longitude > 0).any()
    assert far_from_place_km(users, islands).max() < 0.5


@given(
    st.lists(st.tuples(st.integers(1, 10**7), st.integers(0, 3)), min_size=1, max_size=12),
    st.integers(0, 40),
    st.integers(0, 2**32),
)
def test_whatever_the_places_everyone_lives_in_one_and_follows_it_first(units, count, seed):
    size, group = np.array(units).T
    rows = len(units)
    places = Places(
        20.0 + np.arange(rows),
        np.full(rows, 100.0),
        size.astype(float),
        group,
        np.full(rows, 3.0),
        ("a", "b", "c", "d"),
    )
    users = sample(places, count, np.random.default_rng(seed), mix=REALISTIC)
    assert len(users) == len(users.followed) == count
    assert count == 0 or far_from_place_km(users, places).max() < 0.05
    for user in range(count):
        followed = users.followed.places(user)
        assert len(followed) <= MOST_PLACES
        assert not followed or followed[0] == (users.latitude[user], users.longitude[user])

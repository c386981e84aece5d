"""How many places users follow, whose they are, and how strong it must be for them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ewarn.audience.mix import ONE_EACH, REALISTIC, Mix, follow, thresholds
from ewarn.audience.places import Places, china, sichuan
from ewarn.audience.users import sample
from ewarn.errors import WrongKeyError

PLACES = sichuan()
USERS = sample(PLACES, 200_000, np.random.default_rng(3), mix=REALISTIC)


def within_five_sigma(drawn, share, of):
    return np.abs(drawn - share) <= 5 * np.sqrt(np.asarray(share) * (1 - np.asarray(share)) / of) + 1e-12


def nearest_group(places, latitude, longitude):
    """Of the towns that these few points lie around."""
    apart = np.hypot(
        places.latitude - latitude[:, None],
        (places.longitude - longitude[:, None]) * np.cos(np.radians(latitude[:, None])),
    )
    return places.group[apart.argmin(axis=1)]


def test_the_realistic_shares_are_of_all_users():
    assert sum(REALISTIC.follow) == pytest.approx(1)
    assert len(REALISTIC.follow) == 11


def test_the_numbers_of_places_followed_have_the_shares_of_the_mix():
    drawn = np.bincount(USERS.followed.count, minlength=11) / len(USERS)
    assert within_five_sigma(drawn, REALISTIC.follow, len(USERS)).all()


def test_the_thresholds_have_the_shares_of_the_mix_and_most_ask_for_all():
    for intensity, share in (*REALISTIC.thresholds, (0.0, 0.88)):
        assert within_five_sigma((USERS.threshold == intensity).mean(), share, len(USERS))


def test_without_a_mix_everyone_follows_his_home_and_is_told_of_all():
    users = sample(PLACES, 1_000, np.random.default_rng(3))
    assert (users.followed.count == 1).all()
    assert np.array_equal(users.followed.latitude, users.latitude)
    assert np.array_equal(users.followed.longitude, users.longitude)
    assert not users.threshold.any()


def test_users_who_follow_more_or_ask_for_less_live_where_they_did():
    for mix in (REALISTIC, Mix(follow=(0, 0, 1)), Mix(thresholds=((5.0, 1.0),))):
        users = sample(PLACES, 1_000, np.random.default_rng(8), mix=mix)
        plain = sample(PLACES, 1_000, np.random.default_rng(8))
        assert np.array_equal(users.latitude, plain.latitude) and np.array_equal(users.longitude, plain.longitude)


def test_thresholds_do_not_change_what_is_followed_nor_the_other_way_round():
    both = sample(PLACES, 1_000, np.random.default_rng(8), mix=REALISTIC)
    places = sample(PLACES, 1_000, np.random.default_rng(8), mix=Mix(follow=REALISTIC.follow))
    asked = sample(PLACES, 1_000, np.random.default_rng(8), mix=Mix(thresholds=REALISTIC.thresholds))
    assert np.array_equal(both.followed.latitude, places.followed.latitude)
    assert np.array_equal(both.threshold, asked.threshold)


@pytest.mark.parametrize("near", [0.0, 0.5, 1.0])
def test_relatives_live_in_the_same_province_as_often_as_the_mix_says(near):
    places = china()
    users = sample(places, 1_500, np.random.default_rng(1), mix=Mix((0, 0, 1), (), near))
    followed, own = users.followed, places.group[users.place]
    at = followed.first + 1
    share = np.bincount(places.group, places.residents) / places.residents.sum()
    # By chance some who live anywhere live in the same province too; discs on a border reach into the next.
    expected = near + (1 - near) * (share**2).sum()
    theirs = nearest_group(places, followed.latitude[at], followed.longitude[at])
    assert (theirs == own).mean() == pytest.approx(expected, abs=0.05)


def test_relatives_anywhere_live_by_residents():
    users = sample(PLACES, 20_000, np.random.default_rng(1), mix=Mix((0, 0, 1), (), 0.0))
    at = users.followed.first + 1
    chengdu, other = PLACES.residents.argmax(), users.followed
    km = 111.2 * np.hypot(
        other.latitude[at] - PLACES.latitude[chengdu],
        (other.longitude[at] - PLACES.longitude[chengdu]) * np.cos(np.radians(30.7)),
    )
    home_km = 111.2 * np.hypot(
        users.latitude - PLACES.latitude[chengdu],
        (users.longitude - PLACES.longitude[chengdu]) * np.cos(np.radians(30.7)),
    )
    assert (km < 50).mean() == pytest.approx((home_km < 50).mean(), abs=0.02)


def test_a_relative_nearby_lives_in_the_group_even_where_all_others_are_crowded():
    lone = Places(
        np.array([20.0, 30.0, 40.0]),
        np.full(3, 100.0),
        np.array([1.0, 1e10, 1.0]),
        np.array([0, 1, 2]),
        np.full(3, 1.0),
        ("a", "b", "c"),
    )
    home = np.array([0, 2] * 500, np.int32)
    mix = Mix((0, 0, 1), (), 1.0)
    followed = follow(mix, lone, home, lone.latitude[home], lone.longitude[home], np.random.default_rng(1))
    assert np.abs(followed.latitude[followed.first + 1] - lone.latitude[home]).max() < 0.02


@given(st.lists(st.integers(0, 100), min_size=1, max_size=11).filter(any), st.integers(0, 30), st.integers(0, 2**32))
def test_any_shares_are_drawn_from_and_none_that_is_nil(weights, count, seed):
    shares = np.array(weights) / sum(weights)
    users = sample(PLACES, count, np.random.default_rng(seed), mix=Mix(tuple(shares.tolist())))
    assert len(users.followed) == count
    assert (shares[users.followed.count] > 0).all()
    assert len(users.followed.latitude) == users.followed.count.sum()


def test_everyone_may_ask_for_the_same():
    assert (thresholds(Mix(thresholds=((4.5, 1.0),)), 50, np.random.default_rng(1)) == 4.5).all()
    assert not thresholds(ONE_EACH, 50, np.random.default_rng(1)).any()


@given(st.lists(st.floats(0, 1), min_size=1, max_size=11))
def test_shares_of_followed_places_are_of_all_users_or_refused_with_their_sum(shares):
    total = sum(shares)
    if abs(total - 1) <= 1e-6:
        assert Mix(tuple(shares)).follow == tuple(shares)
        return
    with pytest.raises(WrongKeyError) as refused:
        Mix(tuple(shares))
    assert (refused.value.key, refused.value.problem) == ("follow", f"shares must sum to 1, got {total:g}")


def test_more_places_than_a_user_may_follow_are_refused_with_both_numbers():
    with pytest.raises(WrongKeyError, match="must be the shares of 0 to 10 places, got 12 of them"):
        Mix((1.0, *[0.0] * 11))

"""Homes of users: the same for every client, by weight, and disturbed as little as can be."""

import csv
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ewarn.audience.homes import distances, homes, ranking, scores
from tests.audience import home_vectors

VECTORS = Path(__file__).with_name("homes.csv")
USERS = [f"u{index}" for index in range(4_000)]
FAR = {name: distances(name, USERS) for name in ("g1", "g2", "g3", "g4", "g5")}
WEIGHTS = st.dictionaries(st.sampled_from(sorted(FAR)), st.integers(1, 100_000), min_size=2, max_size=5)


def found(fleet):
    """Names of the fleet, and the scores of all users."""
    names = sorted(fleet)
    return names, scores([fleet[name] for name in names], np.stack([FAR[name] for name in names]))


def home_names(fleet):
    names, theirs = found(fleet)
    return np.array(names)[homes(theirs)]


def vectors():
    with VECTORS.open(encoding="utf-8") as lines:
        return list(csv.DictReader(line for line in lines if not line.startswith("#")))


@pytest.mark.parametrize("row", vectors(), ids=lambda row: f"{row['user'][:8]} {row['hosts'][:20]}")
def test_homes_are_those_of_the_vectors_that_other_clients_check_theirs_by(row):
    fleet = {name: int(weight) for name, weight in (one.split("=") for one in row["hosts"].split())}
    names = sorted(fleet)
    theirs = scores([fleet[name] for name in names], np.stack([distances(name, [row["user"]]) for name in names]))
    assert [names[index] for index in ranking(theirs)[0]] == row["ranking"].split()
    assert theirs.max() == pytest.approx(float(row["score"]), rel=1e-12)
    assert home_vectors.ranked(row["user"], fleet) == row["ranking"].split()


@given(WEIGHTS, st.lists(st.text(min_size=1, max_size=64).filter(lambda user: user.isprintable()), max_size=20))
def test_any_user_is_ranked_as_plain_python_ranks_them(fleet, users):
    names = sorted(fleet)
    theirs = scores([fleet[name] for name in names], np.stack([distances(name, users) for name in names]))
    assert [[names[index] for index in row] for row in ranking(theirs)] == [
        home_vectors.ranked(user, fleet) for user in users
    ]


@given(WEIGHTS)
def test_a_ranking_has_each_host_once_and_home_first(fleet):
    _, theirs = found(fleet)
    order = ranking(theirs)
    assert (np.sort(order, axis=1) == np.arange(len(fleet))).all()
    assert (order[:, 0] == homes(theirs)).all()
    assert (np.diff(np.take_along_axis(theirs, order.T, axis=0), axis=0) <= 0).all()


@given(WEIGHTS)
def test_hosts_get_users_by_their_weights(fleet):
    counted = dict(zip(*np.unique(home_names(fleet), return_counts=True), strict=True))
    for name, weight in fleet.items():
        share = weight / sum(fleet.values())
        # 6 standard deviations of a binomial: a true share is outside once in 500 million times.
        assert abs(counted.get(name, 0) - share * len(USERS)) <= 6 * np.sqrt(share * (1 - share) * len(USERS)) + 1


@given(WEIGHTS, st.data())
def test_a_host_that_goes_moves_its_own_users_alone_each_to_the_next_of_their_ranking(fleet, data):
    gone = data.draw(st.sampled_from(sorted(fleet)))
    names, theirs = found(fleet)
    second = np.array(names)[ranking(theirs)[:, 1]]
    before = home_names(fleet)
    after = home_names({name: weight for name, weight in fleet.items() if name != gone})
    assert (after == np.where(before == gone, second, before)).all()


@given(WEIGHTS, st.integers(1, 100_000))
def test_a_host_that_joins_or_grows_moves_users_to_itself_alone(fleet, weight):
    for name in FAR:
        before, after = home_names(fleet), home_names(fleet | {name: max(weight, fleet.get(name, 0))})
        assert (after[before != after] == name).all()


def test_a_host_without_weight_is_nobody_s_home():
    assert set(home_names({"g1": 0, "g2": 1, "g3": 5})) == {"g2", "g3"}


def test_distances_are_above_zero_and_as_long_as_there_are_users():
    assert all((far > 0).all() and np.isfinite(far).all() for far in FAR.values())
    assert distances("g1", []).shape == (0,)

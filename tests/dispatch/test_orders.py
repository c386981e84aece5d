"""Orders: each a permutation of all users, by the rule of its name."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ewarn.dispatch.orders import MARGIN_S, ORDERS, Situation

# To the microsecond: that is how finely `deadline` tells users apart.
SLACKS = st.lists(
    st.integers(-500_000_000, 500_000_000).map(lambda us: us / 1e6) | st.sampled_from([0.0, 5.0, -5.0]), max_size=50
)


def situation(slack_s, seed=0, news=None):
    rng = np.random.default_rng(seed)
    count = len(slack_s)
    return Situation(
        np.array(slack_s, np.float64),
        rng.integers(0, 20, count).astype(np.float64),
        rng.uniform(1, 12, count).round(),
        rng.integers(0, 1 << 60, count, np.uint64),
        np.ones(count, np.bool_) if news is None else np.array(news, np.bool_),
    )


def order_of(name, of, seed=0):
    return np.argsort(ORDERS[name](of, np.random.default_rng(seed)), kind="stable").tolist()


def test_the_orders_on_offer_are_those_of_the_manual():
    assert set(ORDERS) == {"deadline", "nearest", "intensity", "random", "fifo"}


@settings(max_examples=60, deadline=None)
@given(SLACKS, st.sampled_from(sorted(ORDERS)), st.integers(0, 99))
def test_every_order_names_each_user_exactly_once(slacks, name, seed):
    assert sorted(order_of(name, situation(slacks, seed))) == list(range(len(slacks)))


@settings(max_examples=150, deadline=None)
@given(SLACKS)
@example([3.0, 1.0, -4.0, -3.0, -1.0, 2.0])
def test_deadline_tells_those_with_slack_first_by_least_slack_then_the_most_recently_reached(slacks):
    def urgency(user):
        reached = slacks[user] <= -MARGIN_S
        return reached, -slacks[user] if reached else slacks[user]

    assert order_of("deadline", situation(slacks)) == sorted(range(len(slacks)), key=urgency)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.integers(-500, 500).map(float), st.booleans()), max_size=50))
def test_deadline_tells_news_before_what_is_known_and_the_reached_last(users):
    def urgency(user):
        slack, news = users[user]
        reached = slack <= -MARGIN_S
        return reached, not (news or reached), -slack if reached else slack

    of = situation([slack for slack, _ in users], news=[news for _, news in users])
    assert order_of("deadline", of) == sorted(range(len(users)), key=urgency)


def test_deadline_puts_a_user_whom_s_may_just_have_reached_before_all_who_have_more_time():
    assert order_of("deadline", situation([0.0, 5.0, 2.0, -1.9])) == [3, 0, 2, 1]


def test_deadline_orders_an_audience_that_s_has_wholly_reached():
    assert order_of("deadline", situation([-30.0, -3.0, -7.0])) == [1, 2, 0]


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 1000), st.integers(0, 60))
def test_nearest_goes_by_distance_and_equal_ones_by_row(seed, count):
    of = situation([1.0] * count, seed)
    assert order_of("nearest", of) == sorted(range(count), key=lambda user: (of.distance_km[user], user))


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 1000), st.integers(0, 60))
def test_fifo_goes_by_rank_of_connection(seed, count):
    of = situation([1.0] * count, seed)
    assert order_of("fifo", of) == sorted(range(count), key=lambda user: (int(of.since[user]), user))


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 1000), st.integers(0, 60))
def test_intensity_tells_the_hardest_shaken_first_and_equal_ones_by_row(seed, count):
    of = situation([1.0] * count, seed)
    assert order_of("intensity", of) == sorted(range(count), key=lambda user: (-of.intensity[user], user))


def test_random_is_the_same_for_the_same_seed_and_another_for_another():
    of = situation([1.0] * 100)
    assert order_of("random", of, 4) == order_of("random", of, 4)
    assert order_of("random", of, 4) != order_of("random", of, 5)


def test_random_draws_anew_for_every_report():
    rng = np.random.default_rng(1)
    of = situation([1.0] * 100)
    assert ORDERS["random"](of, rng).tolist() != ORDERS["random"](of, rng).tolist()


def test_random_lets_every_user_come_first_at_times():
    rng = np.random.default_rng(1)
    first = [int(ORDERS["random"](situation([1.0] * 4), rng).argmin()) for _ in range(400)]
    assert min(np.bincount(first, minlength=4)) > 60


@pytest.mark.parametrize("name", sorted(ORDERS))
def test_orders_leave_the_situation_as_it_was(name):
    of = situation([3.0, -1.0, 2.0])
    before = of.slack_s.copy(), of.distance_km.copy(), of.since.copy()
    order_of(name, of)
    assert all(
        np.array_equal(was, now) for was, now in zip(before, (of.slack_s, of.distance_km, of.since), strict=True)
    )


@pytest.mark.parametrize("name", sorted(ORDERS))
@given(SLACKS, st.integers(0, 99))
def test_an_order_with_an_ideal_goes_by_the_report_and_the_places_alone(name, slacks, seed):
    one = situation(slacks)
    other = replace(one, since=one.since[::-1].copy())
    same = [ORDERS[name](of, np.random.default_rng(seed)).tolist() for of in (one, other)]
    drawn = [ORDERS[name](one, np.random.default_rng(at)).tolist() for at in (seed, seed + 1)]
    if len(slacks) > 1:
        assert ORDERS[name].ideal == (same[0] == same[1] and drawn[0] == drawn[1])

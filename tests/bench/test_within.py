"""The search for how many can be told in time."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ewarn.bench.within import FEWEST, MOST_TRIALS, PRECISION, Trial, next_size


def search(seconds_for, limit_s):
    trials = []
    while (users := next_size(trials, limit_s)) is not None:
        trials.append(Trial(users, seconds_for(users)))
    return trials


@given(st.floats(2e3, 1e6), st.floats(0.0, 0.05), st.sampled_from([0.3, 1.0, 5.0]))
def test_it_finds_where_the_limit_is_met(per_s, start_s, limit_s):
    trials = search(lambda users: start_s + users / per_s, limit_s)
    assert len(trials) <= MOST_TRIALS
    truth = (limit_s - start_s) * per_s
    found = max((one.users for one in trials if one.within(limit_s)), default=0)
    assert found <= truth * (1 + 1e-9)
    assert found >= truth - 2 * max(FEWEST, PRECISION * truth)


def test_a_trial_that_cannot_be_trusted_holds_nothing():
    assert Trial(5_000, 0.5).within(1.0)
    doubted = Trial(5_000, 0.5, ("the clients' ring was full",))
    assert not doubted.within(1.0)
    assert str(doubted) == "the last had read after 0.500 s; not to be trusted: the clients' ring was full"


def test_a_machine_that_never_finishes_ends_the_search_with_nobody():
    trials = search(lambda _users: float("inf"), 1.0)
    assert not any(one.within(1.0) for one in trials)
    assert [one.users for one in trials] == sorted((one.users for one in trials), reverse=True)


@pytest.mark.parametrize("noise", [[0.9, 1.1, 0.95, 1.3, 0.8], [1.2, 0.7, 1.1, 0.9, 1.0]])
def test_a_noisy_machine_still_ends_it(noise):
    count = iter(noise * 10)
    assert len(search(lambda users: users / 1e5 * next(count), 1.0)) <= MOST_TRIALS

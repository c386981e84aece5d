"""A drain on a clock that is told: whose turn it is to be sent away."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from ewarn.gateway.clients.drain import Drain

ROWS = 200
EVERYONE = np.ones(ROWS, bool)


def drain(over_s=10.0, patience_s=5.0, seed=1):
    return Drain(ROWS, over_s, patience_s, np.random.default_rng(seed), 100.0)


@given(st.integers(0, 1_000), st.lists(st.floats(0, 2), max_size=30))
def test_everyone_has_one_turn_at_a_time_of_his_own_and_all_within_the_time_stated(seed, steps):
    of, parked, now = drain(seed=seed), EVERYONE.copy(), 100.0
    for step in [*steps, 10.0]:
        now += step
        due = of.due(parked, now, hold=False)
        assert parked[due].all()
        parked[due] = False
    assert not parked.any()


def test_turns_are_spread_evenly_and_by_chance():
    of = drain()
    early = of.due(EVERYONE, 105.0, hold=False)
    assert 70 < len(early) < 130
    assert early.tolist() != drain(seed=2).due(EVERYONE, 105.0, hold=False).tolist()


def test_who_is_not_free_to_go_has_his_turn_when_he_is():
    of, busy = drain(), EVERYONE.copy()
    busy[7] = False
    assert 7 not in of.due(busy, 110.0, hold=False)
    assert 7 in of.due(EVERYONE, 110.5, hold=False)


def test_while_an_alert_goes_out_nobody_is_sent_away_and_the_time_does_not_count():
    of, plain = drain(), drain()
    assert not len(of.due(EVERYONE, 104.0, hold=True))
    assert of.due(EVERYONE, 109.0, hold=False).tolist() == plain.due(EVERYONE, 105.0, hold=False).tolist()


def test_no_alert_holds_it_up_for_ever():
    of = drain()
    assert not of.over(114.9)
    assert of.over(115.0)
    assert len(of.due(EVERYONE, 115.0, hold=True)) == ROWS

"""The roster of parked connections, by hand and against a dictionary that is told the same."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ewarn.audience.followed import MOST_PLACES
from ewarn.gateway.sending.roster import Roster

ROWS = 8
HOME, WORK, SCHOOL = (30.0, 103.0), (31.0, 104.0), (29.5, 102.25)
PLACES = st.sampled_from(
    [(), (HOME,), (WORK, SCHOOL), (SCHOOL,), tuple((20.0 + n, 100.0 - n) for n in range(MOST_PLACES))]
)
STEPS = st.lists(st.tuples(st.integers(0, ROWS - 1), st.booleans(), PLACES), max_size=40)
"""(descriptor, whether it stays, places): it comes where it is not there, else it follows these, or leaves"""


@pytest.fixture
def roster():
    return Roster(ROWS)


def test_who_follows_no_place_is_a_connection_and_no_follower(roster):
    roster.park(3, ())
    assert (roster.connections, roster.following) == (1, 0)
    assert roster.followers().tolist() == []
    roster.follow(3, (HOME,))
    assert (roster.connections, roster.following) == (1, 1)
    assert roster.followers().tolist() == [3]


def test_whoever_follows_other_places_ranks_anew_and_counts_once(roster):
    roster.park(1, (HOME,))
    roster.park(2, (WORK,))
    first, second = roster.since[[1, 2]].tolist()
    assert 0 < first < second
    roster.follow(1, (SCHOOL, WORK))
    assert roster.since[1] > second
    assert roster.following == 2


def test_a_descriptor_that_is_used_again_has_nothing_of_the_one_before(roster):
    roster.park(4, (HOME, WORK, SCHOOL), 3.0, 17)
    before = roster.since[4]
    roster.leave(4)
    roster.park(4, (SCHOOL,))
    assert roster.places(4) == [SCHOOL]
    assert (roster.threshold[4], roster.user[4]) == (0.0, -1)
    assert roster.since[4] > before


def test_places_of_some_stand_one_after_another_in_the_order_asked_for(roster):
    roster.park(0, (HOME,))
    roster.park(5, (WORK, SCHOOL))
    roster.park(6, ())
    found = roster.followed(np.array([5, 6, 0]))
    assert found.count.tolist() == [2, 0, 1]
    assert [found.places(row) for row in range(3)] == [[WORK, SCHOOL], [], [HOME]]


def test_nobody_follows_nothing(roster):
    assert len(roster.followed(roster.followers())) == 0


def test_what_was_handed_out_stays_as_it_was_when_somebody_follows_other_places(roster):
    roster.park(2, (HOME,))
    found = roster.followed(np.array([2]))
    roster.follow(2, (WORK,))
    assert found.places(0) == [HOME]


@given(STEPS)
def test_however_connections_come_change_and_go_the_roster_knows_what_each_follows(steps):
    roster, known, ranked = Roster(ROWS), {}, []
    for number, (descriptor, stays, places) in enumerate(steps):
        if descriptor not in known:
            roster.park(descriptor, places, number / 10, number)
            known[descriptor] = places, number / 10, number
        elif stays:
            roster.follow(descriptor, places)
            known[descriptor] = (places, *known[descriptor][1:])
        else:
            roster.leave(descriptor)
            del known[descriptor]
        ranked = [one for one in ranked if one != descriptor]
        ranked += [descriptor] if known.get(descriptor, ((),))[0] else []

    there = sorted(known)
    assert np.flatnonzero(roster.parked).tolist() == there
    assert [(tuple(roster.places(one)), roster.threshold[one], roster.user[one]) for one in there] == [
        known[one] for one in there
    ]
    followers = roster.followers()
    assert followers.tolist() == sorted(ranked)
    assert followers[np.argsort(roster.since[followers])].tolist() == ranked
    assert [tuple(roster.followed(followers).places(row)) for row in range(len(followers))] == [
        known[one][0] for one in followers.tolist()
    ]
    assert (roster.connections, roster.following) == (len(known), len(ranked))

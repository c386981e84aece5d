"""Who is there, who leaves, who comes back: decided without a socket."""

from random import Random

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from ewarn.swarm.presence import ABSENT, Presence


def presence(devices=4, *, reconnect=False, seeks=False, there=()):
    found = Presence(devices, Random(1), reconnect=reconnect, seeks=seeks)
    for row in there:
        found.opened(row, 100 + row)
    return found


def test_a_first_connection_counts_as_connected_and_a_later_one_as_returned():
    one = presence(reconnect=True)
    assert one.opened(2, 7) == "connected"
    assert one.handle_of.tolist() == [ABSENT, ABSENT, 7, ABSENT]
    assert one.handles() == [7]
    assert one.ended(2, 10.0) == "left"
    assert one.handles() == []
    assert one.opened(2, 9) == "returned"


def test_one_that_is_lost_stays_away_unless_the_lost_reconnect():
    assert presence(there=[0]).ended(0, 1.0) == "closed"
    one = presence(there=[0], reconnect=True)
    assert one.ended(0, 1.0) == "left"
    assert one.returning(1.0 + 1.0) == [0], "within a second, at a moment that is drawn"


def test_one_that_hung_up_comes_back_at_once_whatever_the_lost_do():
    one = presence(there=[0, 1, 2, 3])
    assert sorted(one.leavers(1.0)) == [0, 1, 2, 3]
    assert one.next_s(5.0) == float("inf"), "its end is still to be read"
    assert one.ended(3, 5.0) == "left"
    assert one.returning(5.0) == [3]


def test_a_first_handshake_that_fails_is_final_and_a_returning_client_tries_again():
    one = presence(there=[0], reconnect=True)
    assert one.failed(1, 1.0)
    one.ended(0, 1.0)
    assert one.returning(2.0) == [0]
    assert not one.failed(0, 2.0)
    assert one.returning(2.0 + 2.0) == [0]


def test_who_seeks_among_three_tries_them_all_within_seconds_and_fails_once_all_have_failed():
    one, now = presence(seeks=True), 0.0
    failed = []
    for _ in range(6):
        failed.append(one.failed(1, now, 3))
        assert one.returning(now + (1.0 if len(failed) < 4 else 2.0)) == [1], "longer waits only after each lap"
        now += 2.0
    assert failed == [False, False, True, False, False, False]
    assert one.opened(1, 7) == "connected", "whoever was never there has not returned"
    assert one.ended(1, now) == "left", "who seeks comes back"
    assert not any(one.failed(1, now, 3) for _ in range(6))
    assert one.opened(1, 8) == "returned"


def test_who_is_to_move_hangs_up_and_is_back_as_soon_as_may_be():
    one = presence(seeks=True, there=[0])
    assert not one.expects(0)
    one.expect(0)
    assert one.expects(0)
    assert one.ended(0, 5.0) == "left"
    assert one.returning(5.0) == [0]


def test_who_is_about_to_hang_up_is_not_asked_again():
    one = presence(there=[0, 1, 2, 3])
    first = one.leavers(0.5)
    again = one.leavers(1.0)
    assert len(first) == 2
    assert sorted(first + again) == [0, 1, 2, 3]


@given(st.integers(0, 50), st.lists(st.floats(0, 1), max_size=20))
def test_shares_add_up_however_small_and_nobody_leaves_who_is_not_there(devices, shares):
    one = presence(devices, there=range(devices))
    left, due = 0, 0.0
    for share in shares:
        due += share * devices
        for row in (leaving := one.leavers(share)):
            assert one.handle_of[row] != ABSENT
            one.ended(row, 0.0)
        for row in one.returning(0.0):
            one.opened(row, 100 + row)
        assert len(set(leaving)) == len(leaving)
        left += len(leaving)
        assert abs(due - left) <= 0.5 + 1e-9
    assert np.count_nonzero(one.handle_of != ABSENT) == devices

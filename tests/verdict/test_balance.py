"""The balance of runs made by hand and drawn."""

from math import inf, pi

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import asdict

from ewarn.verdict.balance import balance, fates, speed_for
from ewarn.verdict.fate import Fate
from tests.ledgers import case, cases

NOT = None


def names(one):
    return [Fate(code).key for code in fates(one.rows).fate]


def balanced(one, theoretical_km=0.0, **others):
    return balance(one.rows, one.users, theoretical_km, **others)


@pytest.mark.parametrize(
    ("received", "s", "gate", "fate", "lost"),
    [
        ([11, 21], 30, [0, 0], "in_time", False),
        ([NOT, 21], 30, [0, 0], "in_time", False),
        ([13, 21], 12, [0, 0], "late", True),
        ([11, 21], 10, [0, 0], "blind_zone", False),
        ([NOT, 21], 15, [1, 0], "blind_zone", False),
        ([NOT, 26], 25, [1, 0], "late", True),
        ([NOT, 21], 25, [1, 0], "in_time", False),
        ([NOT, NOT], 30, [1, 2], "suppressed", False),
        ([NOT, NOT], 30, [1, 0], "missing", True),
        ([NOT, NOT], 15, [1, 0], "missing", False),
        ([NOT, NOT], 3, [0, 0], "missing", False),
    ],
)
def test_a_users_fate_goes_by_all_reports_and_he_is_lost_to_dispatch_if_the_first_due_to_him_left_time(
    received, s, gate, fate, lost
):
    one = case([[time] for time in received], [s], gate=[[code] for code in gate])
    assert names(one) == [fate]
    assert balanced(one).lost == lost


def test_who_was_held_back_until_s_had_passed_is_suppressed_where_others_were_warned():
    one = case([[11, NOT], [21, 21]], [30, 15], gate=[[0, 1], [0, 0]])
    assert names(one) == ["in_time", "suppressed"]
    assert balanced(one).lost == 0


def test_a_report_that_nobody_was_to_have_begins_no_blind_zone():
    one = case([[NOT, NOT], [21, 21]], [15, 30], gate=[[1, 1], [0, 0]])
    assert names(one) == ["blind_zone", "in_time"]


def test_a_cancel_warns_nobody_who_was_never_alarmed():
    one = case([[NOT, 11], [21, 21]], [30, 30], gate=[[1, 0], [0, 0]])
    assert [Fate(code).key for code in fates(one.rows, [True, False]).fate] == ["suppressed", "in_time"]


def test_who_follows_no_place_is_lost_to_nobody():
    one = case([[NOT]], [30], follows=[False])
    assert names(one) == ["follows_none"]
    assert balanced(one).lost == 0
    assert balanced(one).effective.km == 0


def test_lead_lost_counts_from_the_first_report_due_and_at_most_all_there_was():
    # Had 20, 5, 5 and 10 s; lost 2 of them, all as it came late, all as it never came, 1 after a gate opened; and one
    # in the blind zone had none to lose.
    one = case(
        [[12, 18, NOT, NOT, 11], [NOT, NOT, NOT, 21, NOT]],
        [30, 15, 15, 30, 3],
        gate=[[0, 0, 0, 1, 0], [0, 0, 0, 0, 0]],
    )
    lost = balanced(one, residents_per_user=10.0).lead_lost
    assert asdict(lost) == {"mean_s": 13 / 4, "p50_s": 2.0, "p90_s": 5.0, "user_s": 13.0, "person_s": 130}
    assert balanced(one).lead_lost.person_s is None


def test_of_nobody_who_could_be_warned_no_lead_time_is_lost():
    lost = balanced(case([[11]], [3])).lead_lost
    assert (lost.mean_s, lost.user_s) == (None, 0)


def test_the_effective_blind_zone_is_never_less_than_the_theoretical_and_counts_its_people():
    # 100 users from 38 to 108 km away; those nearer than 66 km read theirs a second after S.
    s = np.linspace(11, 30.8, 100)
    one = case([np.where(s < 19, s + 1, 11)], s)
    said = balance(one.rows, one.users, 10.0, residents_per_user=100.0)
    assert said.theoretical.km == 10.0
    assert said.theoretical.km2 == pytest.approx(pi * 100, abs=0.1)
    assert said.effective.km == pytest.approx(3.5 * 19, abs=1.5)
    assert said.effective.users == pytest.approx(40, abs=2)
    assert said.effective.people == 100 * said.effective.users
    assert balance(one.rows, one.users, 90.0).effective.km == 90.0
    assert balance(one.rows, one.users, 90.0).effective.people is None


def test_where_users_stand_for_people_unequally_each_counts_for_their_own():
    one = case([[15, 17]], [14, 16])
    said = balance(one.rows, one.users, 10.0, residents_per_user=np.array([100.0, 1.0]))
    lost_s = fates(one.rows).lead_lost_s
    assert lost_s.tolist() == [4, 6]
    assert said.lead_lost.person_s == 100 * 4 + 6
    assert balance(one.rows, one.users, 1000.0, residents_per_user=np.array([100.0, 1.0])).theoretical.people == 101


def test_who_was_not_to_be_told_lies_in_no_effective_blind_zone():
    one = case([[11, 11, NOT]], [30, 31, 90], gate=[[0, 0, 2]])
    assert balanced(one).effective.km == 0
    assert balanced(case([[11, 11, NOT]], [30, 31, 90])).effective.km is None


def test_each_reports_delivery_is_of_those_it_was_due_to_and_infinite_for_who_never_got_it():
    one = case([[11, 12, NOT], [21, 21, NOT]], [90, 90, 90], gate=[[0, 0, 1], [0, 0, 0]])
    first, second = balanced(one).reports
    assert (first.number, first.due, first.read, first.delivery_ms.max) == (1, 2, 2, 2000.0)
    assert (second.number, second.due, second.read, second.delivery_ms.max) == (2, 3, 2, None)
    assert balanced(one).first_ms.max is None
    assert balanced(one).first_ms.p50 == 2000.0


def test_the_order_of_writing_is_held_against_the_order_that_was_meant():
    one = case([[11, 12, 13, NOT]], [90] * 4)
    meant = balanced(one, score=np.array([[1.0, 2.0, 3.0, 4.0]])).reports[0].displacement
    turned = balanced(one, score=np.array([[3.0, 2.0, 1.0, 4.0]])).reports[0].displacement
    assert (meant.users, meant.max, turned.max) == (3, 0.0, 0.6667)
    assert balanced(one).reports[0].displacement is None


def test_the_speed_needed_is_that_of_the_last_user_who_has_to_be_won():
    slow, good = case([[14, 18, 30]], [12, 12, 12]), case([[11, 11, 30]], [12, 12, 12])
    assert speed_for(fates(slow.rows), int(fates(good.rows).in_time.sum())) == 4.0
    assert speed_for(fates(good.rows), int(fates(slow.rows).in_time.sum())) == 0.0
    assert speed_for(fates(good.rows), int(fates(good.rows).in_time.sum())) == 0.5


def test_no_speed_wins_back_a_user_who_never_read_or_whom_s_reached_first():
    bad, good = case([[11, NOT]], [3, 12]), case([[11, 11]], [12, 12])
    assert speed_for(fates(bad.rows), int(fates(good.rows).in_time.sum())) == inf
    assert speed_for(fates(bad.rows), 3) == inf


@given(cases())
def test_every_user_has_exactly_one_fate_and_levels_add_up(one):
    said, of = balanced(one), fates(one.rows)
    assert sum(said.fates.values()) == said.users == len(one.s)
    assert sum(level.users for level in said.by_level.values()) == said.users
    assert sum(level.in_time for level in said.by_level.values()) == said.fates["in_time"]
    assert sum(level.lost for level in said.by_level.values()) == said.lost
    assert not (of.lost & of.in_time).any()
    assert said.fates["late"] <= said.lost <= said.fates["late"] + said.fates["missing"]


@given(cases())
def test_who_is_in_time_had_some_report_in_time(one):
    rows = one.rows.reshape(one.gate.shape)
    assert (fates(one.rows).in_time == (rows["outcome"] == 0).any(axis=0)).all()


@given(cases(), st.floats(1, 50))
def test_quicker_deliveries_never_warn_fewer_nor_lose_more(one, factor):
    before, after = fates(one.rows), fates(one.quicker(factor).rows)
    assert (after.in_time | ~before.in_time).all()
    assert after.lead_lost_s.sum() <= before.lead_lost_s.sum() + 1e-6
    assert speed_for(after, int(before.in_time.sum())) <= 1


@given(cases(), st.integers(0, 12))
def test_the_speed_needed_reaches_the_number_and_less_does_not(one, wanted):
    needed = speed_for(fates(one.rows), wanted)
    if needed == inf:
        assert fates(one.quicker(1e7).rows).in_time.sum() < wanted
    elif needed:
        assert fates(one.quicker(needed * 1.0001).rows).in_time.sum() >= wanted
        assert fates(one.quicker(needed * 0.9999).rows).in_time.sum() < wanted


@given(cases())
def test_a_run_needs_no_more_speed_to_equal_itself(one):
    assert speed_for(fates(one.rows), int(fates(one.rows).in_time.sum())) <= 1

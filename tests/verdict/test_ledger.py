"""What became of each report for each user."""

import numpy as np
import pytest
from hypothesis import given

from ewarn.verdict.fate import Fate
from ewarn.verdict.ledger import ledger
from tests.ledgers import case, cases, ns

NOT = None


def outcomes(one):
    return [Fate(code).key for code in one.rows["outcome"]]


@pytest.mark.parametrize(
    ("received", "s", "outcome"),
    [
        (11, 12, "in_time"),
        (12, 12, "late"),
        (13, 12, "late"),
        (11, 10, "blind_zone"),
        (11, 3, "blind_zone"),
        (NOT, 12, "missing"),
        (NOT, 3, "missing"),
    ],
)
def test_a_report_is_in_time_if_it_is_read_before_s_and_nobodys_fault_if_s_came_before_its_release(
    received, s, outcome
):
    assert outcomes(case([[received]], [s])) == [outcome]


def test_who_got_a_newer_report_instead_was_superseded_and_an_older_one_makes_up_for_nothing():
    assert outcomes(case([[NOT], [21], [NOT]], [90])) == ["superseded", "in_time", "missing"]


def test_a_shut_gate_suppresses_a_report_but_not_one_that_was_read_all_the_same():
    one = case([[NOT, 11], [21, 21]], [90, 90], gate=[[2, 2], [0, 0]])
    assert outcomes(one) == ["suppressed", "in_time", "in_time", "in_time"]


def test_of_later_reports_too_who_could_have_been_told_before_s_was_not_in_the_blind_zone():
    assert outcomes(case([[11], [21]], [12])) == ["in_time", "late"]
    assert outcomes(case([[11], [21]], [10])) == ["blind_zone", "blind_zone"]


def test_who_was_held_back_until_s_had_passed_is_suppressed_in_every_row():
    one = case([[11, NOT], [21, 21]], [90, 15], gate=[[0, 1], [0, 0]])
    assert outcomes(one) == ["in_time", "suppressed", "in_time", "suppressed"]


def test_a_quick_report_takes_no_warnings_place():
    one = case([[11, NOT], [21, 21]], [90, 90])
    rows = ledger(
        one.receipts,
        planned=-1,
        written=-1,
        via=0,
        gate=one.gate,
        s_ns=ns(one.s),
        follows=True,
        warnings=[True, False],
        alarms=[True, False],
    )
    assert [Fate(code).key for code in rows["outcome"]] == ["in_time", "missing", "in_time", "in_time"]


def test_who_follows_no_place_is_told_nothing_whatever_the_gates_say():
    assert outcomes(case([[NOT, NOT]], [90, 3], gate=[[0, 1]], follows=[False, False])) == ["follows_none"] * 2


def test_a_report_that_was_never_released_has_no_rows():
    one = case([[11, 11], [NOT, NOT]], [90, 90], released=[10, NOT])
    assert one.rows["report"].tolist() == [1, 1]
    assert one.rows["user"].tolist() == [0, 1]


def test_of_a_run_without_a_release_nothing_is_left():
    assert len(case([[NOT, NOT]], [90, 90], released=[NOT]).rows) == 0


def test_lead_is_what_was_left_until_s_and_not_a_number_for_never():
    lead = case([[11, 14, NOT]], [12.5, 12.5, 12.5]).rows["lead_s"]
    assert lead[:2].tolist() == [1.5, -1.5]
    assert np.isnan(lead[2])


def test_s_may_stand_at_another_moment_for_each_report_as_in_a_drill_played_faster():
    one = case([[11], [21]], [90])
    rows = ledger(
        one.receipts,
        planned=np.full((2, 1), -1),
        written=np.full((2, 1), -1),
        via=np.zeros((2, 1)),
        gate=one.gate,
        s_ns=ns(np.array([[10.5], [21.5]])),
        follows=np.array([True]),
    )
    assert [Fate(code).key for code in rows["outcome"]] == ["late", "in_time"]


def test_shapes_that_do_not_agree_are_refused():
    one = case([[11, 12]], [90, 90])
    with pytest.raises(ValueError, match="reshape"):
        ledger(
            one.receipts, planned=-1, written=-1, via=0, gate=np.zeros((2, 2), np.uint8), s_ns=ns(one.s), follows=True
        )


@given(cases())
def test_every_user_and_report_has_a_row_with_what_was_put_in_and_a_known_outcome(one):
    rows, (reports, users) = one.rows, one.gate.shape
    assert rows["report"].tolist() == np.repeat(np.arange(1, reports + 1), users).tolist()
    assert rows["user"].tolist() == np.tile(np.arange(users), reports).tolist()
    assert rows["gate"].tolist() == one.gate.ravel().tolist()
    assert rows["received"].tolist() == rows["written"].tolist() == ns(one.received).ravel().tolist()
    assert (rows["outcome"] < Fate.WAITING).all()


@given(cases())
def test_what_was_received_is_in_time_late_or_blind_and_what_was_not_is_none_of_these(one):
    rows = one.rows.reshape(one.gate.shape)[:, one.follows]
    got = np.isin(rows["outcome"], [Fate.IN_TIME, Fate.LATE, Fate.BLIND_ZONE])
    assert (got <= (rows["received"] >= 0)).all()
    assert (got | (rows["outcome"] == Fate.SUPPRESSED) >= (rows["received"] >= 0)).all()
    assert ((rows["outcome"] == Fate.IN_TIME) == (rows["lead_s"] > 0)).all()

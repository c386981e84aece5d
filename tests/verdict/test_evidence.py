"""What checks look at, from receipts by hand: see test_judge for how they are made."""

import numpy as np
import pytest

from ewarn.verdict.evidence import Evidence
from tests.verdict.test_judge import FEW, observed, released, truth


def evidence(read_ms, of=None, **others):
    of = of or truth([10.0, 20.0, 60.0], [30.0, 3.0, 30.0])
    return Evidence(released(len(read_ms)), observed(read_ms, **others), of, FEW)


def test_times_count_from_the_release_of_their_own_report_and_never_is_infinite():
    of = evidence([[10, None, 30], [None, 250, 5]], kernel_ms=[[9, None, None], [None, None, 4]])
    assert of.read.tolist() == [[0.01, np.inf, 0.03], [np.inf, 0.25, 0.005]]
    assert of.kernel[0].tolist() == [0.009, np.inf, np.inf]


def test_near_are_those_within_the_promised_radius_with_s_still_to_come_to_whom_it_was_due():
    assert evidence([[1, 1, 1]]).near.tolist() == [True, False, False]  # S had come to the second, the third is far
    assert not evidence([[1, 1, 1]], due=np.array([[False, True, True]])).near.any()


def test_a_report_that_never_went_out_was_planned_and_not_public():
    of = evidence([[None] * 3, [1, 1, 1]], unreleased=[0])
    assert (of.planned, of.first) == (0, 1)
    assert of.went_out.tolist() == [False, True]
    assert of.public.tolist() == [[False] * 3, [True] * 3]


def test_where_nothing_is_said_of_it_every_report_is_for_everyone():
    assert evidence([[None] * 3]).due.all()


@pytest.mark.parametrize(
    ("read_ms", "newer"), [([[None], [5]], [[True], [False]]), ([[5], [None]], [[False], [False]])]
)
def test_newer_says_whether_a_later_report_took_the_place(read_ms, newer):
    assert evidence(read_ms, truth([10.0])).newer.tolist() == newer

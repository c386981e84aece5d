"""The registry of checks: what is judged, in which order, by which words. What each of them finds: test_judge."""

from ewarn.verdict.checks import CHECKS, look_at
from ewarn.verdict.evidence import Evidence
from tests.verdict.test_judge import FEW, observed, released, truth


def evidence(read_ms, **others):
    return Evidence(released(len(read_ms)), observed(read_ms, **others), truth([40.0] * len(read_ms[0])), FEW)


def test_checks_come_in_the_order_of_the_registry_and_by_its_names():
    names = [check.name for check in look_at(evidence([[10, 20, 30, 40]]))]
    assert names == [name for name in CHECKS if name in names]


def test_a_check_of_what_a_drill_has_not_is_left_out():
    names = {check.name for check in look_at(evidence([[10, 20, 30, 40]]))}
    assert set(CHECKS) - names == {"slow_end_on_newest", "held_back"}
    held = evidence([[10, 20, 30, None]]).due.copy()
    held[0, 3] = False
    assert {check.name for check in look_at(evidence([[10, 20, 30, None]], due=held, left_behind=0))} == set(CHECKS)


def test_a_kept_limit_says_how_many_landed_so_that_a_missed_one_can():
    (delivery,) = [check for check in look_at(evidence([[10, 20, 30, 1500]])) if check.name == "delivery"]
    assert (delivery.passed, delivery.landed, delivery.users) == (False, 3, 4)

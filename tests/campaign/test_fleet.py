"""The part of the campaign that drills over fleets: how it knows the truth, and what fails its rows."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ewarn.verdict.fleet import EARLIEST
from ewarn.verdict.receipts import RECEIPT
from tests.campaign import fleet, fleet_clocks, fleet_faults, fleet_rate
from tests.campaign.fleet_agent import NEVER_NS, STEP_NS, Step, wrong_ns
from tests.campaign.fleet_figures import Held, Known, busy_between, known, true_instants
from tests.campaign.fleet_ground import Ended
from tests.campaign.rows import Row

S = 1_000_000_000


def test_a_wrong_clock_drifts_and_steps_by_one_instant_for_all_who_read_it(tmp_path):
    step, other = (Step(tmp_path / "s1.step") for _ in range(2))
    assert wrong_ns(10 * S, 30, step.at) == 10 * S + 300_000
    assert step.at == NEVER_NS
    other.at = 10 * S
    assert wrong_ns(np.array([10 * S - 1, 10 * S]), 0, step.at).tolist() == [10 * S - 1, 10 * S + STEP_NS]


def test_the_truth_of_two_hosts_is_on_the_clock_of_the_conductor():
    read = [np.array([[15, 0]]), np.array([[7]])]
    assert true_instants(read, [10, -3]).tolist() == [[5, -1, 10]]


def rows(*bounds):
    """Receipts of users of one report: from, to."""
    receipts, earliest = np.zeros(len(bounds), RECEIPT), np.zeros(len(bounds), EARLIEST)
    receipts["user"], receipts["report"] = np.arange(len(bounds)), 1
    earliest["read"], receipts["read"] = zip(*bounds, strict=True)
    return receipts, earliest


def test_a_truth_outside_its_bound_is_seen_on_either_side():
    truth = np.array([[5_000, 5_000, 5_000, -1, 5_000]])
    found = known(*rows((4_000, 7_000), (5_001, 6_000), (4_000, 4_999), (-1, -1), (-1, -1)), truth)
    assert (found.receipts, found.told, found.inside) == (4, 3, 1)
    assert found.least_us == pytest.approx(-0.001)
    assert found.width_us[2] == 3.0


KNOWN = Known(20, 20, 20, (10.0, 20.0, 30.0), 1.0)
REPORTS = tuple({"targets": 2, "delivered": 2, "delivery_ms": {"max": 9.0}} for _ in range(10))
ENDED = Ended(0, [], {"reports": REPORTS, "harness": {"untrusted": []}}, Path())


def test_a_drill_whose_bounds_hold_every_truth_passes():
    row = fleet_clocks.judged("name", ENDED, KNOWN, 2)
    assert row.passed
    assert "width p50 10, p99 20, most 30 us" in row.seen


@pytest.mark.parametrize("bad", [{"inside": 19}, {"told": 19}, {"receipts": 19}], ids=str)
def test_one_truth_outside_fails_the_row(bad):
    assert not fleet_clocks.judged("name", ENDED, replace(KNOWN, **bad), 2).passed


def test_an_exit_code_or_a_receipt_that_is_missing_fails_the_row():
    assert not fleet_clocks.judged("name", replace(ENDED, code=4), KNOWN, 2).passed
    fewer = {"reports": ({**REPORTS[0], "delivered": 1}, *REPORTS[1:]), "harness": {}}
    assert not fleet_clocks.judged("name", replace(ENDED, verdict=fewer), KNOWN, 2).passed


STEPPED = "s2's clock was stepped or slewed, by 900.0 us at least"


@pytest.mark.parametrize(
    ("code", "untrusted", "passed"),
    [
        (4, [STEPPED], True),
        (4, [STEPPED, "delivery: a receipt on s2 is known only to within 900 ms"], True),
        (0, [STEPPED], False),
        (4, [], False),
        (4, [STEPPED, "more"], False),
        (4, [STEPPED, "delivery: a receipt on s1 is known only to within 900 ms"], False),
        (4, ["more"], False),
    ],
)
def test_a_step_is_refused_in_one_line_or_the_row_fails(code, untrusted, passed):
    assert fleet_clocks.judged_step(code, untrusted, 1).passed is passed


LOST = {"fleet": {"hosts": {"s1": {"lost": "why"}, "s2": {"lost": None}}}}


@pytest.mark.parametrize(
    ("code", "untrusted", "passed"), [(4, ["swarm host s1 was lost: why"], True), (4, [], False), (0, ["x"], False)]
)
def test_a_swarm_that_is_lost_is_named_in_one_line_or_the_row_fails(code, untrusted, passed):
    ended = Ended(code, [], LOST | {"harness": {"untrusted": untrusted}}, Path())
    assert fleet_faults.judged_lost("name", ended).passed is passed


def test_a_drill_is_refused_in_one_line_or_the_row_fails():
    ended = Ended(2, ["progress", "ewarn: s9: this key"], {}, Path())
    assert fleet_faults.judged_refused("name", ended, ("s9", "key")).passed
    assert not fleet_faults.judged_refused("name", ended, ("s8", "key")).passed
    assert not fleet_faults.judged_refused("name", replace(ended, code=3), ("s9", "key")).passed


HELD = Held(2, 1.05, 1.0, 1.0, 0.5, 5.0, 4.0)


def test_gateways_are_held_against_the_forecast_by_the_median_of_plays():
    others = [replace(HELD, seconds=one) for one in (1.09, 2.0)]
    row = fleet_rate.judged(2, 100, 50.0, [HELD, *others])
    assert row.passed
    assert (row.name, row.figure) == ("2 gateways", 1.09)
    assert not fleet_rate.judged(2, 100, 50.0, [HELD, others[1], others[1]]).passed
    assert not fleet_rate.judged(2, 100, 50.0, [replace(HELD, doubts=("why",))]).passed
    assert "the machine was at its limit" in fleet_rate.judged(2, 100, 50.0, [replace(HELD, busy=0.95)]).seen


def test_cores_in_use_are_those_between_two_instants():
    assert busy_between([(0, 0.0), (S, 1.0), (2 * S, 1.0)], S // 2, 3 * S // 2) == pytest.approx(0.5)


def test_where_there_can_be_no_hosts_one_row_says_why(monkeypatch):
    def none_here():
        raise fleet.InputError("no tools")

    monkeypatch.setattr(fleet, "found_here", none_here)
    assert fleet.fleet(short=True) == [Row("fleet", "fleet", "hosts on this machine", "left out: no tools", True)]

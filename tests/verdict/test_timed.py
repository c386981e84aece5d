"""The judge where instants are known within bounds: the truth is never called otherwise than it is."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from msgspec import to_builtins

from ewarn.verdict.bounds import width_of, widths_ns, with_widths
from ewarn.verdict.budgets import Budgets
from ewarn.verdict.fleet import EARLIEST, OfFleet, Width
from ewarn.verdict.judge import judge
from ewarn.verdict.receipts import NEVER
from tests.hosts_of_a_fleet import earliest, fleet, on
from tests.verdict.test_judge import FEW, check, observed, released, truth


def judged(seen, widths_ns=(40_000, 40_000), budgets=FEW, of=None, **fleet_of):
    """A drill of users on two swarms, whose bounds are so wide."""
    users = len(seen.receipts) // len(seen.duplicates)
    low = earliest(seen.receipts, users, np.array(widths_ns))
    known = replace(seen, earliest=low, fleet=fleet(users, **fleet_of), on=on(users))
    return judge(released(len(seen.duplicates)), known, of or truth([40.0] * users), budgets, lambda _: 10.0)


def plain(said):
    return to_builtins([said.reports, said.checks, said.warned, said.harness, said.first], enc_hook=str.__str__)


def test_a_limit_is_kept_by_the_latest_and_missed_by_the_earliest_and_between_nothing_is_known():
    late = replace(FEW, epicentre_s=2.0)
    kept, missed, between = (judged(observed([[10, 20, 30, ms]]), budgets=late) for ms in (1000, 1000.041, 1000.04))
    assert [check(said, "delivery").passed for said in (kept, missed, between)] == [True, False, None]
    assert [said.exit_code for said in (kept, missed, between)] == [0, 3, 4]
    assert (check(between, "delivery").measured, check(between, "delivery").earliest) == (1.0, 1.0)
    assert check(between, "delivery").note == (
        "not shown: between 1 s and 1.00004 s, by what is known of the hosts' clocks"
    )
    assert between.harness.untrusted == (
        "delivery: from 1 s to 1.00004 s, by what is known of the hosts' clocks, and the limit of 1 s lies between",
    )


def test_a_bound_over_a_hundredth_of_the_limit_is_refused_with_both_numbers_and_the_host():
    seen = observed([[10, 20, 30, 40]])
    said = judged(seen, (1_000_000, 3_000_000))
    assert (said.exit_code, said.harness.untrusted) == (0, ()), "exactly as much may be"
    said = judged(seen, (1_000_000, 3_000_001))
    assert said.exit_code == 4
    assert said.harness.untrusted == (
        "epicentre: a receipt on s2 is known only to within 3.000001 ms, and 3 ms is 1 % of the limit of 0.3 s",
    )
    late = judged(observed([[10, 20, 30, 5000]]), (12_000_000, 0))
    assert check(late, "delivery").passed is False
    assert [line.split(" is known")[0] for line in late.harness.untrusted] == [
        "delivery: a receipt on s1",
        "epicentre: a receipt on s1",
    ]


def test_a_bound_matters_to_the_checks_that_look_at_it():
    # Wide for users of the second report, which is no check near the epicentre.
    seen = observed([[10, 20, None, None], [None, None, 10, 10]])
    assert judged(seen, (0, 5_000_000)).harness.untrusted == ()
    assert judged(observed([[10, 20, 10, 10]]), (0, 5_000_000)).exit_code == 4
    nobody_near = truth([400.0] * 4)
    assert judged(observed([[10, 20, 10, 10]]), (0, 5_000_000), of=nobody_near).exit_code == 0, "not shown"
    assert judged(observed([[10, 20, 10, 10]]), (0, 15_000_000), of=nobody_near).exit_code == 4


def test_a_lost_swarm_is_named_before_anything_else():
    said = judged(observed([[10, 20, None, None]], disagreements=["sums"]), lost="silent from 9.3 s after origin")
    assert said.exit_code == 4
    assert said.harness.untrusted == ("swarm host s2 was lost: silent from 9.3 s after origin", "sums")


def test_the_harness_is_the_bottleneck_at_either_end_of_a_bound():
    # At the latest both missed the limit, at the earliest the kernel had met it.
    seen = observed([[10, 20, 30, 1400]], [[10, 20, 30, 1000.02]])
    assert [line for line in judged(seen).harness.untrusted if "bottleneck" in line] == [
        "delivery: the sampled frames were read after 1.400 s but had arrived after 1.000 s, limit 1 s: "
        "the harness was the bottleneck"
    ]
    assert judge(released(1), seen, truth([40.0] * 4), FEW, lambda _: 10.0).exit_code == 3


RUNS = st.integers(1, 3).flatmap(
    lambda reports: st.tuples(
        arrays(np.float64, (reports, 6), elements=st.sampled_from([1, 299.99, 300, 999.9, 1000, 1000.1, 2500, np.nan])),
        arrays(np.int64, (2, 2), elements=st.integers(0, 200_000)),
        arrays(np.int64, (reports, 6), elements=st.integers(0, 200_000)),
    )
)


@given(RUNS)
def test_whatever_is_true_within_the_bounds_is_never_judged_otherwise(drawn):
    read_ms, ends, shift = drawn
    rows = [[None if np.isnan(one) else one for one in row] for row in read_ms]
    seen, reports = observed(rows), len(rows)
    most = ends.sum(axis=0)[np.tile(on(6), reports)]
    before = np.minimum(shift.ravel(), most)
    low, late = earliest(seen.receipts, 6, np.zeros(2, np.int64)), seen.receipts.copy()
    there = late["read"] != NEVER
    low["read"][there] -= before[there]
    late["read"][there] += (most - before)[there]
    of = truth([10.0, 20, 30, 40, 45, 60], s_s=[6.2, 6.31, 7.0, 7.0000001, 9.0, 20.0])
    said = judge(released(reports), replace(seen, receipts=late, earliest=low), of, FEW, lambda _: 10.0)
    true = judge(released(reports), seen, of, FEW, lambda _: 10.0)
    for mine, its in zip(said.checks, true.checks, strict=True):
        assert mine.passed is its.passed or (mine.passed is None and said.exit_code == 4)
        assert mine.measured is None or its.measured is None or (mine.earliest or 0) <= its.measured <= mine.measured
    for name in ("p10", "p50", "p90"):
        mine, its = (getattr(one.warned.lead_s, name) for one in (said, true))
        assert mine is None if its is None else mine <= its
    assert said.warned.in_time <= true.warned.in_time


@given(RUNS)
def test_one_clock_is_the_case_of_width_zero(drawn):
    rows = [[None if np.isnan(one) else one for one in row] for row in drawn[0]]
    seen = observed(rows, rows)
    seen = replace(seen, ideal=np.tile(np.arange(6.0), (len(drawn[0]), 1)))
    low = earliest(seen.receipts, 6, np.zeros(2, np.int64))
    reports, of = released(len(drawn[0])), truth([40.0] * 6)
    alone = judge(reports, seen, of, FEW, lambda _: 10.0)
    among = judge(reports, replace(seen, earliest=low, on=on(6)), of, FEW, lambda _: 10.0)
    told = plain(among)
    for report in told[0]:
        between, point = report.pop("displacement_between"), report["displacement"]
        if point["users"]:
            assert between["least"]["p50"] <= point["p50"] <= between["most"]["p50"]
    assert told == plain(alone)
    assert "earliest" not in str(plain(alone)) and "between" not in str(plain(alone))


def test_widths_are_told_over_all_receipts_and_by_swarm():
    seen = observed([[10, 20, 30, None]])
    low = earliest(seen.receipts, 4)
    assert widths_ns(seen.receipts, low).tolist() == [40_000, 40_000, 900_000, NEVER]
    told = with_widths(fleet(4), seen.receipts, low, on(4))
    assert told.width_us == Width(p50=40.0, p99=900.0, max=900.0)
    assert told.hosts["s2"].clock.width_us == Width(p50=900.0, p99=900.0, max=900.0)
    assert told.hosts["g1"] == fleet(4).hosts["g1"]
    assert width_of(np.full(3, NEVER)) == Width()


@pytest.mark.parametrize("budgets", [Budgets(), FEW])
def test_without_hosts_a_bound_is_refused_without_a_name(budgets):
    seen = observed([[10, 20, 30, 40]])
    low = np.zeros(4, EARLIEST)
    low["read"] = low["kernel"] = seen.receipts["read"] - 20_000_000
    low["kernel"] = NEVER
    for of in (None, OfFleet(hosts={})):
        said = judge(released(1), replace(seen, earliest=low, fleet=of), truth([40.0] * 4), budgets, lambda _: 10.0)
        assert said.harness.untrusted[0].startswith("delivery: a receipt is known only to within 20 ms")

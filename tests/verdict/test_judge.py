"""The judge on small drills made by hand: times in milliseconds after release, None for never."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from msgspec import to_builtins
from msgspec.structs import asdict

from ewarn.verdict.budgets import Budgets
from ewarn.verdict.judge import judge
from ewarn.verdict.observed import Observed, Released, Truth
from ewarn.verdict.receipts import NEVER, RECEIPT

START_NS = 5_000_000_000_000
RELEASE_S = (6.0, 8.0, 10.0)
STATUSES = ("update", "update", "final", "cancel", "reviewed")
FEW = Budgets(delivery_users=4, epicentre_users=2, epicentre_fewest=1)
"""Budgets that a drill of four users can keep in full."""


def receipts(read_ms, kernel_ms=None, unreleased=()):
    """A table of receipts from lists of milliseconds by report and user."""
    reports, users = len(read_ms), len(read_ms[0])
    table = np.zeros((reports, users), RECEIPT)
    table["user"] = np.arange(users)
    table["report"] = np.arange(1, reports + 1)[:, None]
    released = START_NS + np.array([round((s - RELEASE_S[0]) * 1e9) for s in RELEASE_S[:reports]])
    table["released"] = released[:, None]
    for name, times in (("read", read_ms), ("kernel", kernel_ms or [[None] * users] * reports)):
        for report in range(reports):
            for user, ms in enumerate(times[report]):
                table[name][report, user] = NEVER if ms is None else released[report] + round(ms * 1e6)
    table["released"][list(unreleased)] = NEVER
    return table.ravel()


def observed(read_ms, kernel_ms=None, unreleased=(), **others):
    reports = len(read_ms)
    facts = {
        "duplicates": np.zeros(reports, np.int64),
        "out_of_order": np.zeros(reports, np.int64),
        "checked": 5,
        "wrong": 0,
        "disagreements": [],
    }
    return Observed(receipts(read_ms, kernel_ms, unreleased), **{**facts, **others})


def released(count):
    return [
        Released(number, "final" if number == count else "update", RELEASE_S[number - 1], 6.0)
        for number in range(1, count + 1)
    ]


def truth(distance_km, s_s=None, level=None, magnitude=6.8):
    distance = np.array(distance_km, np.float64)
    return Truth(
        magnitude,
        distance,
        np.hypot(distance, 16) / 3.5 if s_s is None else np.array(s_s, np.float64),
        np.array(["yellow"] * len(distance) if level is None else level),
    )


def verdict(read_ms, kernel_ms=None, *, unreleased=(), of=None, budgets=FEW, theoretical_km=10.0, **others):
    seen = observed(read_ms, kernel_ms, unreleased, **others)
    of = of or truth([40.0] * len(read_ms[0]))
    return judge(released(len(read_ms)), seen, of, budgets, lambda _: theoretical_km)


def check(said, name):
    (found,) = [one for one in said.checks if one.name == name]
    return found


def test_a_drill_within_all_budgets_at_the_promised_numbers_passes():
    said = verdict([[10, 20, 30, 40]])
    assert {one.name: one.passed for one in said.checks} == dict.fromkeys(
        ["first_report", "delivery", "epicentre", "reach", "content", "once_and_in_order"], True
    )
    assert said.passed
    assert said.exit_code == 0


def test_what_was_measured_is_what_was_received():
    said = verdict([[10, 20, 30, 40], [400, 10, 10, 10]])
    assert check(said, "first_report").measured == 6.0
    assert check(said, "delivery").measured == pytest.approx(0.4)
    assert check(said, "epicentre").measured == pytest.approx(0.04)  # the first report alone
    assert check(said, "reach").measured == 1
    assert asdict(said.reports[1].delivery_ms) == {"p50": 10.0, "p90": 400.0, "p99": 400.0, "p999": 400.0, "max": 400.0}
    assert (said.reports[0].number, said.reports[0].status, said.reports[1].status) == (1, "update", "final")
    assert (said.reports[1].release_s, said.reports[1].magnitude) == (8.0, 6.0)


def test_1049_ms_are_over_a_budget_of_one_second():
    said = verdict([[10, 20, 30, 1049]])
    assert check(said, "delivery").measured == pytest.approx(1.049)
    assert check(said, "delivery").passed is False


def test_exactly_at_the_limit_is_within_it():
    assert check(verdict([[10, 20, 30, 1000]]), "delivery").passed is True


def test_targets_are_delivered_and_superseded_and_missing_together():
    said = verdict([[10, None, None, None], [None, 10, None, None], [None, None, 10, None]])
    counts = [(one.delivered, one.superseded, one.missing) for one in said.reports]
    assert counts == [(1, 2, 1), (1, 1, 2), (1, 0, 3)]
    assert all(one.targets == 4 == sum(counts[row]) for row, one in enumerate(said.reports))


def test_each_report_is_held_against_the_release_of_the_next():
    # Two seconds apart: one user reads the first at that very instant, which is too late, and one never.
    said = verdict([[10, 1999, 2000, None], [10, 20, 2500, 30], [1, 2, 3, 4]])
    assert [one.before_next and (one.before_next.next_s, one.before_next.users) for one in said.reports] == [
        (2.0, 2), (2.0, 3), None,
    ]  # fmt: skip
    assert [one.last_ms for one in said.reports] == [2000.0, 2500.0, 4.0]
    assert check(said, "delivery").passed is False


def test_a_report_for_nobody_and_one_that_never_went_out_are_no_next():
    due = np.array([[True] * 4, [False] * 4, [True, True, True, False]])
    said = verdict([[3000, 10, 10, 10], [None] * 4, [10, 10, 10, None]], due=due)
    assert (said.reports[0].before_next.next_s, said.reports[0].before_next.users) == (4.0, 4)
    assert said.reports[1].before_next is said.reports[2].before_next is said.reports[1].last_ms is None
    cut = verdict([[3000, 10, 10, 10], [None] * 4], unreleased=[1])
    assert [one.before_next for one in cut.reports] == [None, None]


@given(arrays(np.float64, (3, 5), elements=st.sampled_from([1.0, 1999.0, 2001.0, 3000.0, np.nan])))
def test_whatever_was_read_before_the_next_is_at_most_what_was_read(read_ms):
    rows = [[None if np.isnan(ms) else ms for ms in row] for row in read_ms]
    for row, one in zip(read_ms, verdict(rows).reports[:2], strict=False):
        assert one.before_next.users == (row < 2000).sum() <= one.delivered <= one.targets
        assert (one.last_ms is None) == (one.delivered == 0)


def test_a_user_who_never_connected_is_missing_and_infinitely_late():
    said = verdict([[10, 20, 30, None]])
    assert said.reports[0].missing == 1
    assert asdict(said.reports[0].delivery_ms) == {"p50": 20.0, "p90": None, "p99": None, "p999": None, "max": None}
    assert check(said, "delivery").measured is None
    assert check(said, "delivery").passed is False
    assert check(said, "epicentre").measured is None
    assert check(said, "epicentre").passed is False
    assert check(said, "reach").measured == 0.75
    assert check(said, "reach").passed is False
    assert said.exit_code == 3


def test_a_superseded_user_is_reached_but_infinite_in_the_percentiles():
    said = verdict([[10, 20, 30, None], [10, 10, 10, 10]])
    assert said.reports[0].superseded == 1
    assert said.reports[0].missing == 0
    assert said.reports[0].delivery_ms.max is None
    assert check(said, "reach").passed is True
    assert check(said, "delivery").measured is None
    assert check(said, "delivery").passed is False


def test_an_older_report_does_not_make_up_for_a_newer_one():
    said = verdict([[10, 10, 10, 10], [10, 10, 10, None]])
    assert said.reports[1].missing == 1
    assert check(said, "reach").measured == 0.75
    assert check(said, "reach").passed is False


def test_a_reach_below_all_can_be_asked_for():
    assert check(verdict([[10, 20, 30, None]], budgets=replace(FEW, reach=0.75)), "reach").passed is True


def test_within_a_limit_below_the_promised_users_shows_nothing_and_says_both_numbers():
    said = verdict([[10, 20, 30, 40]], budgets=Budgets(epicentre_fewest=1))
    for name, users in (("delivery", 500_000), ("epicentre", 200_000)):
        one = check(said, name)
        assert one.passed is None
        assert (one.users, one.promised_users) == (4, users)
        assert "4" in one.note and f"{users:,}" in one.note
    assert said.passed
    assert said.exit_code == 0


def test_over_a_limit_is_false_however_few_the_users():
    said = verdict([[10, 20, 30, 1500]], budgets=Budgets(epicentre_fewest=1))
    assert check(said, "delivery").passed is False
    assert check(said, "epicentre").passed is False
    assert said.exit_code == 3


@pytest.mark.parametrize("ms", [10, 5000, None])
def test_the_epicentre_is_not_shown_by_fewer_than_a_thousand_users(ms):
    said = verdict([[ms, 20, 30, 40]], budgets=Budgets())
    one = check(said, "epicentre")
    assert one.passed is None
    assert one.users == 4
    assert "4" in one.note and "1,000" in one.note


@pytest.mark.parametrize(("users", "passed"), [(999, None), (1000, True)])
def test_a_thousand_users_near_the_epicentre_are_enough(users, passed):
    said = verdict([[10] * users], budgets=Budgets(epicentre_users=1000))
    assert check(said, "epicentre").passed is passed
    assert check(said, "epicentre").users == users


def test_the_epicentre_is_the_99th_percentile_of_those_near_it():
    late = [10] * 990 + [900] * 10
    assert check(verdict([late]), "epicentre").measured == pytest.approx(0.01)
    assert check(verdict([[*late[1:], 900]]), "epicentre").measured == pytest.approx(0.9)


def test_the_epicentre_counts_only_users_within_50_km_whose_s_is_still_to_come_at_release():
    # By distance: S long past, S at the very release, S still to come, at the border, beyond it.
    of = truth([5.0, 20.0, 40.0, 50.0, 50.1], [2.0, 6.0, 6.1, 12.0, 15.0])
    said = verdict([[9000, 9000, 100, 200, 9000]], of=of)
    assert check(said, "epicentre").users == 2
    assert check(said, "epicentre").measured == pytest.approx(0.2)
    assert check(said, "epicentre").passed is True


def test_an_epicentre_where_nobody_lives_measures_nothing():
    one = check(verdict([[10, 20, 30, 40]], of=truth([80.0] * 4)), "epicentre")
    assert (one.measured, one.passed, one.users) == (None, None, 0)


def test_a_first_report_after_15_seconds_is_too_late():
    late = [Released(1, "final", 15.001, 6.0)]
    said = judge(late, observed([[10, 20]]), truth([100.0, 200.0]), FEW, lambda _: 10.0)
    assert check(said, "first_report").passed is False
    assert check(said, "first_report").measured == 15.001
    assert said.exit_code == 3


def test_nothing_is_promised_of_a_first_report_below_magnitude_5():
    small = verdict([[10, 20, 30, 40]], of=truth([40.0] * 4, magnitude=4.9))
    assert check(small, "first_report").passed is None
    assert "5" in check(small, "first_report").note
    assert check(verdict([[10, 20, 30, 40]], of=truth([40.0] * 4, magnitude=5.0)), "first_report").passed is True


def test_a_first_report_that_was_never_released_fails():
    said = verdict([[None] * 4], unreleased=[0], cut_short="the gateway died")
    assert check(said, "first_report").measured is None
    assert check(said, "first_report").passed is False
    assert check(said, "reach").measured == 0
    assert said.harness.cut_short == "the gateway died"
    assert said.warned.missing == 4
    assert said.exit_code == 3


def test_a_later_report_that_was_never_released_is_missing_for_all():
    said = verdict([[10] * 4, [None] * 4], unreleased=[1])
    assert said.reports[1].missing == 4
    assert said.reports[1].delivery_ms.p50 is None
    assert check(said, "first_report").passed is True
    assert check(said, "reach").passed is False
    assert said.exit_code == 3


@pytest.mark.parametrize("kind", ["duplicates", "out_of_order"])
def test_a_frame_received_twice_or_out_of_order_fails(kind):
    said = verdict([[10] * 4, [10] * 4], **{kind: np.array([0, 2])})
    assert check(said, "once_and_in_order").passed is False
    assert check(said, "once_and_in_order").measured == 2
    assert [getattr(one, kind) for one in said.reports] == [0, 2]
    assert said.exit_code == 3


def test_one_wrong_frame_among_those_checked_fails():
    said = verdict([[10] * 4], checked=8, wrong=1)
    assert check(said, "content").passed is False
    assert check(said, "content").measured == 0.875
    assert (said.harness.checked_frames, said.harness.wrong_frames) == (8, 1)
    assert said.exit_code == 3


def test_of_no_frame_checked_nothing_is_said():
    said = verdict([[10] * 4], checked=0)
    assert check(said, "content").passed is None
    assert check(said, "content").measured is None
    assert said.exit_code == 0


def test_a_delivery_that_was_late_only_in_the_clients_hands_cannot_be_trusted():
    said = verdict([[10, 20, 30, 1500]], [[None, None, None, 400]])
    (why,) = said.harness.untrusted
    assert "delivery" in why
    assert "1.500" in why and "0.400" in why
    assert said.exit_code == 4


def test_an_epicentre_that_was_late_only_in_the_clients_hands_cannot_be_trusted():
    said = verdict([[10, 20, 30, 500]], [[None, None, None, 200]])
    assert [why.split(":")[0] for why in said.harness.untrusted] == ["epicentre"]
    assert said.exit_code == 4


def test_a_frame_that_arrived_and_was_never_read_cannot_be_trusted():
    assert verdict([[10, 20, 30, None]], [[None, None, None, 40]]).exit_code == 4


@pytest.mark.parametrize("kernel_ms", [[[None, None, None, 1400]], [[None] * 4], [[5, 10, 20, 1200]]])
def test_a_delivery_that_was_late_in_the_kernel_too_or_never_stamped_is_the_gateways(kernel_ms):
    said = verdict([[10, 20, 30, 1500]], kernel_ms)
    assert said.harness.untrusted == ()
    assert said.exit_code == 3


def test_a_late_user_without_a_stamp_is_not_compared_with_the_stamps_of_others():
    assert verdict([[10, 20, 30, 1500]], [[5, 10, 20, None]]).exit_code == 3


def test_the_lag_of_the_clients_is_measured_where_the_kernel_stamped():
    said = verdict([[10, 20, 30, 40]], [[None, 15, 28, None]])
    assert said.harness.stamped == 2
    assert said.harness.lag_ms.p50 == pytest.approx(2.0)
    assert said.harness.lag_ms.max == pytest.approx(5.0)


def test_sums_that_disagree_cannot_be_trusted_even_if_all_passed():
    said = verdict([[10, 20, 30, 40]], disagreements=["the swarm read 5 frames and accounts for 4"])
    assert said.passed
    assert said.exit_code == 4
    assert "the swarm read 5 frames and accounts for 4" in said.harness.untrusted


def test_users_are_warned_in_time_late_or_never():
    # Release at 6 s: S at 6.5, 6.05, 30 and 40 s, the warning read at 6.1, 6.1, 6.1 and never.
    of = truth([10.0, 5.0, 90.0, 120.0], [6.5, 6.05, 30.0, 40.0], ["red", "red", "orange", "blue"])
    warned = verdict([[100, 100, 100, None]], of=of).warned
    assert (warned.in_time, warned.late, warned.missing) == (2, 1, 1)
    assert to_builtins(warned.by_level) == {
        "red": {"users": 2, "in_time": 1},
        "orange": {"users": 1, "in_time": 1},
        "yellow": {"users": 0, "in_time": 0},
        "blue": {"users": 1, "in_time": 0},
    }


def test_a_user_is_warned_by_the_first_report_of_any_number_that_he_reads():
    # The first report at 6 s was missed, the second at 8 s read at 8.1: in time for S at 9, late for S at 8.05.
    of = truth([20.0, 20.0], [9.0, 8.05])
    warned = verdict([[None, None], [100, 100]], of=of).warned
    assert (warned.in_time, warned.late, warned.missing) == (1, 1, 0)


def test_lead_time_runs_from_reading_to_the_true_s():
    of = truth([50.0] * 10, np.arange(16.0, 26.0))
    lead = verdict([[1000] * 10], of=of).warned.lead_s
    assert asdict(lead) == {"p10": pytest.approx(9.0), "p50": pytest.approx(13.0), "p90": pytest.approx(17.0)}


def test_a_lead_time_of_users_who_were_never_warned_is_none():
    of = truth([50.0] * 4, [16.0] * 4)
    assert verdict([[1000, None, None, 1000]], of=of).warned.lead_s.p10 is None


def test_the_effective_blind_zone_is_never_smaller_than_the_theoretical_one():
    zones = verdict([[10, 20, 30, 40]], theoretical_km=12.34).warned.blind_zone_km
    assert asdict(zones) == {"theoretical": 12.3, "effective": 12.3}


def test_the_effective_blind_zone_reaches_as_far_as_users_were_late():
    distance = np.linspace(0, 100, 1001)
    of = truth(distance, np.where(distance <= 30, 6.0, 20.0))
    zones = verdict([[500] * 1001], of=of).warned.blind_zone_km
    assert zones.theoretical == 10.0
    assert zones.effective == pytest.approx(30, abs=0.6)


def test_an_effective_blind_zone_without_end_is_none():
    of = truth([10.0, 50.0, 90.0])
    assert verdict([[None] * 3], of=of).warned.blind_zone_km.effective is None


def test_judging_changes_no_receipt():
    seen = observed([[10, None], [20, 30]])
    before = seen.receipts.copy()
    judge(released(2), seen, truth([20.0, 40.0]), FEW, lambda _: 10.0)
    assert np.array_equal(seen.receipts, before)


def test_a_missed_limit_says_how_many_were_in_time_of_the_report_that_fewest_had():
    said = verdict([[10, 20, 30, 1_500], [10, 999, 1_001, None], [10, 20, 30, 40]])
    assert check(said, "delivery").passed is False
    assert check(said, "delivery").landed == 2
    assert check(verdict([[10, 20, 30, 40]]), "delivery").landed == 4


def test_who_was_near_the_epicentre_and_told_within_the_limit_is_counted():
    said = verdict([[10, 20, 30, 1500]], budgets=Budgets(epicentre_fewest=1))
    assert (check(said, "epicentre").landed, check(said, "epicentre").users) == (3, 4)


def test_how_far_each_report_strayed_from_the_order_that_was_meant_is_told():
    kernel = [[1, 2, 3, 4], [4, 3, 2, 1]]
    ideal = np.array([[1.0, 2.0, 3.0, 4.0]] * 2)
    said = verdict([[5, 5, 5, 5]] * 2, kernel, ideal=ideal)
    assert [report.displacement.max for report in said.reports] == [0.0, 0.75]
    assert verdict([[5, 5, 5, 5]], kernel[:1]).reports[0].displacement.users == 0


def test_whom_a_gate_held_a_report_back_from_is_no_target_of_it():
    due = np.array([[True, True, False, False], [True, True, True, False]])
    said = verdict([[10, 20, None, None], [10, 20, 30, None]], due=due)
    assert [(one.targets, one.held_back, one.missing) for one in said.reports] == [(2, 2, 0), (3, 1, 0)]
    assert check(said, "reach").passed is True
    assert check(said, "delivery").measured == pytest.approx(0.03)
    assert check(said, "delivery").users == 3
    assert (said.warned.in_time, said.warned.missing, said.warned.suppressed) == (3, 0, 1)


def test_a_report_that_came_in_spite_of_a_gate_fails_the_drill():
    said = verdict([[10, 20, 30, 40]], due=np.array([[True, True, True, False]]))
    assert check(said, "held_back").measured == 1
    assert said.passed is False


def test_where_everyone_is_a_target_nothing_is_said_of_gates():
    assert "held_back" not in [one.name for one in verdict([[10, 20, 30, 40]]).checks]


def test_where_a_report_is_due_to_nobody_nothing_is_shown_and_nothing_fails():
    said = verdict([[None] * 4], due=np.zeros((1, 4), bool))
    assert check(said, "delivery").passed is None
    assert check(said, "reach").passed is None
    assert check(said, "first_report").passed is None
    assert check(said, "first_report").measured is None
    assert said.first is None
    assert said.warned.suppressed == 4
    assert asdict(said.warned.blind_zone_km) == {"theoretical": None, "effective": None}


def test_a_slow_client_that_ended_on_an_older_report_fails_the_drill():
    assert check(verdict([[10, 20, 30, 40]], left_behind=0), "slow_end_on_newest").passed is True
    assert verdict([[10, 20, 30, 40]], left_behind=1).passed is False


def test_the_quick_report_must_reach_everyone_but_need_not_be_quick():
    reports = [released(2)[0], Released(2, "reviewed", RELEASE_S[1], 6.0)]
    of = truth([40.0] * 4)
    said = judge(reports, observed([[10, 20, 30, 40], [5000] * 4]), of, FEW, lambda _: 10.0)
    assert check(said, "delivery").measured == pytest.approx(0.04)
    missed = judge(reports, observed([[10, 20, 30, 40], [None] * 4]), of, FEW, lambda _: 10.0)
    assert check(missed, "reach").passed is False
    warned_by_it_alone = judge(reports, observed([[None] * 4, [10] * 4]), of, FEW, lambda _: 10.0)
    assert warned_by_it_alone.warned.missing == 4


def test_promise_and_blind_zone_are_judged_by_the_first_report_that_was_public():
    due = np.array([[False] * 4, [True] * 4])
    reports = [
        replace(released(2)[0], magnitude=4.8, held_back="from all 4 users by the magnitude gate"),
        released(2)[1],
    ]
    seen = observed([[None] * 4, [10, 20, 30, 40]], due=due)
    said = judge(reports, seen, truth([40.0] * 4), FEW, lambda after_s: 2 * after_s)
    assert said.first == 2
    assert check(said, "first_report").measured == RELEASE_S[1]
    assert (
        check(said, "first_report").held_back == "report 1 (M 4.8) was held back from all 4 users by the magnitude gate"
    )
    assert check(said, "epicentre").users == 4
    assert check(said, "epicentre").measured == pytest.approx(0.04)
    assert said.warned.blind_zone_km.theoretical == 2 * RELEASE_S[1]


@given(
    st.integers(1, 5).flatmap(
        lambda reports: st.tuples(
            arrays(bool, (reports, 6)), st.lists(st.sampled_from(STATUSES), min_size=reports, max_size=reports)
        )
    )
)
def test_whatever_the_gates_the_first_report_is_the_first_that_warned_somebody(drawn):
    due, statuses = drawn
    reports = [Released(row + 1, status, 6.0 + 2 * row, 6.0) for row, status in enumerate(statuses)]
    read_ms = [[10 if to else None for to in row] for row in due]
    table = np.concatenate([receipts([row]) for row in read_ms])
    none = np.zeros(len(due), np.int64)
    seen = Observed(table, none, none, 5, 0, [], due=due)
    said = judge(reports, seen, truth([40.0] * 6), FEW, lambda after_s: after_s)
    public = [one for one, to in zip(reports, due, strict=True) if to.any() and one.status in ("update", "final")]
    first = check(said, "first_report")
    if not public:
        assert (said.first, first.measured, first.passed) == (None, None, None)
        assert asdict(said.warned.blind_zone_km) == {"theoretical": None, "effective": None}
        assert said.warned.in_time == said.warned.late == said.warned.missing == 0
    else:
        assert (said.first, first.measured) == (public[0].number, public[0].release_s)
        assert said.warned.blind_zone_km.theoretical == public[0].release_s


def test_a_report_that_never_went_out_is_no_first_public_one_and_begins_no_blind_zone():
    """The drill was cut short after a report that a gate held back from everybody."""
    due = np.array([[False] * 4, [True] * 4])
    said = judge(released(2), observed([[None] * 4] * 2, unreleased=[1], due=due), truth([40.0] * 4), FEW, float)
    assert said.first is None
    assert check(said, "first_report").measured is None
    assert check(said, "first_report").passed is False
    assert check(said, "reach").measured == 0
    assert asdict(said.warned.blind_zone_km) == {"theoretical": None, "effective": None}
    assert said.warned.suppressed == 4, "of the reports that went out, as every other view has it"


def test_of_a_drill_cut_short_fates_are_of_what_went_out():
    due = np.array([[True, True, False], [True, True, True]])
    seen = observed([[10, None, None], [None] * 3], unreleased=[1], due=due)
    warned = judge(released(2), seen, truth([40.0] * 3), FEW, float).warned
    assert (warned.in_time, warned.missing, warned.suppressed) == (1, 1, 1)

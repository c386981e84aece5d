import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ewarn.briefing import curves
from ewarn.briefing.run import load
from ewarn.verdict.fate import Fate
from tests.briefing.conftest import simulated


@given(st.lists(st.one_of(st.floats(0, 100), st.just(np.inf)), min_size=1, max_size=50))
def test_a_delivery_curve_never_reaches_those_who_never_read(delays):
    delay_s = np.array(delays)
    at_s, share = curves.delivery(delay_s)
    assert np.isfinite(at_s).all()
    assert (np.diff(share) > 0).all()
    if len(share):
        assert share[-1] == pytest.approx(np.isfinite(delay_s).mean())
    for seconds, told in zip(at_s, share, strict=True):
        assert told <= (delay_s <= seconds).mean() + 1e-12


def test_a_curve_of_many_has_few_points_and_both_ends():
    at_s, share = curves.delivery(np.arange(100_000) / 1e3)
    assert len(at_s) == curves.POINTS
    assert (at_s[0], at_s[-1], share[-1]) == (0.0, 99.999, 1.0)


def test_by_rank_of_an_order_by_places_later_places_wait_longer(run):
    ranked = curves.by_rank(run, run.first)
    assert "deadline" in ranked.by
    assert (np.diff(ranked.p50_s) > 0).all()
    assert (ranked.p50_s <= ranked.p90_s).all()
    assert (ranked.p90_s <= ranked.max_s).all()
    assert ranked.share[-1] == 1.0


def test_by_rank_of_another_order_goes_by_the_gateways_own_note(tmp_path):
    simulated(tmp_path, order="fifo")
    run = load(tmp_path)
    ranked = curves.by_rank(run, run.first)
    assert "fifo order is not in the files" in ranked.by
    assert (np.diff(ranked.p50_s) > 0).all()


def test_where_nobody_noted_anything_there_is_no_rank_and_no_plan(tmp_path):
    simulated(tmp_path, order="random")
    rows = np.load(tmp_path / "ledger.npy")
    rows["written"], rows["planned"] = -1, -1
    np.save(tmp_path / "ledger.npy", rows)
    run = load(tmp_path)
    assert curves.by_rank(run, run.first) is None
    assert curves.by_plan(run, run.first) == []


def test_plans_hold_all_to_whom_the_report_was_due(tmp_path):
    simulated(tmp_path)
    rows = np.load(tmp_path / "ledger.npy")
    rows["planned"][(rows["user"] % 3 == 0) & (rows["planned"] > 0)] += 1000
    np.save(tmp_path / "ledger.npy", rows)
    run = load(tmp_path)
    groups = curves.by_plan(run, run.first)
    assert len(groups) == 2
    assert sum(one.users for one in groups) == run.due[run.first].sum()


def test_platforms_are_named_as_the_verdict_has_them(tmp_path):
    simulated(tmp_path, platforms={"WeChat": {}, "QQ": {}, "both": 0})
    run = load(tmp_path)
    groups = curves.by_platform(run, run.first)
    assert [one.name for one in groups] == ["WeChat"]


def test_lead_times_by_ring_are_those_of_all_who_were_to_be_told(run):
    found = curves.lead_by_distance(run)
    due = run.fates.due
    assert found.users.sum() == due.sum()
    ring = due & (run.users["distance_km"] // 10 == found.inner_km[3] // 10)
    assert found.p50_s[3] == np.sort(run.fates.lead_s[ring])[(ring.sum() + 1) // 2 - 1]


def test_cells_and_levels_count_everyone_once(run):
    assert curves.cells(run).users.sum() == run.fates.due.sum()
    levels = curves.fates_by_level(run)
    assert sum(levels[name].sum() for name in levels if name != "all") == levels["all"].sum() == len(run.users)
    assert levels["all"][Fate.IN_TIME] == run.fates.in_time.sum()

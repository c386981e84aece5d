import numpy as np

from ewarn.briefing import deliveries, replay
from ewarn.briefing.run import load
from ewarn.briefing.sheet import Sheet
from tests.briefing.conftest import plain, simulated


def sheet(run):
    return Sheet(run, replay.setting(run))


def test_delivery_is_told_of_the_first_report_that_no_gate_held_back(tmp_path):
    simulated(tmp_path)
    run = load(tmp_path)
    said = plain(deliveries.delivery(sheet(run)))
    due, read = run.due[1], np.isfinite(run.delay_s[1])
    assert f"Report 2: {(due & read).sum():,} of {due.sum():,} users read it" in said
    assert "0.3 s: near the epicentre" in said
    assert "1 s: the last user" in said


def test_of_each_report_it_is_told_how_many_had_read_it_before_the_next(tmp_path):
    rows = [
        {"number": number, "status": "update", "release_s": 6.0, "magnitude": 6.0, "targets": 300, "delivered": 300,
         "superseded": 0, "missing": 0, "before_next": {"next_s": 1.0, "users": 271} if number == 1 else None}
        for number in (1, 2)
    ]  # fmt: skip
    simulated(tmp_path, reports=rows)
    said = plain(deliveries.delivery(sheet(load(tmp_path))))
    assert "before the next" in said
    assert said.count(">271<") == 1


def test_order_is_told_by_rank_and_shard_and_platforms_only_where_there_are_two(run, tmp_path):
    said = plain(deliveries.by_order(sheet(run)))
    assert "By rank, report 2" in said
    assert "By shard, report 2" in said
    assert "By platform" not in said
    simulated(tmp_path, platforms={"WeChat": {}, "QQ": {}, "both": 1})
    assert "By platform, report 2" in plain(deliveries.by_order(sheet(load(tmp_path))))


def test_of_many_reports_the_table_behind_the_curves_has_those_that_were_read_most(tmp_path):
    simulated(tmp_path, magnitudes=(5.6, 5.8, 6.0, 6.1, 6.2, 6.3, 6.4, 6.5))
    rows = np.load(tmp_path / "ledger.npy")
    rows["received"][(rows["report"] > 1) & (rows["report"] < 8) & (rows["user"] > 20)] = -1
    np.save(tmp_path / "ledger.npy", rows)
    said = plain(deliveries.delivery(sheet(load(tmp_path))))
    head = said.split('<table id="delivery-figures">')[1].split("</thead>")[0]
    assert ">report 8<" in head and ">report 1<" in head
    assert head.count(">report ") == deliveries.MOST_REPORTS

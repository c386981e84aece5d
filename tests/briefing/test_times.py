import numpy as np
import pytest

from ewarn.briefing import curves, times
from ewarn.briefing.happenings import happenings
from ewarn.briefing.run import load
from tests.briefing.conftest import simulated

FAULT = {"kind": "down", "on": "QQ", "from_s": 10.0, "back_s": 16.0, "saved": 1, "cut_off": 2}


def test_the_map_of_heat_counts_every_reading_once_and_who_never_read(tmp_path):
    simulated(tmp_path, reach=0.65)
    run = load(tmp_path)
    found = times.heat(run)
    assert found.counts.sum() == (run.due & np.isfinite(run.delay_s)).sum()
    assert (found.counts.sum(axis=1) + found.never == run.due[found.rows].sum(axis=1)).all()
    first = run.delay_s[found.rows[0]][run.due[found.rows[0]]]
    assert found.counts[0, :3].sum() == (first <= found.ends_s[2]).sum()


def test_the_course_ends_on_all_readings_and_on_all_who_were_warned(run):
    found = times.course(run)
    assert found.deliveries.sum() == (run.due & np.isfinite(run.delay_s)).sum()
    assert found.warned[-1] == np.isfinite(run.first_s).sum()
    assert (np.diff(found.warned) >= 0).all()


def test_of_a_run_of_which_nobody_read_a_report_there_is_neither(tmp_path):
    simulated(tmp_path, reach=0.0)
    assert times.heat(load(tmp_path)) is None
    assert times.course(load(tmp_path)) is None


@pytest.mark.parametrize(("least", "most"), [(0.0, 0.0), (0.003, 0.003), (0.0011, 47.0), (1.0, 1000.0)])
def test_instants_of_a_table_go_beyond_both_ends_and_hold_the_limits_between(least, most):
    found = curves.instants(least, most, [0.3, 1.0])
    assert found == sorted(set(found))
    assert (found[0] <= max(least, 1e-3)) and found[-1] >= most
    assert all((one in found) == (found[0] <= one <= found[-1]) for one in (0.3, 1.0))


def test_what_happened_is_told_in_the_order_of_time(tmp_path):
    platforms = {"WeChat": {}, "QQ": {}, "both": 1, "fault": FAULT}
    simulated(tmp_path, platforms=platforms, commotion={"storm_s": 12.0}, closed_s=20.0,
              harness={"cut_short": "the gateway died (status 1)"})  # fmt: skip
    settings = tmp_path / "drill.toml"
    settings.write_text(settings.read_text() + "\n[gateway]\nshards = 3\nresize = [[11.0, 4]]\n")
    told = happenings(load(tmp_path))
    assert [(one.mark, one.at_s, str(one.words)) for one in told] == [
        ("A", 10.0, "platform QQ went down"),
        ("B", 11.0, "the gateway was made to have 4 shards"),
        ("C", 12.0, "every user hung up and came back"),
        ("D", 16.0, "platform QQ was back"),
        ("E", 20.0, "the run ended early: the gateway died (status 1)"),
    ]


def test_of_a_quiet_run_nothing_is_told(run):
    assert happenings(run) == []

"""The code of the pages under docs/examples runs, top to bottom, on runs as a drill leaves them."""

import matplotlib
import numpy as np
import pandas

from ewarn.verdict.fate import Fate
from tests.docs.pages import ROOT, blocks, run
from tests.simulated_run import simulate

matplotlib.use("Agg")
PAGE = ROOT / "docs" / "examples" / "lead-times.md"


def test_lead_times_are_loaded_into_pandas_and_drawn(tmp_path, monkeypatch, capsys):
    for order in ("fifo", "deadline"):
        simulate(tmp_path / "runs" / "orders" / order, order=order, rate_per_s=20.0)
    monkeypatch.chdir(tmp_path)
    names = run(blocks(PAGE, "python"))
    summary = names["summary"]
    assert summary.loc["users"].tolist() == [300, 300]
    assert summary.loc["in time"].min() > 0
    assert summary.loc["median lead time (s)", "deadline"] > summary.loc["median lead time (s)", "fifo"]
    assert (tmp_path / "lead-times.png").stat().st_size > 10_000
    assert "red" in capsys.readouterr().out


def test_the_page_of_files_loads_a_run_and_finds_who_was_late(tmp_path, monkeypatch):
    simulate(tmp_path / "runs" / "fifo", rate_per_s=20.0)
    monkeypatch.chdir(tmp_path)
    names = run(blocks(ROOT / "docs" / "reference" / "files.md", "python"))
    late, ledger = names["late"], np.load(tmp_path / "runs" / "fifo" / "ledger.npy")
    assert len(late) == (ledger["outcome"] == Fate.LATE).sum() > 0
    assert late.distance_km.notna().all()


def test_a_first_warning_is_the_earliest_that_was_read_and_no_reviewed_one(tmp_path, monkeypatch):
    simulate(tmp_path / "runs" / "orders" / "fifo")
    simulate(tmp_path / "runs" / "orders" / "deadline")
    monkeypatch.chdir(tmp_path)
    names = run(blocks(PAGE, "python")[:2])
    ledger = pandas.DataFrame(
        {"user": [0, 0, 0, 1], "report": [1, 2, 3, 2], "received": [-1, 9, 7, 5], "lead_s": [None, 1.0, 3.0, 5.0]}
    )
    reports = pandas.DataFrame({"number": [1, 2, 3], "status": ["update", "final", "reviewed"]})
    first = names["first_warnings"](ledger, reports)
    assert first.lead_s.to_dict() == {0: 1.0, 1: 5.0}

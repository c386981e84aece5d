import json

import numpy as np
import pytest

from ewarn.briefing.run import load
from ewarn.errors import InputError
from tests.briefing.conftest import simulated


def test_first_receipts_are_releases_plus_what_the_delivery_took(run):
    for user in range(0, len(run.users), 37):
        rows = run.files.ledger[run.files.ledger["user"] == user]
        times = [
            report.released + (int(row["received"]) - int(row["released"])) / 1e9
            for report, row in zip(run.reports, rows, strict=True)
            if row["received"] >= 0
        ]
        assert run.first_s[user] == pytest.approx(min(times, default=np.inf))


def test_delays_are_infinite_for_who_never_read_it(run):
    assert (np.isinf(run.delay_s) == (run.table["received"] == -1)).all()
    assert (run.delay_s[np.isfinite(run.delay_s)] > 0).all()


def test_a_reviewed_origin_warns_nobody(tmp_path):
    simulated(tmp_path)
    path = tmp_path / "reports.json"
    reports = json.loads(path.read_text())
    before = load(tmp_path)
    reports[1]["status"] = "reviewed"
    path.write_text(json.dumps(reports))
    after = load(tmp_path)
    assert after.counts_as_warning.tolist() == [True, False, True]
    assert (after.first_s >= before.first_s).all()
    assert (after.first_s > before.first_s).any()


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"measured": None, "passed": "perhaps"}, "checks.0.passed: expected bool or null, got str"),
        ({"passed": None}, "checks.0.measured: missing"),
    ],
)
def test_what_is_wrong_in_a_verdict_is_named_in_full_in_a_line(tmp_path, changed, said):
    simulated(tmp_path, checks=[{"name": "delivery", "limit": 1.0, "unit": "s", **changed}])
    with pytest.raises(InputError) as error:
        load(tmp_path)
    assert f"verdict.json: {said}" in str(error.value)
    assert "\n" not in str(error.value)


def test_files_that_do_not_go_together_are_refused(tmp_path):
    simulated(tmp_path)
    np.save(tmp_path / "users.npy", np.load(tmp_path / "users.npy")[:-1])
    with pytest.raises(InputError, match=r"users.npy: 299 rows, 300 by the other files"):
        load(tmp_path)

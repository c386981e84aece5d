"""A damaged run is refused in one line that names file, row, column and value, whoever reads it."""

import json

import numpy as np
import pytest

from ewarn.briefing.run import load
from ewarn.errors import InputError
from ewarn.runs import comparison, run_files, sound
from ewarn.runs.explain import explain
from ewarn.verdict.document import FORMAT
from ewarn.verdict.fate import Fate
from tests.briefing.conftest import simulated


@pytest.fixture
def run(tmp_path):
    simulated(tmp_path / "run")
    return tmp_path / "run"


def change(run, name, column, value, row=3):
    rows = np.load(run / name)
    rows[column][row] = value
    np.save(run / name, rows)


def retold(run, tell):
    told = json.loads((run / "reports.json").read_text())
    (run / "reports.json").write_text(json.dumps(tell(told)))


READERS = {
    "compare": lambda run: comparison.load([run]),
    "report": load,
    "explain": lambda run: explain(run, 3),
}


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize(
    ("name", "column", "value", "said"),
    [
        ("users", "level", 9, "9 is not from 0 to 3"),
        ("users", "distance_km", np.nan, "nan is not a finite number"),
        ("users", "distance_km", np.inf, "inf is not a finite number"),
        ("users", "distance_km", -5, "-5 is below 0"),
        ("users", "latitude", np.nan, "nan is not from -90 to 90"),
        ("users", "intensity", np.nan, "nan is not a finite number"),
        ("users", "platforms", 9, "9 is not from 0 to 3"),
        ("ledger", "outcome", 99, "99 is not from 0 to 6"),
        ("ledger", "outcome", Fate.WAITING, "7 is not from 0 to 6"),
        ("ledger", "gate", 99, "99 is not from 0 to 3"),
        ("ledger", "via", 3, "3 is not from 0 to 2"),
    ],
)
def test_a_value_that_cannot_be_is_named_with_its_row(run, reader, name, column, value, said):
    change(run, f"{name}.npy", column, value)
    with pytest.raises(InputError) as error:
        READERS[reader](run)
    assert str(error.value) == f"{run / name}.npy: row 3: {column}: {said}"


@pytest.mark.parametrize(("column", "value"), [("user", 99_999), ("latitude", np.nan), ("longitude", 1e6)])
def test_a_place_that_nobody_can_follow_is_named(run, column, value):
    change(run, "places.npy", column, value)
    with pytest.raises(InputError, match=rf"places\.npy: row 3: {column}: "):
        _ = run_files.read(run).places


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize(
    ("where", "value", "said"),
    [
        ("depth_km", 1e6, "0.origin.depth_km: 1e+06 is not from -10 to 700"),
        ("magnitude", 1e9, "0.origin.magnitude: 1e+09 is not from -10 to 10"),
        ("zone", "atlantis", "0.zone: 'atlantis' is not one of Qingzang"),
    ],
)
def test_a_report_of_nowhere_is_named(run, reader, where, value, said):
    def tell(told):
        (told[0] if where in told[0] else told[0]["origin"])[where] = value
        return told

    retold(run, tell)
    with pytest.raises(InputError) as error:
        READERS[reader](run)
    assert said in str(error.value)


@pytest.mark.parametrize("reader", ["compare", "report"])
@pytest.mark.parametrize("tell", [lambda told: told[:1], lambda told: [*told, told[-1] | {"number": 44}], lambda _: []])
def test_other_reports_than_the_ledger_has_are_refused(run, reader, tell):
    retold(run, tell)
    with pytest.raises(InputError, match=r"in reports\.json|by the other files"):
        READERS[reader](run)


def test_a_ledger_whose_users_do_not_stand_in_turn_is_refused(run):
    change(run, "ledger.npy", "user", 7)
    files = run_files.read(run)
    with pytest.raises(InputError, match=r"ledger\.npy: expected users 0 to \d+ in turn"):
        sound.same_reports(run, files.ledger, files.reports)


@pytest.mark.parametrize("reader", READERS)
def test_a_newer_format_is_refused_whichever_of_its_files_are_read(run, reader):
    told = json.loads((run / "verdict.json").read_text())
    (run / "verdict.json").write_text(json.dumps(told | {"format": FORMAT + 1}))
    with pytest.raises(InputError, match=rf"verdict\.json: format: {FORMAT + 1}"):
        READERS[reader](run)

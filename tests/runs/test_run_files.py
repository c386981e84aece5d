"""The files of a run: what is written is read again, and what is not there is named."""

import json
from pathlib import Path

import numpy as np
import pytest

from ewarn import __version__
from ewarn.dispatch.gates import Gates
from ewarn.errors import InputError
from ewarn.runs import run_files
from ewarn.verdict.document import FORMAT
from ewarn.verdict.fate import Fate
from ewarn.verdict.ledger import LEDGER, USERS
from tests.simulated_run import ORIGIN_S, report, simulate


@pytest.fixture
def run(tmp_path):
    simulate(tmp_path, users=20)
    return tmp_path


def test_what_was_written_is_read_again(tmp_path):
    made = simulate(tmp_path, users=20, gates=Gates(magnitude=4.5, intensity=1.5, notification=3.0, alarm=6.0))
    found = run_files.read(tmp_path)
    assert found.ledger.tobytes() == made.rows.tobytes()
    assert found.users.tobytes() == made.users.tobytes()
    assert found.settings.delivery == made.gates
    assert len(found.places) == made.followed.count.sum()
    assert found.earth.model.velocity.name


def test_reports_count_their_times_from_the_true_origin(run):
    first = run_files.read(run).reports[0]
    due = report(1, 4.7, 6.0)
    assert first.released == pytest.approx(due.released - ORIGIN_S)
    assert first.origin.time == pytest.approx(due.origin.time - ORIGIN_S)
    assert first.release_s == pytest.approx(due.release_s)
    assert (first.status, first.quake, first.zone) == ("update", "luding-2022", "Qingzang")


def test_gates_that_drill_toml_leaves_out_are_the_usual_ones_and_other_tables_do_not_matter(run):
    (run / "drill.toml").write_text("speed = 9\n[delivery]\nmagnitude = 4.0\nmore = 1\n[gateway]\nrate = 3\n")
    assert run_files.read(run).settings.delivery == Gates(magnitude=4.0)


def test_a_velocity_model_beside_the_run_is_found(run):
    (run / "model.toml").write_bytes(Path("configs/velocity/ak135.toml").read_bytes())
    (run / "drill.toml").write_text('[earth]\nvelocity = "model.toml"\n')
    assert "135" in run_files.read(run).earth.model.velocity.name


def test_of_a_run_in_which_nobody_follows_a_place_the_files_are_read_too(tmp_path):
    none = np.zeros(0, run_files.PLACE)
    run_files.write(
        tmp_path, ledger=np.zeros(0, LEDGER), users=np.zeros(0, USERS), places=none, reports=[], origin_s=0.0
    )
    found = run_files.read(tmp_path)
    assert len(found.ledger) == len(found.users) == len(found.places) == len(found.reports) == 0


def test_all_plays_below_a_folder_are_found(tmp_path):
    for name in ("2", "1"):
        simulate(tmp_path / name, users=5)
    assert run_files.plays(tmp_path) == [tmp_path / "1", tmp_path / "2"]
    assert run_files.plays(tmp_path / "1") == [tmp_path / "1"]


def test_a_folder_that_is_no_run_is_named(tmp_path):
    with pytest.raises(InputError, match="nowhere: no such folder"):
        run_files.read(tmp_path / "nowhere")
    with pytest.raises(InputError, match=r"not a run: there is no ledger\.npy"):
        run_files.read(tmp_path)
    with pytest.raises(InputError, match=r"not a run: there is no ledger\.npy"):
        run_files.plays(tmp_path)


@pytest.mark.parametrize(
    ("name", "field"),
    [
        ("users.npy", "users"),
        ("places.npy", "places"),
        ("reports.json", "reports"),
        ("verdict.json", "verdict"),
        ("drill.toml", "settings"),
    ],
)
def test_a_file_that_is_missing_or_broken_is_named(run, name, field):
    (run / name).write_bytes(b"?")
    with pytest.raises(InputError, match=name):
        getattr(run_files.read(run), field)
    (run / name).unlink()
    with pytest.raises(InputError, match=f"{name}: No such file"):
        getattr(run_files.read(run), field)


def test_rows_of_another_kind_are_refused_by_the_names_that_were_expected(run):
    np.save(run / "ledger.npy", np.zeros(3))
    with pytest.raises(InputError, match=r"ledger\.npy: expected rows of user, report, outcome"):
        _ = run_files.read(run).ledger


def test_a_report_with_a_wrong_key_is_named_in_full(run):
    told = json.loads((run / "reports.json").read_text())
    told[1]["origin"]["magnitude"] = "great"
    (run / "reports.json").write_text(json.dumps(told))
    with pytest.raises(InputError, match=r"reports\.json: 1\.origin\.magnitude"):
        _ = run_files.read(run).reports


def test_levels_of_the_run_are_those_of_its_file(run):
    (run / "drill.toml").write_text("[levels]\nred = 9\n")
    assert run_files.read(run).earth.level_index([8.0, 9.0]).tolist() == [2, 3]


def rewritten(run, **changes):
    path = run / "verdict.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))
    return run_files.read(run)


def test_a_verdict_without_a_format_is_of_an_earlier_version_and_read_as_far_as_it_goes(run):
    found = run_files.read(run).verdict
    assert (found.format, found.made, found.users) == (0, None, 20)
    assert (found.residents, found.closed_s, found.first, found.checks) == (None, None, None, ())


def test_a_verdict_of_a_newer_format_is_refused_in_a_line_that_names_both(run):
    with pytest.raises(InputError) as error:
        _ = rewritten(run, format=FORMAT + 1, made={"ewarn": "9.1"}, users="many, by then").verdict
    assert str(error.value) == (
        f"{run / 'verdict.json'}: format: {FORMAT + 1}, written by ewarn 9.1; "
        f"this ewarn, {__version__}, reads up to {FORMAT}"
    )


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"users": "20"}, "users: expected int, got str (it has no format, so an earlier ewarn wrote it)"),
        ({"format": 1, "users": "20"}, "users: expected int, got str"),
        ({"format": "new"}, "format: expected int, got str"),
        ({"harness": {"lag_ms": {"p50": []}}, "format": 1}, "harness.lag_ms.p50: expected float or null, got array"),
    ],
)
def test_a_verdict_that_cannot_be_read_is_refused_in_a_line_with_its_key(run, changes, said):
    with pytest.raises(InputError) as error:
        _ = rewritten(run, **changes).verdict
    assert str(error.value) == f"{run / 'verdict.json'}: {said}"


def test_keys_that_are_not_known_are_let_be(run):
    assert rewritten(run, format=1, later={"more": 1}).verdict.users == 20


def test_the_words_of_the_codes_stand_beside_the_ledger(run):
    words = json.loads((run / "ledger.json").read_text())
    ledger = run_files.read(run).ledger
    for column in ("outcome", "gate", "via"):
        assert {str(code) for code in ledger[column]} <= set(words["ledger.npy"][column])
    assert words["ledger.npy"]["outcome"][str(Fate.LATE.value)] == "late"
    assert words["users.npy"]["level"]["3"] == "red"


@pytest.mark.parametrize("name", ["ledger", "users", "places"])
@pytest.mark.parametrize(
    "head",
    [b"(\n", b"{'descr':", b"{'a': [" * 200, b"  x\n y", b"{'shape': (-1,)}", b"[" * 9000, b"{[]: 1}", b"PK\x03\x04"],
    ids=range(8),
)
def test_the_head_of_an_array_that_cannot_be_read_is_one_line(run, name, head):
    path = run / f"{name}.npy"
    path.write_bytes(b"\x93NUMPY\x01\x00" + len(head).to_bytes(2, "little") + head)
    with pytest.raises(InputError, match=f"{name}.npy: not a file of numpy"):
        getattr(run_files.read(run), name)

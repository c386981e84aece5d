"""The bench itself: real gateways, real libraries, a few hundred real sockets."""

import io
import json

import numpy as np
import pytest
from click.testing import CliRunner
from rich.console import Console

from ewarn import cli
from ewarn.bench import capacity, drawn, results, runner, within
from ewarn.bench.runner import NAMES
from ewarn.system.machine import this_machine
from tests.bench.contests import Silent, check_adds_up, contest


@pytest.fixture(scope="module")
def found():
    """One small bench of all that works here."""
    can, skipped = runner.available(NAMES)
    rows = runner.run(contest(can), this_machine(), Silent())
    return results.document(rows, this_machine(), 2, skipped)


def test_every_contender_reaches_everyone_and_is_timed(found):
    can, _ = runner.available(NAMES)
    for frames in ("own", "shared"):
        rows = [row for row in found["rows"] if row["frames"] == frames]
        names = {row["name"].split("/")[0].split(" ")[0] for row in rows}
        assert names == set(can) - ({"broadcast"} if frames == "own" else set())
        for row in rows:
            assert row["delivered"] == row["users"] >= 300
            assert 0 < row["seconds"]["least"] <= row["seconds"]["median"] <= row["seconds"]["most"]
    assert results.incomplete(found["rows"]) == []


def test_the_payload_is_of_one_length_for_all(found):
    assert len({row["bytes_per_frame"] for row in found["rows"]}) == 1


def test_each_side_costs_something_and_the_swarm_alone_sends_nothing(found):
    for row in found["rows"]:
        assert row["receive_us"]["median"] > 0
        assert (row["send_us"]["median"] is None) == (row["kind"] == "null")


def test_the_parts_of_a_delivery_add_up_to_all_cores_until_the_last_reading(found):
    for row in found["rows"]:
        if row["kind"] == "null":
            assert row["budget"] is None
            continue
        told = check_adds_up(row)
        assert (told.plays, told.cores > 0, told.sending_s > 0, told.reading_s > 0) == (2, True, True, True)
        for part in ("plan", "frames", "notes", "calls"):
            assert (told.parts[part] is not None) == (row["kind"] == "engine"), (row["name"], part)
        if row["kind"] == "engine":
            assert told.middle.plan > 0
            assert told.middle.frames > 0
            assert told.middle.calls > 0


def test_a_bench_file_can_be_planned_with(found, tmp_path):
    assert results.write(found, tmp_path) == []
    bench = capacity.load(tmp_path / "bench.json")
    row = capacity.choose(bench, tmp_path / "bench.json")
    assert (row.frames, row.users) == ("own", 300)
    assert (tmp_path / "bench.svg").read_text().lstrip().startswith("<?xml")
    assert len(drawn.joined([tmp_path / "bench.json"])["rows"]) == len(found["rows"])


def test_the_table_fits_a_terminal_and_names_every_row(found):
    console = Console(file=io.StringIO(), width=80)
    console.print(results.table(found, budget=True))
    said = console.file.getvalue()
    assert all(row["name"] in said for row in found["rows"])
    assert "Where a delivery's microseconds go" in said
    assert "…" not in said


@pytest.fixture(scope="module")
def crowds():
    """Of one engine, the plain row, and one for each kind of clients that are in the way."""
    return runner.run(contest(["write"], frames=["own"], stuck=0.05, chat=0.5), this_machine(), Silent())


def test_clients_that_never_read_play_in_a_row_of_their_own_and_are_in_nobodys_way(crowds):
    plain, stuck, _ = crowds
    assert (plain["kind"], stuck["kind"]) == ("engine", "stuck")
    assert stuck["name"] == "write/deadline +stuck"
    assert stuck["delivered"] == 300


def test_clients_that_chat_play_in_a_row_of_their_own(crowds):
    plain, _, chat = crowds
    assert (plain["kind"], chat["kind"]) == ("engine", "chat")
    assert chat["name"] == "write/deadline +chat"
    assert plain["delivered"] == chat["delivered"] == 300
    assert chat["bytes_per_frame"] < plain["bytes_per_frame"], "echoes are shorter than alerts"


def test_a_search_ends_with_what_it_measured():
    told = within.search(contest(["write"], repeats=1), 0.01, this_machine(), Silent())
    held = [trial["users"] for trial in told["trials"] if trial["seconds"] <= 0.01]
    assert told["users"] == max(held, default=0)
    assert all(np.isfinite(trial["seconds"]) for trial in told["trials"])


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--engines", "warp"], "--engines: 'warp' is not one of uring, write, broadcast"),
        (["--orders", "alphabet"], "--orders: 'alphabet' is not one of deadline"),
        (["--frames", "mine"], "--frames: 'mine' is not one of own, shared"),
        (["--users", "many"], "--users: expected numbers such as 20000,96000, got 'many'"),
    ],
)
def test_a_word_that_is_unknown_is_named_with_those_that_are(options, said):
    done = CliRunner().invoke(cli.main, ["bench", *options])
    assert done.exit_code == 2
    assert said in done.output


def test_the_verb_prints_json_alone_on_stdout(tmp_path):
    words = ["bench", "--users", "100", "--engines", "write", "--repeats", "1", "--frames", "own", "--json"]
    done = CliRunner(mix_stderr=False) if "mix_stderr" in CliRunner.__init__.__code__.co_varnames else CliRunner()
    result = done.invoke(cli.main, [*words, "--out", str(tmp_path)])
    assert result.exit_code == 0
    assert json.loads(result.stdout) == json.loads((tmp_path / "bench.json").read_text())


def test_one_alert_for_all_places_is_held_against_one_a_place():
    engines, _ = runner.available(["write", "floor"])
    rows = runner.run(contest(engines, frames=["own", "apart"], mix=True, repeats=1), this_machine(), Silent())
    assert results.incomplete(rows) == []
    floors = [row for row in rows if row["kind"] == "floor"]
    together, apart = (
        {row["name"]: row for row in rows if row["frames"] == frames and row not in floors}
        for frames in ("own", "apart")
    )
    assert set(together) == set(apart) == {"write/deadline"}
    for name, row in apart.items():
        assert row["users"] == together[name]["users"] < 300
        assert row["bytes_per_frame"] < together[name]["bytes_per_frame"]
    # The floor sends one frame to each, as long as theirs on average.
    assert {row["frames"] for row in floors} <= {"own"}
    for row in floors:
        assert row["bytes_per_frame"] == pytest.approx(together["write/deadline"]["bytes_per_frame"], abs=0.5)


def test_repeats_is_taken_by_its_old_name_with_a_word_and_the_new_name_wins(monkeypatch):
    asked = []
    monkeypatch.setattr(runner, "run", lambda asked_for, *_: asked.append(asked_for.repeats) or [])
    for words, told in (
        (["--repeat", "3"], False),
        (["--repeats", "4"], True),
        (["--repeats", "4", "--repeat", "6"], True),
        ([], False),
    ):
        done = CliRunner().invoke(cli.main, ["bench", "--engines", "write", *words])
        assert done.exit_code == 0, done.output
        assert ("--repeats is called --repeat here; the old name works in this release alone" in done.stderr) is told
    assert asked == [3, 4, 6, 5]
    assert "--repeats" not in CliRunner().invoke(cli.main, ["bench", "--help"]).output

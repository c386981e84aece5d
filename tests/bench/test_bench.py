"""The bench itself: real gateways, real libraries, a few hundred real sockets."""

import io
import json

import numpy as np
import pytest
from click.testing import CliRunner
from rich.console import Console

from ewarn import cli
from ewarn.audience.mix import REALISTIC
from ewarn.audience.places import sichuan
from ewarn.audience.users import sample
from ewarn.bench import capacity, results, runner, within
from ewarn.bench.runner import NAMES, Wanted
from ewarn.errors import InputError
from ewarn.system.machine import this_machine

QUAKE = "luding-2022"


class Silent:
    def say(self, line):
        pass

    def progress(self, doing, done, total):
        assert 0 <= done <= total, doing


def wanted(engines, **changes):
    settings = {"orders": ["deadline"], "users": [300], "frames": ["own", "shared"], "repeats": 2}
    settings |= {
        "stuck": 0.0,
        "chat": 0.0,
        "mix": False,
        "quake": QUAKE,
        "seed": 1,
        "connects_per_s": 20_000.0,
        "settle_s": 0.0,  # that costs are exact is nobody's claim here
    } | changes
    return Wanted(engines=engines, **settings)


@pytest.fixture(scope="module")
def found():
    """One small bench of all that works here."""
    can, skipped = runner.available(NAMES)
    rows = runner.run(wanted(can), this_machine(), Silent())
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


def test_a_bench_file_can_be_planned_with(found, tmp_path):
    assert results.write(found, tmp_path) == []
    bench = capacity.load(tmp_path / "bench.json")
    row = capacity.choose(bench, tmp_path / "bench.json")
    assert (row.frames, row.users) == ("own", 300)
    assert (tmp_path / "bench.svg").read_text().lstrip().startswith("<?xml")


def test_the_table_fits_a_terminal_and_names_every_row(found):
    console = Console(file=io.StringIO(), width=80)
    console.print(results.table(found))
    said = console.file.getvalue()
    assert all(row["name"] in said for row in found["rows"])
    assert "…" not in said


def test_somebody_who_was_not_reached_is_told_by_name_and_number():
    row = {"name": "uring/deadline", "users": 300, "delivered": 298}
    assert results.incomplete([row]) == ["uring/deadline: 2 of 300 users were not reached"]


class Noting:
    """A contender that takes down what it is asked."""

    def __init__(self, name, asked):
        self.name, self._asked = name, asked

    def start(self, portions):
        self._asked.append(f"start {self.name} {portions}")

    def __getattr__(self, verb):
        return lambda: self._asked.append(f"{verb} {self.name}")


def test_contenders_are_all_up_before_they_connect_and_play_in_turn():
    asked = []
    runner.play([Noting("a", asked), Noting("b", asked)], wanted([]), Silent())
    said = " ".join(asked)
    assert said.startswith("start a 8 start b 8 connect a connect b connect b connect a connect a")
    assert said.count("connect a") == said.count("connect b") == 8
    assert said.endswith("connect a rehearse a rehearse b play a play b play b play a close b close a")


def test_a_contender_alone_connects_in_one_go():
    asked = []
    runner.play([Noting("a", asked)], wanted([], repeats=1), Silent())
    assert asked == ["start a 1", "connect a", "rehearse a", "play a", "close a"]


def test_clients_that_never_read_play_in_a_row_of_their_own_and_are_in_nobodys_way():
    rows = runner.run(wanted(["write"], frames=["own"], stuck=0.05), this_machine(), Silent())
    plain, stuck = rows
    assert (plain["kind"], stuck["kind"]) == ("engine", "stuck")
    assert stuck["name"] == "write/deadline +stuck"
    assert stuck["delivered"] == 300


def test_clients_that_chat_play_in_a_row_of_their_own():
    rows = runner.run(wanted(["write"], frames=["own"], chat=0.5), this_machine(), Silent())
    plain, chat = rows
    assert (plain["kind"], chat["kind"]) == ("engine", "chat")
    assert chat["name"] == "write/deadline +chat"
    assert plain["delivered"] == chat["delivered"] == 300
    assert chat["bytes_per_frame"] < plain["bytes_per_frame"], "echoes are shorter than alerts"


def test_a_search_ends_with_what_it_measured():
    told = within.search(wanted(["write"], repeats=1), 0.01, this_machine(), Silent())
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


def test_a_size_that_does_not_fit_is_refused_before_anything_starts():
    with pytest.raises(InputError, match="users need about"):
        runner.run(wanted(["write"], users=[300, 40_000_000]), this_machine(), Silent())


def test_the_verb_prints_json_alone_on_stdout(tmp_path):
    words = ["bench", "--users", "100", "--engines", "write", "--repeats", "1", "--frames", "own", "--json"]
    done = CliRunner(mix_stderr=False) if "mix_stderr" in CliRunner.__init__.__code__.co_varnames else CliRunner()
    result = done.invoke(cli.main, [*words, "--out", str(tmp_path)])
    assert result.exit_code == 0
    assert json.loads(result.stdout) == json.loads((tmp_path / "bench.json").read_text())


def test_one_alert_for_all_places_is_held_against_one_a_place():
    engines, _ = runner.available(["write", "floor"])
    rows = runner.run(wanted(engines, frames=["own", "apart"], mix=True, repeats=1), this_machine(), Silent())
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


def test_users_who_all_follow_nothing_are_no_bench():
    seed = next(
        seed
        for seed in range(1_000)
        if not sample(sichuan(), 1, np.random.default_rng(seed), mix=REALISTIC).followed.count
    )
    with pytest.raises(InputError, match="--users: none of the 1 users drawn with --mix follows a place"):
        runner.run(wanted(["write"], users=[1], mix=True, seed=seed), this_machine(), Silent())


def test_a_bench_finds_its_quake_wherever_it_is_run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert runner.prepare(wanted(["write"]), 10, this_machine(), Silent()).report.quake == "luding-2022"

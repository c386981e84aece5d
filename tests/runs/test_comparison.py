"""Runs side by side: which go together, what is counted, and what cannot be compared."""

import json
from dataclasses import replace

import numpy as np
import pytest
from msgspec import convert

from ewarn.dispatch.gates import Gates
from ewarn.errors import InputError
from ewarn.runs import comparison, comparison_results
from ewarn.runs.compared import Comparison
from ewarn.system.json_files import encoded
from ewarn.verdict.receipts import NEVER
from tests.commands import ewarn
from tests.simulated_run import QUAKE, simulate

OPEN_TO_ALL = Gates(magnitude=0.0)


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """Two orders at a rate at which many are lost, and one of them played twice at a higher one."""
    folder = tmp_path_factory.mktemp("runs")
    simulate(folder / "fifo", order="fifo", rate_per_s=20.0)
    simulate(folder / "nearest", order="nearest", rate_per_s=20.0)
    for play, drag in (("1", 1.0), ("2", 1.5)):
        simulate(folder / "quick" / play, order="fifo", rate_per_s=1000.0, drag=drag)
    return folder


def compared(*folders):
    """As `compare.json` has it."""
    return json.loads(encoded(comparison.document(comparison.load(folders))))


def test_plays_of_one_strategy_in_a_folder_go_together_with_their_median_and_spread(runs):
    found = compared(runs / "fifo", runs / "quick")
    slow, quick = found["strategies"]
    assert [one["name"] for one in (slow, quick)] == ["fifo, uring, 20/s", "fifo, uring, 1,000/s"]
    counts = [one["fates"]["in_time"] for one in quick["plays"]]
    assert len(counts) == 2
    assert quick["in_time"] == {"median": sum(counts) / 2, "least": min(counts), "most": max(counts)}
    assert slow["in_time"]["least"] == slow["in_time"]["most"] == slow["plays"][0]["fates"]["in_time"]


def test_strategies_below_one_folder_are_told_apart(runs):
    found = compared(runs)
    assert [len(one["plays"]) for one in found["strategies"]] == [1, 1, 2]


def test_what_is_otherwise_equal_goes_by_the_name_of_its_folder(runs, tmp_path):
    simulate(tmp_path / "again", order="fifo", rate_per_s=20.0)
    found = compared(runs / "fifo", tmp_path / "again")
    assert [one["name"] for one in found["strategies"]] == ["fifo, uring, 20/s, fifo", "fifo, uring, 20/s, again"]


def test_an_order_by_distance_is_worth_speed_to_one_without(runs):
    found = compared(runs / "fifo", runs / "nearest")
    fifo, nearest = found["strategies"]
    assert found["best"] == nearest["name"]
    assert nearest["in_time"]["median"] > fifo["in_time"]["median"]
    assert nearest["speed_needed"]["median"] <= 1 < fifo["speed_needed"]["median"]
    assert fifo["lost"]["median"] > nearest["lost"]["median"]


def test_a_run_made_as_quick_as_was_said_warns_as_many(runs, tmp_path):
    fifo, nearest = compared(runs / "fifo", runs / "nearest")["strategies"]
    simulate(tmp_path, order="fifo", rate_per_s=20.0 * fifo["speed_needed"]["median"] * 1.001)
    assert compared(tmp_path)["strategies"][0]["in_time"]["median"] >= nearest["in_time"]["median"]


def test_rings_hold_everyone_who_was_to_be_told_once(runs):
    (strategy,) = comparison.load([runs / "quick"])
    inner, users, share = comparison.rings(strategy).T
    assert users.sum() == np.mean([play.fates.due.sum() for play in strategy.plays])
    assert (np.diff(inner) >= comparison.RING_KM).all()
    in_time = np.mean([(play.fates.in_time & play.fates.due).sum() for play in strategy.plays])
    assert (users * share).sum() == pytest.approx(in_time)


def test_people_are_the_residents_for_whom_the_users_stand(tmp_path):
    simulate(tmp_path, residents=83_674_866)
    zone = compared(tmp_path)["strategies"][0]["plays"][0]["effective"]
    assert zone["people"] == pytest.approx(zone["users"] * 83_674_866 / 300, abs=1)


def test_where_users_were_put_near_the_epicentre_people_are_not_in_proportion(tmp_path):
    simulate(tmp_path, residents=83_674_866)
    (strategy,) = comparison.load([tmp_path])
    (play,) = strategy.plays
    zone_km, zone = play.balance.effective.km, play.balance.effective
    users = int((play.distance_km <= zone_km).sum())
    assert 0 < users == zone.users < 300
    near = {"within_km": zone_km + 1e-9, "users": users, "residents": 500_000.0}
    simulate(tmp_path / "near", residents=83_674_866, concentrated=near)
    assert compared(tmp_path / "near")["strategies"][0]["plays"][0]["effective"]["people"] == pytest.approx(500_000)


def test_of_a_circle_around_a_quake_whose_file_is_gone_no_people_are_told(tmp_path):
    simulate(tmp_path, users=20)
    (tmp_path / "drill.toml").write_text('quake = "/gone/quake.toml"\n[audience]\nwithin_km = 50\n')
    assert compared(tmp_path)["strategies"][0]["plays"][0]["effective"]["people"] is None
    assert ewarn("compare", tmp_path)[0] == 0


@pytest.mark.parametrize(
    ("other", "words"),
    [({"users": 7}, "numbers of users differ: 7 here, 300 in"), ({"quake": "x"}, "quakes differ: x here, luding-2022")],
)
def test_runs_of_other_quakes_or_numbers_of_users_are_refused_with_both_values(runs, tmp_path, other, words):
    simulate(tmp_path, **other, truth=None)
    with pytest.raises(InputError, match=words):
        comparison.load([runs / "fifo", tmp_path])


def test_runs_over_another_last_mile_are_compared_if_that_is_wanted_and_say_so(runs, tmp_path):
    far = {"kind": "packets", "ack_delay_ms": 40.0, "last_mile": {"rtt_ms": [40.0, 400.0], "loss": 0.01}}
    simulate(tmp_path, environment={"order": "fifo", "engine": "uring", "rate_per_s": 50.0, "clients": far})
    with pytest.raises(InputError, match=r"last miles differ: a modelled last mile .* here, no last mile there"):
        comparison.load([runs / "fifo", tmp_path])
    found = comparison.document(comparison.load([tmp_path, runs / "fifo"], anyway=True))
    assert "last miles differ" in found.unlike[0]
    assert found.clients.last_mile.rtt_ms == (40.0, 400.0)
    assert any("Delivery times include a modelled last mile" in note for note in comparison_results.notes(found))


def test_files_of_different_runs_in_one_folder_are_refused_with_both_numbers(runs, tmp_path):
    simulate(tmp_path, users=20)
    (tmp_path / "ledger.npy").write_bytes((runs / "fifo" / "ledger.npy").read_bytes())
    with pytest.raises(InputError, match=r"ledger\.npy: 300 users, 20 in verdict\.json"):
        comparison.load([tmp_path])


def test_a_verdict_without_what_is_needed_names_the_key(tmp_path):
    simulate(tmp_path, users=20, warned={})
    with pytest.raises(InputError, match=r"verdict\.json: warned\.blind_zone_km: missing"):
        comparison.load([tmp_path])


def test_a_run_without_any_release_cannot_be_compared(tmp_path):
    made = simulate(tmp_path, users=20)
    np.save(tmp_path / "ledger.npy", made.rows[:0])
    with pytest.raises(InputError, match="no report was released"):
        comparison.load([tmp_path])


def test_the_table_names_every_strategy_and_what_was_lost(runs):
    code, said, _ = ewarn("compare", runs / "fifo", runs / "nearest", runs / "quick")
    found = compared(runs / "fifo", runs / "nearest", runs / "quick")["strategies"]
    assert code == 0
    cells = {line.split("  ")[0].strip(): line.split() for line in said.splitlines() if line.strip()}
    for label, name in (("warned in time", "in_time"), ("lost to dispatch", "lost")):
        for row in found[:2]:
            assert f"{row[name]['median']:,.0f}" in cells[label]
    assert "it does" in said


def test_a_never_is_said_and_not_left_out_of_the_table(tmp_path):
    made = simulate(tmp_path, gates=OPEN_TO_ALL)
    rows = made.rows.copy()
    rows["received"][rows["user"] < 10] = NEVER
    np.save(tmp_path / "ledger.npy", rows)
    _, said, _ = ewarn("compare", tmp_path)
    line = next(line for line in said.splitlines() if line.startswith("first report, last user"))
    assert line.split()[-1] == "never"
    assert any(line.startswith("missing") for line in said.splitlines())


def test_json_is_the_same_on_stdout_and_in_the_file_and_plots_are_drawn(runs, tmp_path):
    code, said, _ = ewarn("compare", runs / "fifo", runs / "quick", "--out", tmp_path / "out", "--json")
    assert code == 0
    assert json.loads(said) == json.loads((tmp_path / "out" / "compare.json").read_text())
    assert (tmp_path / "out" / "compare.png").read_bytes().startswith(b"\x89PNG")
    assert "</svg>" in (tmp_path / "out" / "compare.svg").read_text()


def test_without_matplotlib_everything_but_the_plot_is_written(runs, tmp_path, monkeypatch):
    monkeypatch.setattr(comparison_results.importlib.util, "find_spec", lambda _: None)
    code, _, said = ewarn("compare", runs / "fifo", "--out", tmp_path)
    assert code == 0
    assert "matplotlib is not installed" in said
    assert [path.name for path in tmp_path.iterdir()] == ["compare.json"]


def test_a_folder_that_is_no_run_is_one_line_and_exit_code_2(tmp_path):
    code, _, said = ewarn("compare", tmp_path)
    assert code == 2
    assert said.count("\n") == 1


def test_a_play_whose_measurement_cannot_be_trusted_is_named(tmp_path):
    simulate(tmp_path / "a", harness={"untrusted": ["the sums disagree"]})
    simulate(tmp_path / "b")
    code, out, err = ewarn("compare", tmp_path / "a", tmp_path / "b")
    assert code == 0
    assert "not trustworthy" in out + err
    assert compared(tmp_path / "b")["untrusted"] == []


def test_runs_that_are_not_alike_are_refused_in_one_line_with_both_values(runs, tmp_path):
    other = replace(QUAKE, origin=replace(QUAKE.origin, magnitude=5.6, depth_km=60.0))
    simulate(tmp_path / "other", truth=other)
    code, out, said = ewarn("compare", runs / "fifo", tmp_path / "other")
    assert (code, out, said.count("\n")) == (2, "", 1)
    assert "quakes differ: depth km 60.0, magnitude 5.6 here, depth km 16.0, magnitude 6.8 in" in said
    assert "use --anyway to compare them" in said


def test_compared_anyway_it_is_said_wherever_the_comparison_is_told(runs, tmp_path):
    simulate(tmp_path / "other", seed=2, order="nearest")
    code, said, _ = ewarn("compare", runs / "fifo", tmp_path / "other", "--anyway", "--out", tmp_path / "out")
    said = " ".join(said.split())
    assert code == 0
    assert "runs that are NOT ALIKE" in said
    assert "NOT ALIKE, compared anyway" in said
    assert "homes of users differ: user 0: " in said
    found = json.loads((tmp_path / "out" / "compare.json").read_text())
    assert len(found["unlike"]) == 1
    assert "homes of users differ" in found["unlike"][0]
    assert ewarn("compare", runs / "fifo", tmp_path / "other", "--anyway", "--json")[1] == json.dumps(found) + "\n"
    strategies = comparison.load([runs / "fifo", tmp_path / "other"], anyway=True)
    drawn = comparison_results.figure(convert(found, Comparison), strategies)
    assert "NOT ALIKE" in drawn.get_suptitle()


def test_runs_that_are_alike_say_nothing_of_it(runs):
    _, said, _ = ewarn("compare", runs / "fifo", runs / "nearest")
    assert "ALIKE" not in said
    assert compared(runs / "fifo", runs / "nearest")["unlike"] == []


def test_what_cannot_be_checked_of_old_runs_is_said(runs, tmp_path):
    simulate(tmp_path / "old", truth=None, order="nearest")
    said = " ".join(ewarn("compare", runs / "fifo", tmp_path / "old")[1].split())
    assert f"not checked: {tmp_path / 'old'}: no quake.toml" in said
    assert "not checked" not in ewarn("compare", tmp_path / "old")[1]


def test_a_file_that_is_missing_is_no_hindrance_to_comparing_anyway(runs, tmp_path):
    simulate(tmp_path / "old", order="nearest")
    (tmp_path / "old" / "places.npy").unlink()
    assert ewarn("compare", runs / "fifo", tmp_path / "old")[0] == 2
    code, said, _ = ewarn("compare", runs / "fifo", tmp_path / "old", "--anyway")
    assert code == 0
    assert "places.npy:Nosuchfile" in "".join(said.split())  # lines are broken where they are full


def test_where_the_comparison_cannot_be_written_it_is_told_all_the_same(runs, tmp_path):
    (tmp_path / "compare.json").mkdir()
    code, said, complaint = ewarn("compare", runs / "fifo", "--out", tmp_path)
    assert code == 4
    assert "warned in time" in said
    assert complaint == f"ewarn: {tmp_path / 'compare.json'}: not written (Is a directory)\n"

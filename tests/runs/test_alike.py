"""Which runs can be compared: what must be the same, and what is said where it is not."""

from dataclasses import replace

import numpy as np
import pytest
from msgspec import to_builtins

from ewarn.dispatch.gates import Gate, Gates
from ewarn.runs import alike, run_files
from ewarn.seismic.origin import FalseAlarm, Rupture
from ewarn.verdict.receipts import NEVER
from tests import hosts_of_a_fleet
from tests.simulated_run import QUAKE, simulate


@pytest.fixture(scope="module")
def one(tmp_path_factory):
    folder = tmp_path_factory.mktemp("one")
    simulate(folder, users=60, order="fifo")
    return run_files.read(folder)


def found(one, folder, **how):
    simulate(folder, **{"users": 60} | how)
    return alike.differences(one, run_files.read(folder))


def test_strategies_of_one_drill_are_alike(one, tmp_path):
    for index, how in enumerate(({"order": "nearest"}, {"rate_per_s": 3.0}, {"drag": 2.0}, {"order": "random"})):
        assert found(one, tmp_path / str(index), **how) == []


def test_a_fleet_against_one_host_is_said_and_against_another_fleet_is_not(one, tmp_path):
    fleet = to_builtins(hosts_of_a_fleet.fleet(60))
    assert found(one, tmp_path / "fleet", fleet=fleet) == [
        ("hosts", "one host", "a fleet of 2 gateway hosts and 2 swarm hosts")
    ]
    assert found(run_files.read(tmp_path / "fleet"), tmp_path / "other", fleet=fleet) == []


ORIGIN = QUAKE.origin


@pytest.mark.parametrize(
    ("truth", "mine", "its"),
    [
        (replace(QUAKE, origin=replace(ORIGIN, magnitude=5.6, depth_km=60.0)),
         "depth km 16.0, magnitude 6.8", "depth km 60.0, magnitude 5.6"),
        (replace(QUAKE, origin=replace(ORIGIN, latitude=29.5901)), "latitude 29.5900", "latitude 29.5901"),
        (replace(QUAKE, strike_deg=315.0), "strike deg none", "strike deg 315.0"),
        (replace(QUAKE, rupture=Rupture(nucleation=0.2)), "rupture nucleation 0.5", "rupture nucleation 0.2"),
        (replace(QUAKE, zone="East"), "zone Qingzang", "zone East"),
    ],
)  # fmt: skip
def test_a_quake_counts_by_its_content_whatever_its_id(one, tmp_path, truth, mine, its):
    assert found(one, tmp_path, truth=truth) == [("quakes", mine, its)]


def test_a_false_alarm_is_part_of_the_quake(one, tmp_path):
    ((what, mine, its),) = found(one, tmp_path, truth=replace(QUAKE, false_alarm=FalseAlarm(7.5, 20.0)))
    assert what == "quakes"
    assert mine.startswith("false alarm magnitude none")
    assert its.startswith("false alarm magnitude 7.5")


def test_the_same_quake_by_another_name_and_at_another_time_is_the_same(one, tmp_path):
    again = replace(QUAKE, id="another", name="Another", origin=replace(ORIGIN, time=5.0))
    assert found(one, tmp_path, truth=again, quake="another") == []


def test_other_reports_are_named_with_both_values(one, tmp_path):
    assert found(one, tmp_path, magnitudes=(4.7, 5.5, 6.4)) == [
        ("reports", "number 2 with magnitude 5.6", "number 2 with magnitude 5.5")
    ]


def test_a_run_that_ended_early_has_fewer_reports(one, tmp_path):
    assert found(one, tmp_path, magnitudes=(4.7, 5.6)) == [("numbers of reports", "3", "2")]


PACKETS = {"kind": "packets", "ack_delay_ms": 40.0, "mss": 1460, "ring_drops": 0, "retransmitted": 3}
FAR = {"last_mile": {"rtt_ms": [40.0, 400.0], "loss": 0.01}}


def place(**clients):
    """What a run ran on, with such clients; of an earlier version with none."""
    return {"order": "fifo", "engine": "uring", "rate_per_s": 50.0} | ({"clients": clients} if clients else {})


@pytest.mark.parametrize(
    ("clients", "what"),
    [
        ({"kind": "sockets"}, []),
        (PACKETS, ["clients"]),
        (PACKETS | FAR, ["clients", "last miles"]),
    ],
)
def test_sockets_are_not_compared_with_packets_nor_with_a_last_mile(one, tmp_path, clients, what):
    told = found(one, tmp_path, environment=place(**clients))
    assert [name for name, *_ in told] == what
    assert all(mine in ("sockets of this machine's kernel", "no last mile") for _, mine, _ in told)


@pytest.mark.parametrize(
    ("other", "its"),
    [
        (PACKETS | {"mss": 900, "ring_drops": 5, "retransmitted": 0}, []),
        (PACKETS | {"ack_delay_ms": 0.0}, ["packets that acknowledge after 0 ms"]),
        (PACKETS | {"last_mile": {"rtt_ms": [40.0, 400.0], "loss": 0.02}}, ["40 to 400 ms"]),
    ],
)
def test_packets_are_compared_where_they_acknowledge_alike_over_the_same_last_mile(tmp_path, other, its):
    for name, clients in (("mine", PACKETS), ("its", other)):
        simulate(tmp_path / name, users=60, environment=place(**clients))
    told = alike.differences(*(run_files.read(tmp_path / name) for name in ("mine", "its")))
    assert len(told) == len(its)
    assert all(part in said for part, (_, _, said) in zip(its, told, strict=True))


def test_a_quick_report_afterwards_is_no_matter(one, tmp_path):
    simulate(tmp_path, users=60)
    told = (tmp_path / "reports.json").read_text()
    told = told.rstrip().rstrip("]").rstrip() + "," + told[told.rindex("{\n  \"quake\"") :]  # fmt: skip
    (tmp_path / "reports.json").write_text(told.replace('"update"', '"reviewed"').replace('"reviewed"', '"update"', 3))
    rows = np.load(tmp_path / "ledger.npy")
    last = rows[rows["report"] == 3].copy()
    last["report"] = 4
    again = (tmp_path / "reports.json").read_text()
    at = again.rindex('"number": 3')
    (tmp_path / "reports.json").write_text(again[:at] + '"number": 4' + again[at + len('"number": 3') :])
    np.save(tmp_path / "ledger.npy", np.concatenate([rows, last]))
    assert [report.status for report in run_files.read(tmp_path).reports] == [*["update"] * 3, "reviewed"]
    assert alike.differences(one, run_files.read(tmp_path)) == []


@pytest.mark.parametrize(("late_s", "differs"), [(0.4, False), (0.6, True)])
def test_a_machine_that_is_late_with_a_report_releases_the_same_one(one, tmp_path, late_s, differs):
    simulate(tmp_path, users=60)
    told = (tmp_path / "reports.json").read_text().replace('"released": 6.0', f'"released": {6.0 + late_s}')
    (tmp_path / "reports.json").write_text(told)
    assert bool(alike.differences(one, run_files.read(tmp_path))) is differs
    (tmp_path / "drill.toml").write_text("[detection]\ncompute_s = 3.0\n" + (tmp_path / "drill.toml").read_text()[21:])
    assert alike.differences(one, run_files.read(tmp_path))[0][0] == "reports"


def test_another_seed_draws_other_users_and_is_named(one, tmp_path):
    simulate(tmp_path, users=60, seed=2)
    (tmp_path / "drill.toml").write_text("seed = 2\n" + (tmp_path / "drill.toml").read_text())
    homes, seeds = alike.differences(one, run_files.read(tmp_path))
    assert homes[0] == "homes of users"
    assert homes[1].startswith("user 0: ") and homes[1] != homes[2]
    assert seeds == ("seeds", "1", "2")


@pytest.mark.parametrize(
    ("column", "what"),
    [
        ("threshold", "thresholds of users"),
        ("platforms", "platforms of users"),
        ("intensity", "true intensities at users"),
        ("s_s", "true S arrivals at users"),
    ],
)
def test_another_audience_is_named_by_its_first_user_who_differs(one, tmp_path, column, what):
    simulate(tmp_path, users=60)
    rows = np.load(tmp_path / "users.npy")
    rows[column][7] = 2.5 if rows[column].dtype.kind == "f" else 0
    np.save(tmp_path / "users.npy", rows)
    ((name, mine, its),) = alike.differences(one, run_files.read(tmp_path))
    assert name == what
    assert mine.startswith("user 7: ") and its.startswith("user 7: ") and mine != its


def test_other_followed_places_are_named(one, tmp_path):
    simulate(tmp_path, users=60)
    rows = np.load(tmp_path / "places.npy")
    rows["latitude"][3] += 0.001
    np.save(tmp_path / "places.npy", rows)
    ((name, _, _),) = alike.differences(one, run_files.read(tmp_path))
    assert name == "places that users follow"


def test_other_gates_are_named(one, tmp_path):
    ((name, mine, its),) = found(one, tmp_path, gates=Gates(magnitude=4.0, intensity=2.0))
    assert (name, mine, its) == ("gates", "magnitude 5.0", "magnitude 4.0")


def test_targets_that_stray_from_reports_users_and_gates_are_named(one, tmp_path):
    simulate(tmp_path, users=60)
    rows = np.load(tmp_path / "ledger.npy")
    rows["gate"][(rows["report"] == 2) & (rows["user"] < 30)] = Gate.MAGNITUDE
    np.save(tmp_path / "ledger.npy", rows)
    ((name, mine, its),) = alike.differences(one, run_files.read(tmp_path))
    assert name == "targets"
    assert mine.endswith("users of warning 2") and mine != its


def test_a_frame_that_a_newer_report_overtakes_before_it_is_written_makes_no_other_run(tmp_path):
    """What is due hangs on no dispatch, also where the last report is below the gate."""
    magnitudes, users = (5.6, 5.7, 4.9), 60
    for name in ("one", "other"):
        simulate(tmp_path / name, users=users, magnitudes=magnitudes, gates=Gates(), order="fifo")
    rows = np.load(tmp_path / "other" / "ledger.npy").reshape(3, users)
    late = rows["gate"][0] == Gate.OPEN
    late[: users // 2] = False
    for name in ("received", "written"):
        rows[name][:, late] = NEVER
    np.save(tmp_path / "other" / "ledger.npy", rows.ravel())
    runs = [run_files.read(tmp_path / name) for name in ("one", "other")]
    assert alike.differences(*runs) == []


def test_of_an_old_run_the_quake_counts_by_its_id_and_that_is_said(one, tmp_path):
    assert found(one, tmp_path, truth=None) == []
    assert "no quake.toml" in alike.unknown(run_files.read(tmp_path))
    assert alike.unknown(one) is None
    assert found(one, tmp_path / "x", truth=None, quake="x") == [("quakes", "luding-2022", "x")]

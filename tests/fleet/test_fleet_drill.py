"""A drill over a fleet: one verdict for all hosts, whose clocks are an hour apart; what befalls a host has its line.

Two lines, two gateways, two swarms and a conductor, each on a host of its own.
"""

import json
import os
import select
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

from ewarn.fleet.lab import Fleet
from ewarn.fleet.plan import CENTRE, Cable, Plan, clocks
from ewarn.packets.interface import why_not
from ewarn.runs.explain import explain
from tests.fleet.needs import need_fleet

USERS = 600
CALL_NS = 1_000_000_000
"""within which a call that writes returns, on a machine that is busy"""
PATIENCE_S = 60.0
DRILL = (sys.executable, "-m", "ewarn", "drill")
ONE, MANY = ("configs/one-report.toml", "--speed", "20"), ("configs/drill.toml", "--speed", "4")
DEAF = "table inet deaf { chain c { type filter hook input priority 0; meta l4proto udp drop; }; }"


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    need_fleet()
    cables = clocks(2, [3_600.0, 0.0]) | {"g1": Cable(ahead_s=1_800.0)}
    plan = Plan(gateways=2, swarms=2, cables=cables, kinds=("sockets", "sockets" if why_not() else "packets"))
    with Fleet(tmp_path_factory.mktemp("drill") / "fleet", plan) as running:
        running.places.fleet_file.write_text("lease_s = 3\n" + running.places.fleet_file.read_text())
        yield running


class Played:
    """A drill on the conductor's host."""

    def __init__(self, lab, out, drill=ONE):
        self.out, self.said = out, b""
        given = ("--fleet", str(lab.places.fleet_file), "--users", str(USERS), "--out", str(out))
        self.process = lab.hosts[CENTRE].start(
            *DRILL, *drill, *given, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL
        )

    def until(self, words):
        """Read on until it says this."""
        end = time.monotonic() + PATIENCE_S
        while words.encode() not in self.said:
            assert time.monotonic() < end, self.said.decode()
            if select.select([self.process.stderr], [], [], 1.0)[0]:
                part = os.read(self.process.stderr.fileno(), 65536)
                assert part, self.said.decode()
                self.said += part
        return self

    def over(self):
        """Its exit code, and its verdict where it has one."""
        end = time.monotonic() + PATIENCE_S
        while part := self._part(end):
            self.said += part
        code = self.process.wait(PATIENCE_S)
        file = self.out / "verdict.json"
        return code, json.loads(file.read_text()) if file.is_file() else None

    def _part(self, end):
        ready = select.select([self.process.stderr], [], [], max(0.0, end - time.monotonic()))[0]
        assert ready, self.said.decode()
        return os.read(self.process.stderr.fileno(), 65536)

    def lines(self):
        return self.said.decode().splitlines()


def test_a_drill_over_two_swarms_an_hour_apart_reaches_everybody_by_known_clocks(lab, tmp_path):
    played = Played(lab, tmp_path / "out")
    code, verdict = played.over()
    assert code == 0, played.said.decode()
    assert verdict["connected"] == USERS
    assert all(
        (one["delivered"], one["duplicates"], one["out_of_order"]) == (USERS, 0, 0) for one in verdict["reports"]
    )
    assert verdict["harness"]["untrusted"] == []
    kinds = lab.plan.kinds
    assert verdict["environment"]["clients"]["kind"] == ("mixed" if "packets" in kinds else "sockets")
    assert [verdict["fleet"]["hosts"][name]["clients"] for name in ("s1", "s2")] == [*kinds]
    assert [verdict["fleet"]["hosts"][name]["same_as"] for name in ("s1", "s2", "g1")] == ["conductor"] * 2 + [None]
    assert verdict["fleet"]["hosts"]["s1"]["kernel"] == verdict["environment"]["kernel"]
    spent = [verdict["fleet"]["hosts"][name]["cpu_s"] for name in ("s1", "s2")]
    assert verdict["load"]["phones_cpu_s"] == pytest.approx(sum(spent), abs=0.001) and min(spent) > 0
    assert verdict["harness"]["wrong_frames"] == 0 < verdict["harness"]["checked_frames"]
    hosts = verdict["fleet"]["hosts"]
    assert list(hosts) == ["s1", "s2", "g1", "g2"]
    assert [hosts[name]["users"] for name in ("s1", "s2")] == [300, 300]
    assert sum(hosts[name]["connected"] for name in ("g1", "g2")) == USERS
    # The lab's hosts have one kernel, and s2 its clock too: but for the microseconds of receipts all is known.
    assert hosts["s2"]["clock"] is None
    assert hosts["s1"]["clock"]["offset_s"] == pytest.approx(3_600.0, abs=0.01)
    assert 1.0 <= hosts["s1"]["clock"]["width_us"]["p50"] <= hosts["s1"]["clock"]["width_us"]["max"] < 10_000
    receipts, earliest = np.load(played.out / "receipts.npy"), np.load(played.out / "earliest.npy")
    width = receipts["read"] - earliest["read"]
    assert (width[receipts["user"] >= 300] == 1_000).all()
    assert (receipts["released"] < receipts["read"]).all()
    assert receipts["read"].max() - receipts["released"].min() < 60 * 10**9
    # What the gateways noted, each on its own clock, stands on the conductor's too.
    assert hosts["g1"]["clock"]["offset_s"] == pytest.approx(1_800.0, abs=0.01)
    assert hosts["g2"]["clock"] is None
    most_ns = 1_000 * max(hosts[name]["clock"]["width_us"]["max"] for name in ("s1", "g1"))
    assert most_ns < 10_000_000
    ledger = np.load(played.out / "ledger.npy")
    assert sorted(np.unique(ledger["via"])) == [1, 2]
    assert (ledger["released"] < ledger["planned"]).all()
    assert (ledger["planned"] <= ledger["written"]).all()
    # A frame counts as written once the call has returned that wrote it, which a quick client may have read by then.
    assert (ledger["planned"] <= ledger["received"] + most_ns).all()
    assert (ledger["written"] <= ledger["received"] + most_ns + CALL_NS).all()
    assert b"journals are kept by g1, g2" in played.said
    told = explain(played.out, 7).reports[0]
    assert told.gateway in ("g1", "g2") and 0 < told.planned_ms <= told.written_ms


def test_a_swarm_whose_clock_cannot_be_told_has_read_what_it_has_read_and_no_time_of_it_is_trusted(lab, tmp_path):
    played = Played(lab, tmp_path / "out", MANY).until("report 1 (")
    lab.run("s1", "nft", DEAF)
    code, verdict = played.over()
    lab.run("s1", "nft", "delete table inet deaf")
    assert code == 4, played.said.decode()
    checks = {one["name"]: one for one in verdict["checks"]}
    for name in ("reach", "content", "once_and_in_order"):
        assert checks[name]["passed"], checks[name]
    assert checks["delivery"]["passed"] is None
    assert all(one["missing"] == 0 for one in verdict["reports"])
    assert any("s1" in one and "clock" in one for one in verdict["harness"]["untrusted"])
    receipts, earliest = np.load(played.out / "receipts.npy"), np.load(played.out / "earliest.npy")
    untold = receipts["user"] < USERS // 2
    assert (earliest["read"] >= receipts["released"]).all() and (receipts["read"] > earliest["read"]).all()
    assert (earliest["read"][untold] == receipts["released"][untold]).all()
    assert (receipts["read"] - earliest["read"])[~untold].max() == 1_000


def test_a_swarm_that_is_killed_is_lost_by_name_and_the_others_go_on(lab, tmp_path):
    played = Played(lab, tmp_path / "out").until("report 1 (")
    lab.kill("s1")
    code, verdict = played.over()
    lab.start("s1")
    assert code == 4, played.said.decode()
    hosts = verdict["fleet"]["hosts"]
    assert "its swarm has said nothing for 5 s" in hosts["s1"]["lost"] and hosts["s2"]["lost"] is None
    assert [one["of"] for one in verdict["happened"] if one["kind"] == "host_lost"] == ["s1"]
    (why,) = verdict["harness"]["untrusted"]
    assert why.startswith("swarm host s1 was lost: ")
    read = np.load(played.out / "receipts.npy")["read"].reshape(-1, USERS)
    assert (read[:, :300] == -1).all()
    assert (read[:, 300:] > 0).all()


def test_a_conductor_that_is_killed_leaves_nobody_connected(lab, tmp_path):
    played = Played(lab, tmp_path / "out").until("users connected")
    played.process.send_signal(signal.SIGKILL)
    end = time.monotonic() + PATIENCE_S
    while any(json.loads(lab.get(name, "/healthz")[1])["connections"] for name in ("g1", "g2")):
        assert time.monotonic() < end
        time.sleep(0.1)
    # It is said once all have been let go.
    while b"no word of the conductor" not in lab.places.log("s1").read_bytes():
        assert time.monotonic() < end
        time.sleep(0.1)


def test_a_host_that_has_a_wrong_key_is_told_with_its_own_words_before_anybody_connects(lab, tmp_path):
    words = f'start = []\nkey = "bus/g1.nk"\ncommand = ["{sys.executable}", "-m", "ewarn"]\n'
    more = f'\n[[swarm]]\nname = "s3"\naddress = "{lab.hosts[CENTRE].address}"\n{words}'
    lab.places.fleet_file.write_text(lab.places.fleet_file.read_text() + more)
    played = Played(lab, tmp_path / "out")
    code, verdict = played.over()
    assert (code, verdict) == (2, None), played.said.decode()
    assert played.lines()[-1].startswith("ewarn: s3: its command has ended (exit code 2): "), played.lines()
    assert "this key is not swarm s3's; does --name fit --key?" in played.lines()[-1]

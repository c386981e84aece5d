"""The commands as a user types them: exit codes, and one clear line for each mistake."""

import json
import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
from click.testing import CliRunner
from websockets.sync.client import connect

from ewarn import results
from ewarn.centre import Centre
from ewarn.cli import main
from ewarn.config.catalogues import find_quake
from ewarn.config.drill import CentreSettings
from ewarn.drill import conductor

REPORTS = len(Centre(CentreSettings()).solutions(find_quake("luding-2022")))
"""of Luding by the seed that drills have"""


def ewarn(*words, **options):
    """Run a command in this process; give what it printed and its exit code."""
    result = CliRunner().invoke(main, [str(word) for word in words], catch_exceptions=False, **options)
    return result.exit_code, result.stdout, result.stderr


def start(*words, environment=None):
    return subprocess.Popen(
        [sys.executable, "-m", "ewarn", *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, **(environment or {})},
    )


@pytest.mark.parametrize("verb", ["drill", "gateway", "publish", "swarm", "plan", "check", "shards"])
def test_every_verbs_help_shows_an_example(verb):
    code, said, _ = ewarn(verb, "--help")
    assert code == 0
    assert f"ewarn {verb} " in said.split("Example:")[1]


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (("drill", "none.toml"), "none.toml: No such file"),
        (("drill", "--quake", "none.toml"), "none.toml: No such file"),
        (("drill", "--users", "0"), "audience.users"),
        (("drill", "--seed", "-1"), "seed"),
        (("drill", "--to", "ws://127.0.0.1:9", "--control", "127.0.0.1:9", "--engine", "write"), "--engine"),
        (("bench", "--within", "nan"), "nan is not a number"),
        (("bench", "--stuck", "nan"), "nan is not a number"),
        (("bench", "--within", "1", "--stuck", "0.1"), "--within: its users neither get stuck nor chat"),
        (("bench", "--orders", ","), "--orders: expected names"),
        (("bench", "--frames", ","), "--frames: expected names"),
        (("gateway", "--listen", "a..b:80"), "gateway.listen: cannot resolve 'a..b'"),
        (("swarm", "--to", "ws://a..b:80", "--clients", "1"), "to: cannot resolve 'a..b'"),
        (("swarm", "--to", "ws://127.0.0.1:9", "--clients", "1", "--connects-per-s", "nan"), "nan is not a number"),
        (("drill", "--users", "many"), "many"),
        (("drill", "--places", "nowhere"), "audience.places: must be sichuan, china or the path of a CSV file"),
        (("drill", "--places", "none.csv"), "none.csv: No such file"),
        (("drill", "--users", "40000000"), "40,000,000 users need about"),
        (("drill", "--order", "alphabetical"), "gateway.order"),
        (("drill", "--engine", "warp"), "gateway.engine"),
        (("drill", "--to", "ws://127.0.0.1:9"), "--control"),
        (("drill", "--out", "configs/drill.toml/runs"), "--out: cannot write to configs/drill.toml/runs"),
        (("drill", "--out", "/proc/runs"), "--out: cannot write to /proc/runs"),
        (("gateway", "--order", "alphabetical"), "gateway.order"),
        (("gateway", "--listen", "6000"), "gateway.listen: expected HOST:PORT"),
        (("gateway", "--listen", "0.0.0.0:0"), "0.0.0.0 is not loopback"),
        (("gateway", "--shards", "few"), "--shards"),
        (("gateway", "--shards", "1", "--capacity", "9000000"), "9,000,000 connections do not fit"),
        (("publish", "none.toml", "--to", "127.0.0.1:9"), "none.toml"),
        (("publish", "configs/quakes/luding-2022.toml", "--to", "nowhere"), "--to: expected HOST:PORT"),
        (
            ("publish", "configs/quakes/luding-2022.toml", "--to", "127.0.0.1:9", "--first", "70"),
            f"none of the {REPORTS} reports",
        ),
        (("swarm", "--to", "wss://127.0.0.1:9", "--clients", "1"), "wss"),
        (("swarm", "--to", "ws://127.0.0.1:9", "--clients", "1", "--places", "none.csv"), "none.csv: No such file"),
        (("swarm", "--to", "ws://127.0.0.1:9", "--clients", "1", "--churn-per-s", "2"), "--churn-per-s"),
        (("swarm", "--to", "ws://127.0.0.1:9", "--clients", "1", "--chat-per-s", "2"), "--chat-per-s"),
        (("swarm", "--to", "ws://192.0.2.1:80", "--clients", "1"), "192.0.2.1 is not loopback"),
        (("check", "configs/drill.toml", "none.toml"), "none.toml"),
        (("shards", "2", "--to", "nowhere"), "--to: expected HOST:PORT"),
        (("shards", "two", "--to", "127.0.0.1:9"), "two"),
        (("juggle",), "juggle"),
    ],
)
def test_bad_usage_is_one_clear_line_and_exit_code_2(words, named):
    code, _, said = ewarn(*words)
    assert code == 2
    assert named in said
    assert "Traceback" not in said


def test_a_publisher_to_nobody_is_told():
    code, _, said = ewarn(
        "publish", "configs/quakes/luding-2022.toml", "--to", "127.0.0.1:9", env={"EWARN_SECRET": "x"}
    )
    assert code == 2
    assert "no gateway answers on control address 127.0.0.1:9" in said


def test_check_names_every_mistake_of_every_file(tmp_path):
    (tmp_path / "one.toml").write_text("[audience]\nusers = 0\nusres = 3")
    (tmp_path / "two.toml").write_text("[origin]\nlatitude = 91")
    code, said, complaints = ewarn("check", "configs/drill.toml", tmp_path / "one.toml", tmp_path / "two.toml")
    assert code == 2
    assert "drill of luding-2022 with 20,000 users" in said
    for key in ("one.toml: audience.users", "one.toml: audience.usres", "one.toml: quake", "two.toml: origin.latitude"):
        assert key in complaints


def test_a_gateway_started_by_hand_serves_publishers_and_swarms_and_stops_on_a_signal(tmp_path):
    secret = tmp_path / "secret"
    gateway = start(
        "gateway", "--listen", "127.0.0.1:0", "--control", "127.0.0.1:0", "--secret-file", str(secret), "--json"
    )
    told = json.loads(gateway.stdout.readline())
    assert (secret.stat().st_mode & 0o777) == 0o600

    swarm = start("swarm", "--to", f"ws://{told['listen']}", "--clients", "300", "--out", str(tmp_path), "--json")
    while "300 of 300 clients connected" not in swarm.stderr.readline():
        assert swarm.poll() is None
    publish = ("publish", "configs/quakes/luding-2022.toml", "--to", told["control"], "--speed", "50")
    code, said, _ = ewarn(*publish, "--secret-file", secret)
    releases = [json.loads(line) for line in said.splitlines()]
    assert code == 0
    assert [release["number"] for release in releases] == list(range(1, REPORTS + 1))
    assert all(release["targets"] == 300 and release["released_monotonic_ns"] > 0 for release in releases)

    gateway.send_signal(signal.SIGTERM)
    _, farewell = gateway.communicate(timeout=30)
    assert gateway.returncode == 0
    assert "every shard has ended" in farewell
    assert not secret.exists()
    counts, _ = swarm.communicate(timeout=30)
    assert json.loads(counts)["receipts"] == REPORTS * 300
    assert (tmp_path / "receipts.npy").exists()


def test_without_the_secret_publish_is_refused_and_the_gateway_logs_it():
    gateway = start(
        "gateway",
        "--listen",
        "127.0.0.1:0",
        "--control",
        "127.0.0.1:0",
        "--json",
        environment={"EWARN_SECRET": "right"},
    )
    told = json.loads(gateway.stdout.readline())
    code, said, complaint = ewarn(
        "publish", "configs/quakes/luding-2022.toml", "--to", told["control"], env={"EWARN_SECRET": "wrong"}
    )
    assert (code, said) == (2, "")
    assert "401: wrong secret" in complaint
    gateway.send_signal(signal.SIGINT)
    _, log = gateway.communicate(timeout=30)
    assert "control: refused 127.0.0.1" in log


def test_a_gateway_on_a_port_in_use_says_so(shared_gateway):
    code, _, said = ewarn("gateway", "--listen", shared_gateway.started.listen, "--control", "127.0.0.1:0")
    assert code == 2
    assert f"cannot listen on {shared_gateway.started.listen} (Address already in use)" in said


def test_a_swarm_without_a_gateway_connects_nobody():
    code, _, said = ewarn("swarm", "--to", "ws://127.0.0.1:9", "--clients", "3", "--for", "1")
    assert code == 3
    assert "no client could connect: Connection refused" in said


def start_swarm(gateway, folder, *words):
    """Start 200 clients, wait until all are connected."""
    swarm = start(
        "swarm", "--to", f"ws://{gateway.started.listen}", "--clients", "200", "--out", str(folder), "--json", *words
    )
    while "200 of 200 clients connected" not in swarm.stderr.readline():
        assert swarm.poll() is None
    return swarm


def send_home(swarm):
    swarm.send_signal(signal.SIGINT)
    said, _ = swarm.communicate(timeout=30)
    assert swarm.returncode == 0
    return json.loads(said)


def until(condition):
    while not condition():
        time.sleep(0.002)


def test_a_swarm_that_comes_late_takes_down_the_report_in_force(gateway, make_report, tmp_path):
    gateway.release(make_report(1))
    swarm = start_swarm(gateway, tmp_path)
    until(lambda: gateway.metric("ewarn_late_joins_total") == 200)
    counts = send_home(swarm)
    assert (counts["receipts"], counts["foreign"]) == (200, 0)
    receipts = np.load(tmp_path / "receipts.npy")
    assert sorted(receipts["user"]) == list(range(200))


def test_on_sigusr1_all_clients_hang_up_and_return_to_the_newest_report(gateway, make_report, tmp_path):
    swarm = start_swarm(gateway, tmp_path)
    for storm in (1, 2):
        gateway.release(make_report(storm))
        swarm.send_signal(signal.SIGUSR1)
        until(lambda due=200 * storm: lost(gateway) == due and gateway.health()["connections"] == 200)
    counts = send_home(swarm)
    assert (counts["connected"], counts["returned"], counts["closed"]) == (200, 400, 0)
    receipts = np.load(tmp_path / "receipts.npy")
    assert sorted(receipts["user"][receipts["report"] == 2]) == list(range(200))


def test_under_churn_a_share_of_the_clients_hangs_up_and_returns_each_second(gateway, tmp_path):
    swarm = start_swarm(gateway, tmp_path, "--churn-per-s", "0.25")
    until(lambda: lost(gateway) >= 2 * 50 and gateway.metric("ewarn_followers") == 200)
    counts = send_home(swarm)
    assert counts["returned"] > 50
    assert (counts["connected"], counts["closed"]) == (200, 0)


def test_with_reconnect_clients_that_are_sent_away_come_back_and_nobody_counts_as_closed(start_gateway, tmp_path):
    gateway = start_gateway(drain_s=0.1)
    swarm = start_swarm(gateway, tmp_path, "--reconnect")
    with gateway.publisher() as control:
        control.shards(1)
        control.settle(1)
    until(lambda: gateway.health()["connections"] == 200)
    counts = send_home(swarm)
    assert counts["returned"] > 50
    assert (counts["connected"], counts["closed"]) == (200, 0)


def lost(gateway):
    return gateway.metric('ewarn_closed_total{reason="lost"}')


def test_two_quakes_at_once_reach_every_client_and_are_told_apart(tmp_path):
    secret = tmp_path / "secret"
    gateway = start(
        "gateway", "--listen", "127.0.0.1:0", "--control", "127.0.0.1:0", "--secret-file", str(secret), "--json"
    )
    told = json.loads(gateway.stdout.readline())
    quakes = ("luding-2022", "lushan-2022")
    with connect(f"ws://{told['listen']}/v1/alerts?user=u&place=30.6,104.1", compression=None, proxy=None) as client:
        code, said, _ = ewarn(
            "publish", *quakes, "--apart", "3", "--to", told["control"], "--secret-file", secret, "--speed", "20"
        )
        assert code == 0
        frames = [json.loads(client.recv(10)) for _ in said.splitlines()]
    for quake in quakes:
        numbers = [frame["number"] for frame in frames if frame["quake"] == quake]
        assert numbers == list(range(1, len(numbers) + 1)) != []
    order = [frame["quake"] for frame in frames]
    assert order != sorted(order) and order != sorted(order, reverse=True)
    gateway.send_signal(signal.SIGTERM)
    gateway.communicate(timeout=30)


def test_a_drill_has_its_own_file_wherever_it_is_begun(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    code, _, said = ewarn("drill", "--users", "0")
    assert (code, "audience.users" in said) == (2, True)


def test_a_drill_that_is_interrupted_while_it_writes_has_ended_before_it_says_so(tmp_path, monkeypatch):
    def play(*_, **__):
        try:
            yield None
        finally:
            print("every process of it ends", file=sys.stderr)

    def interrupted(_):
        raise KeyboardInterrupt

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(conductor, "run", play)
    monkeypatch.setattr(results, "run_name", interrupted)
    assert ewarn("drill") == (
        130,
        "",
        "every process of it ends\newarn: interrupted; every process of it has ended\n",
    )


def test_elsewhere_than_on_linux_one_line_says_so(monkeypatch):
    monkeypatch.setattr(sys, "platform", "darwin")
    code, _, said = ewarn("drill")
    assert (code, said) == (2, "ewarn: this is darwin, and it runs on Linux alone (epoll, io_uring)\n")

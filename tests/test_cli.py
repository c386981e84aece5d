"""The commands as a user types them: exit codes, and one clear line for each mistake."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from urllib.request import urlopen

import numpy as np
import pytest
from websockets.sync.client import connect

from ewarn.centre.centre import Centre
from ewarn.config.catalogues import find_quake
from ewarn.config.drill import CentreSettings, load_drill
from ewarn.drill import conductor
from ewarn.drill.scenario import prepare
from ewarn.runs import results
from ewarn.runs.folder import WRITTEN
from ewarn.system.process import descendants
from tests.commands import ewarn
from tests.conftest import SECRET
from tests.runs.test_results import outcome

REPORTS = len(Centre(CentreSettings()).solutions(find_quake("luding-2022")))
"""of Luding by the seed that drills have"""

UNSIGNED = "--unsigned", "--state", "", "--control", "127.0.0.1:0", "--key", "no-such.nk"


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
        (("drill", "--users", "0"), "ewarn: --users: input should be greater than or equal to 1, got 0"),
        (("drill", "--seed", "-1"), "ewarn: --seed: "),
        (("drill", "--to", "ws://127.0.0.1:9", "--control", "127.0.0.1:9", "--engine", "write"), "--engine"),
        (("bench", "--within", "nan"), "nan is not a number"),
        (("bench", "--stuck", "nan"), "nan is not a number"),
        (("bench", "--within", "1", "--stuck", "0.1"), "--within: not with --stuck or --chat"),
        (("bench", "--orders", ","), "--orders: expected names"),
        (("bench", "--frames", ","), "--frames: expected names"),
        (("gateway", "--listen", "a..b:80"), "--listen: cannot resolve 'a..b'"),
        (("swarm", "--to", "ws://a..b:80", "--clients", "1"), "--to: cannot resolve 'a..b'"),
        (("swarm", "--to", "ws://127.0.0.1:9", "--clients", "1", "--connects-per-s", "nan"), "nan is not a number"),
        (("drill", "--users", "many"), "many"),
        (("drill", "--places", "nowhere"), "places: 'nowhere' is not one of sichuan, china, a CSV file"),
        (("drill", "--places", "none.csv"), "none.csv: No such file"),
        (("drill", "--users", "40000000"), "40,000,000 users need about"),
        (("drill", "--order", "alphabetical"), "--order: 'alphabetical' is not one of deadline, nearest"),
        (("drill", "--engine", "warp"), "--engine: 'warp' is not one of auto, uring, write"),
        (("drill", "--to", "ws://127.0.0.1:9"), "--control"),
        (("drill", "--out", "configs/drill.toml/runs"), "--out: cannot write to configs/drill.toml/runs"),
        (("drill", "--out", "/proc/runs"), "--out: cannot write to /proc/runs"),
        (
            ("gateway", "--order", "fife"),
            "ewarn: --order: 'fife' is not one of deadline, nearest, intensity, random, fifo; did you mean fifo?",
        ),
        (("gateway", "--listen", "6000"), "--listen: expected HOST:PORT"),
        (("gateway", "--listen", "0.0.0.0:0"), "0.0.0.0 is not loopback"),
        (("gateway", "--shards", "few"), "--shards"),
        (("gateway", "--key", "g1.nk"), "--key: goes with --bus"),
        (("gateway", "--bus-ca", "ca.pem"), "--bus-ca: goes with --bus"),
        (("gateway", "--bus", "nats://127.0.0.1"), "--bus: goes with --key"),
        (("gateway", "--bus", "nats://127.0.0.1", "--key", "g1.nk"), "--bus: goes with --trusted-keys"),
        (("gateway", *UNSIGNED, "--bus", "tls://a,tls://b,tls://c"), "--bus: expected one or two addresses, got 3"),
        (("gateway", *UNSIGNED, "--bus", "nats://192.0.2.1"), "--bus: nats://192.0.2.1 is not loopback; use tls://"),
        (("gateway", *UNSIGNED, "--bus", "nats://127.0.0.1", "--name", "G1"), "--name: expected up to 63 lower-case"),
        (("gateway", "--public-url", "g1:80"), "--public-url: expected ws://HOST:PORT or wss://HOST:PORT"),
        (
            ("gateway", *UNSIGNED, "--bus", "nats://127.0.0.1", "--listen", "0.0.0.0:0", "--allow-network"),
            "--public-url: missing; with --bus on 0.0.0.0, say where users reach it",
        ),
        (("gateway", *UNSIGNED, "--bus", "nats://127.0.0.1"), "no-such.nk"),
        (("gateway", "--drain-s", "-1"), "--drain-s"),
        (("gateway", "--shards", "1", "--capacity", "9000000"), "9,000,000 connections do not fit"),
        (("publish", "none.toml", "--control", "127.0.0.1:9"), "none.toml"),
        (("publish", "configs/quakes/luding-2022.toml", "--control", "nowhere"), "--control: expected HOST:PORT"),
        (
            ("publish", "configs/quakes/luding-2022.toml", "--control", "127.0.0.1:9", "--first", "70"),
            f"none of the {REPORTS} reports",
        ),
        (("publish", "luding-2022", "luding-2022", "--control", "127.0.0.1:9"), "luding-2022 is given twice"),
        (("swarm", "--to", "http://127.0.0.1:9", "--clients", "1"), "--to: expected ws://HOST:PORT or wss://HOST:PORT"),
        (("swarm", "--to", "ws://127.0.0.1:9", "--clients", "1", "--places", "none.csv"), "none.csv: No such file"),
        (("swarm", "--to", "ws://127.0.0.1:9", "--clients", "1", "--churn-per-s", "2"), "--churn-per-s"),
        (("swarm", "--to", "ws://127.0.0.1:9", "--clients", "1", "--chat-per-s", "2"), "--chat-per-s"),
        (("swarm", "--to", "ws://192.0.2.1:80", "--clients", "1"), "192.0.2.1 is not loopback"),
        (("swarm", "--to", "ws://127.0.0.1:9", "--clients", "1", "--quake", "none.toml"), "none.toml: No such file"),
        (("swarm", "--to", "ws://127.0.0.1:9", "--clients", "1", "--quake", "a/b"), "--quake: expected the id of"),
        (("check", "configs/drill.toml", "none.toml"), "none.toml"),
        (("shards", "2", "--control", "nowhere"), "--control: expected HOST:PORT"),
        (("shards", "two", "--control", "127.0.0.1:9"), "two"),
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
        "publish", "configs/quakes/luding-2022.toml", "--control", "127.0.0.1:9", env={"EWARN_SECRET": "x" * 16}
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


def sent(listen):
    """Frames of reports that a gateway has sent, and those that a newer report replaced before."""
    with urlopen(f"http://{listen}/metrics", timeout=10) as page:
        lines = [line.split(" ") for line in page.read().decode().splitlines()]
    return [
        int(float(line[1])) for name in ("frames", "superseded") for line in lines if line[0] == f"ewarn_{name}_total"
    ]


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
    publish = ("publish", "configs/quakes/luding-2022.toml", "--control", told["control"], "--speed", "50")
    code, said, _ = ewarn(*publish, "--secret-file", secret)
    releases = [json.loads(line) for line in said.splitlines()]
    assert code == 0
    assert [release["number"] for release in releases] == list(range(1, REPORTS + 1))
    assert all(release["targets"] == 300 and release["released_monotonic_ns"] > 0 for release in releases)

    # On a busy machine a report may take the place of one that not all have been sent: that is counted.
    until(lambda: sum(sent(told["listen"])) == REPORTS * 300)
    frames, _superseded = sent(told["listen"])
    gateway.send_signal(signal.SIGTERM)
    _, farewell = gateway.communicate(timeout=30)
    assert gateway.returncode == 0
    assert "all shards have ended" in farewell
    assert not secret.exists()
    counts, _ = swarm.communicate(timeout=30)
    assert json.loads(counts)["receipts"] == frames
    receipts = np.load(tmp_path / "receipts.npy")
    assert len(receipts) == frames
    assert len(set(receipts["user"][receipts["report"] == REPORTS].tolist())) == 300


def test_without_the_secret_publish_is_refused_and_the_gateway_logs_it():
    gateway = start(
        "gateway",
        "--listen",
        "127.0.0.1:0",
        "--control",
        "127.0.0.1:0",
        "--json",
        environment={"EWARN_SECRET": "the-right-secret"},
    )
    told = json.loads(gateway.stdout.readline())
    code, said, complaint = ewarn(
        "publish",
        "configs/quakes/luding-2022.toml",
        "--control",
        told["control"],
        env={"EWARN_SECRET": "some-wrong-secret"},
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
        time.sleep(0.02)


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


def ended(swarm):
    """Exit code and complaints of a swarm that ends by itself."""
    _, said = swarm.communicate(timeout=60)
    return swarm.returncode, said


def test_a_swarm_whose_gateway_dies_ends_with_how_many_clients_it_hung_up_on(gateway, tmp_path):
    swarm = start_swarm(gateway, tmp_path)
    gateway.child.kill()
    assert ended(swarm) == (3, "FAILED: the gateway hung up on 200 of 200 clients\n")


def test_clients_that_cannot_come_back_are_lost(gateway, tmp_path):
    swarm = start_swarm(gateway, tmp_path, "--reconnect", "--for", "2")
    gateway.child.kill()
    assert ended(swarm) == (3, "FAILED: 200 of 200 clients lost their connection, and have not come back\n")


def test_a_swarm_one_of_whose_processes_is_killed_cannot_be_trusted(shared_gateway, tmp_path):
    swarm = start_swarm(shared_gateway, tmp_path)
    os.kill(descendants(swarm.pid)[0], signal.SIGKILL)
    code, said = ended(swarm)
    assert (code, said) == (4, "ewarn: swarm process 0 of 1 died (status -9)\n")


def test_a_swarm_takes_the_file_of_a_quake_for_its_id_and_a_quake_that_nobody_plays_is_a_failure(
    gateway, make_report, tmp_path
):
    good = start_swarm(gateway, tmp_path, "--quake", "configs/quakes/luding-2022.toml")
    wrong = start_swarm(gateway, tmp_path, "--quake", "ludin-2022")
    gateway.release(make_report(1))
    until(lambda: gateway.metric("ewarn_frames_total") == 400)
    assert send_home(good)["receipts"] == 200
    wrong.send_signal(signal.SIGINT)
    code, said = ended(wrong)
    assert (code, said.splitlines()[-1]) == (3, "FAILED: 0 reports of ludin-2022 were read, and 200 of other quakes")


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
            "publish", *quakes, "--apart", "3", "--control", told["control"], "--secret-file", secret, "--speed", "20"
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


def test_first_and_last_count_the_reports_of_each_quake_and_each_line_names_its_quake(gateway, signing_key):
    quakes = ("luding-2022", "lushan-2022")
    code, said, _ = ewarn(
        *("publish", *quakes, "--apart", "1", "--control", gateway.started.control, "--speed", "100"),
        *("--first", "2", "--last", "4", "--signing-key", signing_key),
        env={"EWARN_SECRET": SECRET},
    )
    assert code == 0
    releases = [json.loads(line) for line in said.splitlines()]
    for quake in quakes:
        assert [release["number"] for release in releases if release["quake"] == quake] == [2, 3, 4]
    assert [release["quake"] for release in releases] != sorted(release["quake"] for release in releases)


def test_a_quake_that_has_none_of_the_reports_asked_for_is_named_with_how_many_it_has():
    quakes = "luding-2022", "lushan-2022"
    counts = [len(Centre(CentreSettings()).reports(find_quake(quake))) for quake in quakes]
    first = max(counts) if counts[0] != counts[1] else counts[0] + 1
    code, _, said = ewarn("publish", *quakes, "--control", "127.0.0.1:9", "--first", str(first))
    assert code == 2
    few = next(quake for quake, count in zip(quakes, counts, strict=True) if count < first)
    assert re.fullmatch(rf"ewarn: --first {first}, --last (\d+): none of the \1 reports of {few}\n", said)


def test_a_drill_has_its_own_file_wherever_it_is_begun(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    code, _, said = ewarn("drill", "--users", "0")
    assert (code, "--users" in said) == (2, True)


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
        "every process of it ends\newarn: interrupted; all its processes have ended\n",
    )


def test_elsewhere_than_on_linux_one_line_says_so(monkeypatch):
    monkeypatch.setattr(sys, "platform", "darwin")
    code, _, said = ewarn("drill")
    assert (code, said) == (2, "ewarn: needs Linux (epoll, io_uring); this is darwin\n")


@pytest.fixture
def short(tmp_path):
    """A drill file whose quake has one report."""
    file = tmp_path / "short.toml"
    file.write_text('quake = "luding-2022"\nspeed = 100\n[audience]\nusers = 30\n[detection]\nlongest_s = 0\n')
    return file


def test_an_order_twice_is_two_plays_and_the_folder_takes_no_other_run(tmp_path, short, monkeypatch):
    out = tmp_path / "run"
    code, _, said = ewarn("drill", short, "--order", "fifo,nearest,fifo", "--out", out)
    assert code in (0, 3), said
    verdicts = [path.parent.relative_to(out).as_posix() for path in sorted(out.rglob("verdict.json"))]
    assert verdicts == ["fifo/1", "fifo/2", "nearest/1"]
    assert ewarn("compare", out)[0] == 0
    left = {path: path.stat().st_mtime_ns for path in out.rglob("*")}
    for more in ((), ("--order", "random,fifo"), ("--repeat", "2")):
        code, _, said = ewarn("drill", short, "--out", out, *more)
        assert (code, said) == (
            2,
            f"ewarn: --out: {out} already holds a run; use --replace, or name another folder\n",
        )
    assert {path: path.stat().st_mtime_ns for path in out.rglob("*")} == left
    (out / "fifo" / "notes.txt").write_text("mine")
    played = outcome(prepare(load_drill(short)))
    monkeypatch.setattr(conductor, "run", lambda *_, **__: (one for one in [played]))
    assert ewarn("drill", short, "--out", out, "--replace")[0] == 0
    assert sorted(path.relative_to(out).as_posix() for path in out.rglob("*") if path.is_file()) == sorted(
        [*WRITTEN, "fifo/notes.txt"]
    )


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("drill", "--replace"), "--replace: needs --out"),
        (("drill", "--out", "a-file"), "--out: cannot write to a-file (it is no folder)"),
        (("drill", "--out", "a-file/run"), "--out: cannot write to a-file/run (Not a directory)"),
        (("drill", "--out", "nowhere"), "--out: cannot write to nowhere (File exists)"),
        (("drill", "--out", "mine", "--replace"), "mine/drill.toml is there and belongs to no run of a drill"),
        (
            ("swarm", "--to", "ws://127.0.0.1:9", "--clients", "1", "--out", "taken"),
            "taken/receipts.npy already exists",
        ),
        (("bench", "--out", "taken"), "taken/bench.json already exists"),
        (("bench", "--within", "1", "--out", "taken"), "taken/within.json already exists"),
        (("quake", "luding-2022", "--out", "none/q.toml"), "--out: cannot write none/q.toml (there is no folder"),
    ],
)
def test_where_results_cannot_be_kept_is_said_before_anything_starts(tmp_path, monkeypatch, words, said):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a-file").write_text("")
    (tmp_path / "nowhere").symlink_to(tmp_path / "gone")
    for name in ("mine/drill.toml", "taken/receipts.npy", "taken/bench.json", "taken/within.json"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("mine")
    code, _, complaint = ewarn(*words)
    assert (code, complaint.count("\n"), said in complaint) == (2, 1, True), complaint
    assert (tmp_path / "mine" / "drill.toml").read_text() == "mine"


def test_two_drills_that_end_in_the_same_second_have_folders_of_their_own(tmp_path, short, monkeypatch):
    played = outcome(prepare(load_drill(short)))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(conductor, "run", lambda *_, **__: (one for one in [played]))
    monkeypatch.setattr(results, "run_name", lambda _: "20260101-000000-luding-2022")
    for _ in range(2):
        assert ewarn("drill", short)[0] == 0
    for name in ("20260101-000000-luding-2022", "20260101-000000-luding-2022-2"):
        assert sorted(path.name for path in (tmp_path / "runs" / name).iterdir()) == sorted(WRITTEN)


def test_the_old_name_of_the_control_address_is_taken_with_a_word():
    code, _, said = ewarn("publish", "luding-2022", "--to", "127.0.0.1:9", env={"EWARN_SECRET": SECRET})
    assert code == 2
    assert "--to is called --control here" in said and "127.0.0.1:9" in said
    code, _, said = ewarn("shards", "2")
    assert code == 2 and "--control" in said

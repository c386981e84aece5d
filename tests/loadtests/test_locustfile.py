"""The whole load test, in processes of its own: Locust must never be imported here, since it patches everything."""

import importlib.util
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from ewarn.system.process import descendants

pytestmark = pytest.mark.skipif(importlib.util.find_spec("locust") is None, reason="locust is not installed")


def locust(*words):
    done = subprocess.run(
        [sys.executable, "-m", "locust", "--config", "loadtests/locust.conf", *words],
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
    )
    return done.returncode, done.stdout


def test_in_a_storm_every_client_returns_and_ends_on_the_newest_report():
    code, said = locust("--shape", "storm", "--users", "2", "--clients", "50", "--speed", "10")
    assert code == 0, said
    assert "100 hung up and returned" in said
    rows = [line.split() for line in said.splitlines() if line[:6].strip().isdecimal()]
    assert [row[0] for row in rows] == [str(number) for number in range(1, len(rows) + 1)] != ["1"]
    assert rows[-1][1:3] == ["100", "100"]


def test_a_quake_that_cannot_be_played_fails_the_run_with_a_line():
    code, said = locust("--users", "1", "--quake", "none.toml")
    assert code == 2
    assert "FAILED: the test cannot begin:" in said
    assert "FAILED: 0 of 1 swarm processes reported" in said


def test_an_option_that_cannot_be_honoured_ends_locust_with_a_line():
    done = subprocess.run(
        [sys.executable, "-m", "locust", "--config", "loadtests/locust.conf", "--reset-stats"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 2
    assert "locust: --reset-stats: deliveries count from the first release on" in done.stderr


def test_a_gateway_that_runs_already_is_the_one_that_is_loaded(tmp_path):
    words = ("--listen", "127.0.0.1:0", "--control", "127.0.0.1:0", "--secret-file", str(tmp_path / "secret"))
    command = [sys.executable, "-m", "ewarn", "gateway", *words, "--state", "", "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as gateway:
        try:
            at = json.loads(gateway.stdout.readline())
            host = ("--host", f"http://{at['listen']}", "--control", at["control"], "--secret-file", words[-1])
            figures = tmp_path / "figures"
            code, said = locust(
                *host,
                *("--users", "1", "--clients", "20", "--speed", "20"),
                *("--html", str(tmp_path / "{u}.html"), "--csv", str(figures), "--json-file", str(figures)),
            )
            assert code == 0, said
            assert gateway.poll() is None
            with urllib.request.urlopen(f"http://{at['listen']}/metrics", timeout=10) as page:
                metrics = page.read().decode()
        finally:
            gateway.terminate()
    frames = next(line for line in metrics.splitlines() if line.startswith("ewarn_frames_total"))
    rows = json.loads((tmp_path / "figures.json").read_text())
    # A report that a newer one has overtaken is no delivery; the last one has no newer one.
    assert sum(row["num_requests"] for row in rows) == float(frames.split()[1]) <= 20 * len(rows)
    assert max(rows, key=lambda row: row["name"])["num_requests"] == 20
    assert "report 1" in (tmp_path / "1.html").read_text()
    assert (tmp_path / "figures_stats.csv").read_text().count("delivery,report") >= len(rows) > 0


def begun(*words, said=None):
    """Locust under way; what it says goes to the file `said`."""
    with Path(said or os.devnull).open("w") as file:
        return subprocess.Popen([sys.executable, "-m", "locust", *words], stdout=file, stderr=subprocess.STDOUT)


def below(process, word):
    """Pids of the processes below it that have a word in their command line."""
    found = []
    for pid in descendants(process.pid):
        try:
            if word in Path(f"/proc/{pid}/cmdline").read_text().split("\0"):
                found.append(pid)
        except OSError:  # ended meanwhile
            continue
    return found


def await_publishing(process):
    """The play begins once everybody is connected; the first report is out seconds later."""
    until = time.monotonic() + 60
    while not below(process, "publish"):
        assert process.poll() is None and time.monotonic() < until
        time.sleep(0.05)


@pytest.mark.parametrize(
    ("word", "line", "code"),
    [
        ("ewarn.swarm.worker:main", "with exit code 4: ewarn: swarm process 0 of 1 died (status -9)", 4),
        ("loadtests.phones", "a swarm process ended before it was sent home with exit code -9", 4),
        ("gateway", "the gateway closed 100 of 100 connections", 3),
        ("publish", "FAILED: publishing ended with exit code -9", 4),
    ],
)
def test_whatever_is_killed_in_mid_play_fails_the_run_with_a_line(tmp_path, word, line, code):
    said = tmp_path / "said"
    process = begun(*("--config", "loadtests/locust.conf", "--users", "2", "--clients", "50"), said=said)
    await_publishing(process)
    os.kill(below(process, word)[0], signal.SIGKILL)
    assert process.wait(110) == code, said.read_text()
    assert line in said.read_text(), said.read_text()


def test_a_worker_killed_in_mid_play_fails_the_run_though_another_takes_its_users(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = str(free.getsockname()[1])
    said = tmp_path / "said"
    words = ("-f", "loadtests/locustfile.py", "--headless", "--clients", "50", "--speed", "1")
    master = begun(
        *words,
        *("--master", "--master-bind-host", "127.0.0.1", "--master-bind-port", port, "--expect-workers", "2"),
        *("--users", "2", "--spawn-rate", "2", "--only-summary"),
        said=said,
    )
    workers = [begun(*words[:2], "--worker", "--master-port", port) for _ in range(2)]
    await_publishing(master)
    workers[0].kill()
    assert master.wait(110) == 4, said.read_text()
    lost = "FAILED: 1 of 2 Locust workers were lost before the test was over: worker "
    assert lost in said.read_text()
    for worker in workers:
        worker.wait(30)

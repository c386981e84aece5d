"""The whole load test, in processes of its own: Locust must never be imported here, since it patches everything."""

import importlib.util
import subprocess
import sys

import pytest

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
    assert [line.split()[:3] for line in said.splitlines() if line.startswith("     6")] == [["6", "100", "100"]]


def test_a_quake_that_cannot_be_played_fails_the_run_with_a_line():
    code, said = locust("--users", "1", "--quake", "none.toml")
    assert code == 1
    assert "FAILED: the test cannot begin:" in said
    assert "FAILED: 0 of 1 swarm processes reported" in said

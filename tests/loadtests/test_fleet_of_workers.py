"""A master and two workers on hosts of their own, whose clocks are hours apart."""

import importlib.util
import json
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ewarn.system.namespaces.hosts import Hosts
from ewarn.system.namespaces.tools import why_not
from ewarn.system.process import descendants

CLIENTS = 50


@pytest.fixture(scope="module")
def hosts():
    if importlib.util.find_spec("locust") is None:
        pytest.skip("locust is not installed")
    if why := why_not():
        pytest.skip(why)
    with Hosts() as found:
        yield [found.add("m"), found.add("a", ahead_s=3600.0, delay_s=0.001), found.add("b", ahead_s=-1800.0)]


def begun(host, *words, said, **options):
    command = (sys.executable, "-m", "locust", "-f", "loadtests/locustfile.py", *words)
    with said.open("w") as file:
        return host.start(*command, **{"stdout": file, "stderr": subprocess.STDOUT} | options)


def a_run(hosts, folder, *words, **options):
    """A master and two workers; each says what it says in a file of its own."""
    ours = ("--headless", "--master", "--expect-workers", "2", "-u", "4", "-r", "4", "--clients", str(CLIENTS))
    master = begun(hosts[0], *ours, *words, said=folder / "m", **options)
    theirs = ("--worker", "--master-host", hosts[0].address)
    return [master, *(begun(host, *theirs, said=folder / host.name) for host in hosts[1:])]


def await_publishing(master):
    until = time.monotonic() + 90
    while not any("publish" in command_of(pid) for pid in descendants(master.pid)):
        assert master.poll() is None and time.monotonic() < until
        time.sleep(0.05)


def command_of(pid):
    try:
        return Path(f"/proc/{pid}/cmdline").read_text().split("\0")
    except OSError:  # ended meanwhile
        return []


def test_every_delivery_on_hosts_with_other_clocks_is_told_on_the_masters(hosts, tmp_path):
    with (tmp_path / "errors").open("w") as errors:
        run = a_run(hosts, tmp_path, "--speed", "10", "--json", "--only-summary", stderr=errors)
    assert run[0].wait(100) == 0, (tmp_path / "errors").read_text()
    told = (tmp_path / "errors").read_text()
    for name, ahead in (("a", "+3,600."), ("b", "-1,800.")):
        assert f"on {name}: its clock is {ahead}" in told
    rows = json.loads((tmp_path / "m").read_text())
    assert [row["name"] for row in rows] == [f"report {number}" for number in range(1, len(rows) + 1)] != []
    assert {(row["num_requests"], row["num_failures"]) for row in rows} == {(4 * CLIENTS, 0)}
    assert all(0 < row["max_response_time"] < 60_000 for row in rows)
    for worker in run[1:]:
        worker.wait(30)


def test_a_worker_that_is_killed_fails_the_run_at_once_in_a_line_that_names_its_host(hosts, tmp_path):
    run = a_run(hosts, tmp_path, "--speed", "0.01")
    await_publishing(run[0])
    run[1].kill()
    # The play itself would take many minutes.
    assert run[0].wait(60) == 4, (tmp_path / "m").read_text()
    said = (tmp_path / "m").read_text()
    assert "FAILED: 1 of 2 Locust workers were lost before the test was over: worker " in said
    assert said.split("test was over: worker ")[1].split()[1:3] == ["on", "a"]
    assert said.count("Sending spawn jobs") == 1
    run[2].wait(30)

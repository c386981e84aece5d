"""`ewarn view`: a page of finished runs from which nothing starts, over real sockets."""

import json
import shutil
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from contextlib import contextmanager
from urllib.parse import quote

import numpy as np
import psutil
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from ewarn.briefing.run import load
from ewarn.cli import main
from ewarn.demo.feed import viewed
from ewarn.demo.library import Library
from ewarn.verdict.document import FORMAT
from ewarn.watching.show import HEADER
from tests.briefing.conftest import simulated


@contextmanager
def viewing(*runs):
    """The page of runs, in a process of its own."""
    command = [sys.executable, "-m", "ewarn", "view", *map(str, runs), "--listen", "127.0.0.1:0", "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield json.loads(process.stdout.readline()), process
        finally:
            process.send_signal(signal.SIGINT)
            assert process.wait(10) == 0


def told(page, query=""):
    """All that a viewer is told until the show is there, or cannot be read."""
    found = []
    with connect(f"ws://{page.split('/')[2]}/v1/stage{query}", max_size=None) as feed:
        while True:
            message = feed.recv(30)
            found.append(message if isinstance(message, bytes) else json.loads(message))
            if isinstance(found[-1], dict) and found[-1]["type"] == "state":
                return found


def of(messages, kind):
    return [one for one in messages if isinstance(one, dict) and one["type"] == kind]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Two runs that are alike, one of another quake, and a folder that must not be seen."""
    path = tmp_path_factory.mktemp("view")
    for order in ("fifo", "deadline"):
        simulated(path / "runs" / "pair" / order, order=order)
    simulated(path / "runs" / "other", seed=2)
    simulated(path / "secret")
    return path


@pytest.fixture(scope="module")
def pair(folder):
    with viewing(folder / "runs" / "pair") as (started, process):
        yield started, process


@pytest.fixture(scope="module")
def several(folder):
    with viewing(folder / "runs" / "pair", folder / "runs" / "other") as (started, _):
        yield started


def test_two_plays_of_a_run_are_told_side_by_side_as_their_files_have_them(pair, folder):
    show = told(pair[0]["page"])
    assert show[0]["viewing"] == {"name": "pair/deadline, pair/fifo", "runs": pair[0]["runs"]}
    assert set(show[0]) == {"type", "drill", "viewing"}, "there is nothing to ask for"
    assert [one["order"] for one in of(show, "play")] == ["deadline", "fifo"]
    assert (show[-1]["state"], show[-1]["alerts"]) == ("done", [])
    for index, order in enumerate(("deadline", "fifo")):
        run = load(folder / "runs" / "pair" / order)
        (block,) = [one for one in show if isinstance(one, bytes) and HEADER.unpack_from(one)[:2] == (2, index)]
        count = HEADER.unpack_from(block)[4]
        users = np.frombuffer(block, "<u4", count, HEADER.size)
        assert users.tolist() == np.flatnonzero(np.isfinite(run.first_s)).tolist()
        (verdict,) = [one["verdict"] for one in of(show, "verdict") if one["play"] == index]
        assert verdict["warned"]["in_time"] == run.told.warned.in_time


def test_there_is_one_port_and_nothing_that_could_be_started(pair):
    started, process = pair
    listening = [one for one in psutil.Process(process.pid).net_connections() if one.status == "LISTEN"]
    assert len(listening) == 1
    assert psutil.Process(process.pid).children() == []
    host = started["page"].split("/")[2]
    request = urllib.request.Request(f"http://{host}/v1/stage", method="POST")
    with pytest.raises(urllib.error.HTTPError, match="405"):
        urllib.request.urlopen(request, timeout=10)  # noqa: S310  one of our own
    for path in ("/v1/control", "/v1/alerts?user=a", "/control", "/v1/stage/start", "/v1/stage?start"):
        with pytest.raises(InvalidStatus, match="404"), connect(f"ws://{host}{path}"):
            pass
    with pytest.raises(InvalidStatus, match="403"), connect(f"ws://{host}/v1/stage", origin="http://evil.test"):
        pass
    with connect(f"ws://{host}/v1/stage", max_size=None) as feed:
        feed.send('{"type":"start","token":"","users":1}')
        assert json.loads(feed.recv(10))["type"] == "hello"
    assert psutil.Process(process.pid).children() == []


def test_of_more_plays_each_is_viewed_by_itself(several):
    assert several["runs"] == ["pair/deadline", "pair/fifo", "other"]
    assert told(several["page"])[0]["viewing"]["name"] == "pair/deadline"
    for name in several["runs"]:
        show = told(several["page"], f"?view={quote(name)}")
        assert show[0]["viewing"]["name"] == name
        assert len(of(show, "play")) == 1


@pytest.mark.parametrize(
    "name",
    [
        "../secret",
        "pair/../../secret",
        "pair",
        "secret",
        "",
        ".",
        "/",
        "{folder}/secret",
        "file://{folder}/secret",
        "pair/deadline/../deadline",
        "pair/deadline\0",
        "PAIR/deadline",
        "other/",
        "%2e%2e/secret",
        "..%2fsecret",
        "\ud7ff" * 900,
    ],
    ids=lambda name: name[:20],
)
def test_a_name_is_looked_up_and_never_becomes_a_path(several, folder, name):
    name = name.format(folder=folder)
    show = told(several["page"], f"?view={quote(name, safe='')}")
    assert show[-1]["state"] == "failed"
    assert show[-1]["line"].endswith("no run of this name is here, or no longer")
    assert len(show) == 2


@given(st.text(max_size=40))
@settings(max_examples=200, deadline=None)
def test_whatever_a_request_asks_for_only_what_was_put_there_is_in_the_library(name):
    library = Library()
    library.put("run", [])
    assert (name in library) == (name == "run")
    assert viewed(f"/v1/stage?view={quote(name, safe='')}") == name


def damage(path, how):
    """What can be wrong with the files of a run."""
    verdict = json.loads((path / "verdict.json").read_text())
    if how == "newer":
        (path / "verdict.json").write_text(json.dumps(verdict | {"format": FORMAT + 1}))
    elif how == "older":
        (path / "verdict.json").write_text(json.dumps({"quake": "luding-2022"}))
    elif how == "cut off":
        (path / "ledger.npy").write_bytes((path / "ledger.npy").read_bytes()[:90])
    elif how == "no users":
        (path / "users.npy").unlink()
    elif how == "not a run":
        (path / "ledger.npy").unlink()


@pytest.mark.parametrize("how", ["newer", "older", "cut off", "no users", "not a run"])
def test_a_run_that_cannot_be_read_gets_the_line_that_a_report_of_it_gets(folder, tmp_path, how):
    shutil.copytree(folder / "runs" / "other", tmp_path / "run")
    damage(tmp_path / "run", how)
    lines = {}
    for verb in ("view", "report"):
        result = CliRunner().invoke(main, [verb, str(tmp_path / "run")])
        assert result.exit_code == 2
        lines[verb] = result.stderr
    assert lines["view"] == lines["report"]
    assert lines["view"].count("\n") == 1


def test_two_runs_that_are_not_alike_are_not_shown_on_one_clock(folder):
    result = CliRunner().invoke(main, ["view", *[str(folder / "runs" / one) for one in ("pair/fifo", "other")]])
    assert result.exit_code == 2
    assert "view each by itself" in result.stderr
    assert result.stderr.count("\n") == 1

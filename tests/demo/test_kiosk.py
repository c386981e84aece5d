"""`ewarn demo --kiosk`: a list that plays by itself, in processes of its own, over real sockets."""

import json
import signal
import subprocess
import sys
import time
from contextlib import contextmanager

import psutil
import pytest
from click.testing import CliRunner
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from ewarn.cli import main
from ewarn.demo.keeping import INDEX
from ewarn.runs.folder import UNFINISHED
from ewarn.system.process import descendants
from tests.demo.conftest import SHORT
from tests.quake_file import quake_file

LIST = """
keep = 2
[[entry]]
quake = "luding-2022"
users = 60
orders = ["fifo", "deadline"]
rate_per_s = 5000
language = "zh"
hold_s = 0
[[entry]]
quake = "one.toml"
users = 50
"""
AT_ONCE = """
import sys
from ewarn.cli import main
from ewarn.demo import playlist
playlist.SHOWN_S = playlist.FAILED_S = 0.2
playlist.BEYOND_S = -1000.0
main()
"""
"""a kiosk whose page would replay in no time"""


@contextmanager
def kiosk(folder, text=LIST, program=("-c", AT_ONCE)):
    """Such a kiosk; it must end by itself when it is asked to."""
    (folder / "drill.toml").write_text(SHORT)
    (folder / "list.toml").write_text(text)
    (folder / "one.toml").write_text(quake_file("one", "One"))
    command = [sys.executable, *program, "demo", str(folder / "drill.toml"), "--kiosk", str(folder / "list.toml")]
    command += ["--listen", "127.0.0.1:0", "--out", str(folder / "runs"), "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            yield json.loads(process.stdout.readline()), process
        finally:
            children = descendants(process.pid)
            process.send_signal(signal.SIGINT)
            _, told = process.communicate(timeout=20)
        assert process.returncode == 0, told
        assert told.endswith("kiosk: stopped; all its processes have ended\n")
        assert not any(psutil.pid_exists(child) for child in children)


def watched(page, until):
    """What a viewer without a token is told until a message will do."""
    with connect(f"ws://{page.split('/')[2]}/v1/stage", max_size=None) as feed:
        found, end = [], time.monotonic() + 120
        while time.monotonic() < end:
            message = feed.recv(60)
            if isinstance(message, str):
                found.append(json.loads(message))
                if until(found):
                    return found
    raise AssertionError(found)


def test_a_list_plays_over_and_over_and_skips_what_cannot_be_played(tmp_path):
    with kiosk(tmp_path) as (started, process):
        assert started["entries"] == 2
        listening = [one for one in psutil.Process(process.pid).net_connections() if one.status == "LISTEN"]
        assert len(listening) == 1, "no control"
        (tmp_path / "one.toml").unlink()  # since the list was read
        told = watched(started["page"], lambda found: [one["type"] for one in found].count("scene") == 2)
        scenes = [one["quake"]["id"] for one in told if one["type"] == "scene"]
        assert scenes == ["luding-2022", "luding-2022"]
        assert told[0] == {"type": "hello", "drill": True, "kiosk": {"entries": 2}, "promise_s": 1.0}
        words = [one for one in told if one["type"] == "kiosk"]
        assert words[0]["now"]["quake"]["id"] == "luding-2022"
        assert (words[0]["now"]["language"], words[0]["next"]["quake"]["name"]) == ("zh", "One")
        problems = [one["problem"] for one in words if one["problem"]]
        assert problems[0]["quake"] == "One"
        assert "one.toml" in problems[0]["line"]
        assert [one["order"] for one in told if one["type"] == "play"] == ["fifo", "deadline"]
        names = {one["run"] for one in told if one["type"] == "run"}
        assert len(names) == 1
    made = [path for path in (tmp_path / "runs").iterdir() if path.is_dir() and (path / "ledger.npy").exists()]
    assert len(made) >= 2
    assert set((tmp_path / "runs" / INDEX).read_text().split()) <= {path.name for path in made}
    assert not list((tmp_path / "runs").rglob(f"{UNFINISHED}*"))


def test_it_stops_at_once_in_the_middle_of_a_drill_and_nothing_can_be_asked_of_it(tmp_path):
    with kiosk(tmp_path, program=("-m", "ewarn")) as (started, process):
        watched(started["page"], lambda found: found[-1].get("state") == "connecting")
        assert descendants(process.pid)
        host = started["page"].split("/")[2]
        with pytest.raises(InvalidStatus, match="404"), connect(f"ws://{host}/v1/control"):
            pass
        with connect(f"ws://{host}/v1/stage", max_size=None) as feed:
            feed.send('{"type":"stop","token":""}')
            assert json.loads(feed.recv(10))["type"] == "hello"
        assert descendants(process.pid)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--kiosk", "none.toml"], "none.toml: No such file"),
        (["--kiosk", "{folder}/wrong.toml"], "entry.0.users: "),
        (["--kiosk", "{folder}/wrong.toml", "--control", "127.0.0.1:0"], "--control: not with --kiosk"),
    ],
)
def test_a_list_that_cannot_be_played_is_refused_in_a_line(tmp_path, words, said):
    (tmp_path / "wrong.toml").write_text('[[entry]]\nquake = "luding-2022"\nusers = 0\n')
    result = CliRunner().invoke(
        main, ["demo", "--out", str(tmp_path), *[word.format(folder=tmp_path) for word in words]]
    )
    assert result.exit_code == 2
    assert said in result.stderr
    assert result.stderr.count("\n") == 1

"""What a terminal shows of a drill: lines alone where nobody watches, and how things stand where somebody does."""

import fcntl
import io
import json
import os
import pty
import re
import struct
import subprocess
import sys
import termios

import pytest
from rich.console import Console

from ewarn.watching.dashboard import ALWAYS, SHOWN
from ewarn.watching.terminal import TerminalView
from ewarn.words import say


def test_where_nobody_watches_there_are_lines_alone():
    console = Console(file=io.StringIO(), width=80)
    with TerminalView(console) as view:
        view.progress("connecting users", 1, 2)
        view.say("1 of 2 users connected")
    assert console.file.getvalue() == "1 of 2 users connected\n"


def test_a_long_step_is_drawn_and_gone_in_the_end():
    console = Console(file=io.StringIO(), force_terminal=True, width=80)
    with TerminalView(console) as view:
        view.progress("connecting users", 1, 4)
    written = console.file.getvalue()
    assert re.search(r"connecting users .*1 of 4", written)
    assert written.rindex("\x1b[2K") > written.rindex("connecting users")


@pytest.fixture(scope="module")
def watched(tmp_path_factory):
    """A small drill near the epicentre in a pseudo-terminal: what it drew, and its verdict."""
    folder = tmp_path_factory.mktemp("watched")
    config = folder / "near.toml"
    config.write_text(
        'quake = "luding-2022"\nspeed = 40.0\n[audience]\nusers = 300\nwithin_km = 60.0\n[detection]\nwindow_s = 8.0\n'
    )
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 100, 0, 0))
    command = [sys.executable, "-m", "ewarn", "drill", str(config), "--out", str(folder / "run")]
    environment = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "LINES", "NO_COLOR")}
    environment["TERM"] = "xterm-256color"
    with subprocess.Popen(command, stderr=theirs, stdout=subprocess.DEVNULL, env=environment) as drill:
        os.close(theirs)
        drew = b"".join(_all_of(ours))
        os.close(ours)
    assert drill.returncode in (0, 3), "that nothing came late is nobody's claim here"
    verdict = json.loads((folder / "run" / "verdict.json").read_text())
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", drew.decode()), verdict


def _all_of(descriptor):
    while True:
        try:
            if not (data := os.read(descriptor, 65536)):
                return
        except OSError:  # the other end is closed
            return
        yield data


def test_the_counters_reach_what_the_receipts_have(watched):
    drew, verdict = watched
    last = {
        fate.key: int(re.findall(rf"([\d,]+) {say(f'standing.{fate.key}')}", drew)[-1].replace(",", ""))
        for fate in SHOWN
        if fate in ALWAYS
    }
    warned = verdict["warned"]
    assert last["in_time"] == warned["in_time"] > 0
    assert last["late"] == warned["late"]
    assert last["blind_zone"] == warned["blind_zone"] > 0
    assert warned["missing"] == 0
    assert last["waiting"] == 0


def test_bars_reach_what_was_delivered(watched):
    drew, verdict = watched
    for report in verdict["reports"][-2:]:
        ends = re.findall(rf"report {report['number']} +[━─]+ ([\d,]+) of ([\d,]+)", drew)
        assert ends[-1] == (f"{report['delivered']:,}", f"{report['targets']:,}")


def test_what_is_said_stays_on_the_terminal(watched):
    drew, verdict = watched
    for report in verdict["reports"]:
        assert f"report {report['number']} ({report['status']}), magnitude" in drew
    assert "Warned before the S wave" in drew

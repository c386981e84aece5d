"""Faults of the demo, in a drill that it plays."""

import json
import signal
import subprocess
from collections.abc import Callable
from functools import partial
from itertools import product

import psutil
from websockets.sync.client import ClientConnection, connect

from ewarn.runs.folder import UNFINISHED
from tests.campaign.endings import ACTS, FOR_A_WHILE, Ending, befall, judged
from tests.campaign.ground import Ground, ground
from tests.campaign.rows import Row
from tests.campaign.service import EWARN, PATIENCE_S

KINDS = {"before the reports": "scene", "in mid-fan-out": "report", "after the reports": "verdict"}
"""by phase, the message to a viewer that begins it"""
CODES = {"killed": (-signal.SIGKILL,), "told to end": (0,), FOR_A_WHILE: (0,)}
DEMO = """
quake = "luding-2022"
[audience]
users = 300
[detection]
stations = 3
window_s = 0.1
longest_p_s = 1.0
interval_s = 1.0
quick_s = 0.5
[delivery]
magnitude = 0
"""


def _demo(name: str, act: str, kind: str) -> Row:
    """The demo, once a viewer has been told a message of this kind."""
    loopback = ["--listen", "127.0.0.1:0", "--control", "127.0.0.1:0"]
    with ground() as here:
        (here.folder / "demo.toml").write_text(DEMO)
        command = [*EWARN, "demo", str(here.folder / "demo.toml"), "--json", *loopback, "--out", str(here.out)]
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        with subprocess.Popen(command, text=True, env=here.environment(), **pipes) as process:
            told = json.loads(process.stdout.readline())
            with connect(f"ws://{told['page'].split('/')[2]}/v1/stage", max_size=None, proxy=None) as feed:
                _start(told)
                _told(feed, kind)
                befall(psutil.Process(process.pid), act)
                if act == FOR_A_WHILE:
                    _told(feed, "verdict")
            if act == FOR_A_WHILE:
                process.terminate()
            _, said = process.communicate(timeout=PATIENCE_S)
        return judged(name, CODES[act], Ending(process.returncode, said, here.left(), _plays(here)), ("no half run",))


def _start(told: dict[str, str]) -> None:
    wish = {"quake": "luding-2022", "users": 300, "engine": "auto", "orders": ["deadline"], "fault": "none"}
    with connect(f"ws://{told['control']}/v1/stage", proxy=None) as control:
        control.send(json.dumps({"type": "start", "token": told["token"], **wish}))
        control.recv(PATIENCE_S)


def _told(feed: ClientConnection, kind: str) -> None:
    while True:
        message = feed.recv(60)
        if isinstance(message, str) and json.loads(message)["type"] == kind:
            return


def _plays(here: Ground) -> str:
    """Whether a folder of a play stands there that is not whole."""
    halves = [str(path) for path in here.out.rglob("*") if path.name.startswith(UNFINISHED)]
    halves += [str(path.parent) for path in here.out.rglob("drill.toml") if not (path.parent / "verdict.json").exists()]
    return f"half a run: {', '.join(halves)}" if halves else "no half run"


def tasks() -> dict[str, Callable[[], Row]]:
    """By name, what is tried."""
    return {
        (name := f"demo {act} {phase}"): partial(_demo, name, act, KINDS[phase])
        for act, phase in product(ACTS, KINDS)
        if (act, phase) != (FOR_A_WHILE, "after the reports")  # nothing comes after that, by which to tell
    }

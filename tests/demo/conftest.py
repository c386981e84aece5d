"""A demo in processes of its own, and a short drill for it."""

import json
import signal
import subprocess
import sys
from dataclasses import dataclass

import pytest
from websockets.sync.client import connect

SHORT = """
quake = "luding-2022"
[audience]
users = 300
[detection]
stations = 3
window_s = 0.1
compute_s = 0.1
longest_s = 0
quick_s = 0.5
[delivery]
magnitude = 0
"""


@dataclass
class Demo:
    process: subprocess.Popen
    page: str
    control: str
    token: str

    @property
    def host(self):
        return self.page.split("/")[2]

    def ask(self, message, **options):
        """One message to the control, and its answer."""
        return self.ask_text(json.dumps(message), **options)

    def ask_text(self, text, **options):
        """The same as it stands."""
        with connect(f"ws://{self.control}/v1/stage", **options) as control:
            control.send(text)
            return json.loads(control.recv(30))

    def start(self, **wish):
        wanted = {"quake": "luding-2022", "users": 300, "engine": "auto", "orders": ["deadline"], "fault": "none"}
        return self.ask({"type": "start", "token": self.token} | wanted | wish)

    def viewer(self, query="", **options):
        return connect(f"ws://{self.host}/v1/stage{query}", max_size=None, **options)

    def show(self, until, query=""):
        """All that a viewer is told until a message will do."""
        told = []
        with self.viewer(query) as feed:
            while True:
                message = feed.recv(60)
                told.append(message if isinstance(message, bytes) else json.loads(message))
                if isinstance(told[-1], dict) and until(told[-1]):
                    return told


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    folder = tmp_path_factory.mktemp("demo")
    (folder / "drill.toml").write_text(SHORT)
    loopback = "127.0.0.1:0"
    command = [sys.executable, "-m", "ewarn", "demo", str(folder / "drill.toml"), "--json"]
    command += ["--listen", loopback, "--control", loopback, "--out", str(folder / "runs")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        said = json.loads(process.stdout.readline())
        yield Demo(process, **said)
        process.send_signal(signal.SIGTERM)

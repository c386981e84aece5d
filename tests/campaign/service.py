"""What every part plays against: `ewarn gateway` as a process of its own, and reports that are fit to be published."""

import json
import os
import subprocess
import sys
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass

import psutil

from ewarn.gateway.intake.secret import VARIABLE
from ewarn.gateway.intake.trust import default_key_path, signer_for
from ewarn.publish import Publisher, publisher
from ewarn.seismic.origin import Origin, Report
from ewarn.system.clock import WallClock

SECRET = "a-secret-of-the-campaign"
EWARN = [sys.executable, "-m", "ewarn"]
PATIENCE_S = 30.0
WATCHED = "watched"
"""id of the quake whose reports are waited for"""


@dataclass(frozen=True)
class Service:
    """A gateway that runs."""

    process: subprocess.Popen[str]
    listen: str
    control: str

    def get(self, path: str, patience_s: float = 5.0) -> str:
        """A page of its public port."""
        with urllib.request.urlopen(f"http://{self.listen}{path}", timeout=patience_s) as answer:
            return answer.read().decode()

    def answers(self) -> bool:
        """Whether `/healthz` says that all is well, soon enough for a load balancer."""
        with suppress(OSError, ValueError):
            return json.loads(self.get("/healthz"))["status"] == "ok"
        return False

    def publisher(self) -> "Iterator[Publisher]":
        """An open control connection, as a context."""
        return publisher(self.control, SECRET, WallClock(), signer_for(self.control, None))

    @property
    def signing(self) -> list[str]:
        """Options of a command that publishes to it from folders of its own."""
        return ["--signing-key", str(default_key_path(int(self.control.rpartition(":")[2])))]


@contextmanager
def gateway(*options: str, within: Sequence[str] = ()) -> Iterator[Service]:
    """A gateway of two shards on free ports; it ends with the context, by force if need be.

    `within` is a command that starts another, such as `unshare`.
    """
    with serving([*within, *EWARN], {**os.environ, VARIABLE: SECRET}, *options) as service:
        yield service


@contextmanager
def serving(command: Sequence[str], environment: Mapping[str, str], *options: str) -> Iterator[Service]:
    """The same by another command, in another environment."""
    words = ["gateway", "--listen", "127.0.0.1:0", "--control", "127.0.0.1:0", "--shards", "2", "--json", *options]
    quiet = {"stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
    process = subprocess.Popen([*command, *words], text=True, env=environment, **quiet)
    try:
        started = json.loads(process.stdout.readline())
        yield Service(process, started["listen"], started["control"])
    finally:
        end(process)


def end(process: "subprocess.Popen[str]") -> int:
    """By SIGTERM, else by SIGKILL, its children too; its exit status."""
    them = [one for one in family(process.pid) if one.is_running()]
    # What starts another, as `unshare` does, hands no signal on.
    first = next((one for one in them if "ewarn" in one.cmdline()), None)
    with suppress(psutil.NoSuchProcess, IndexError):
        (first or them[0]).terminate()
    try:
        process.wait(PATIENCE_S)
    except subprocess.TimeoutExpired:
        process.kill()
    for one in psutil.wait_procs(them, 5)[1]:
        with suppress(psutil.NoSuchProcess):
            one.kill()
    for pipe in (process.stdin, process.stdout, process.stderr):
        if pipe:
            pipe.close()
    return process.wait()


def family(pid: int) -> list[psutil.Process]:
    """A process and all below it, the eldest first; nobody where it is gone."""
    with suppress(psutil.NoSuchProcess):
        root = psutil.Process(pid)
        return [root, *sorted(root.children(recursive=True), key=lambda one: (one.create_time(), one.pid))]
    return []


class Series:
    """The reports of one quake, which begins now; fit to be released at once."""

    def __init__(self, quake: str = WATCHED) -> None:
        self._quake, self._began = quake, WallClock().time()

    def report(self, number: int) -> Report:
        """One of them, released now."""
        origin = Origin(time=self._began, latitude=29.59, longitude=102.08, depth_km=16.0, magnitude=6.1)
        play = round(1e9 * self._began)
        return Report(self._quake, number, "update", origin, "Qingzang", WallClock().time(), play)

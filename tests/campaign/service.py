"""What every part plays against: `ewarn gateway` as a process of its own, and reports that are fit to be published."""

import json
import os
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

import psutil

from ewarn.gateway.secret import VARIABLE
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
        return publisher(self.control, SECRET, WallClock())

    def family(self) -> list[psutil.Process]:
        """The supervisor, and then its shards in the order of their starting."""
        with suppress(psutil.NoSuchProcess):
            root = psutil.Process(self.process.pid)
            return [root, *sorted(root.children(recursive=True), key=lambda one: (one.create_time(), one.pid))]
        return []


@contextmanager
def gateway(*options: str) -> Iterator[Service]:
    """A gateway of two shards on free ports; it ends with the context, by force if need be."""
    words = ["gateway", "--listen", "127.0.0.1:0", "--control", "127.0.0.1:0", "--shards", "2", "--json", *options]
    process = subprocess.Popen(
        [*EWARN, *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env={**os.environ, VARIABLE: SECRET},
    )
    try:
        started = json.loads(process.stdout.readline())
        yield Service(process, started["listen"], started["control"])
    finally:
        end(process)


def end(process: "subprocess.Popen[str]") -> int:
    """By SIGTERM, else by SIGKILL, its children too; its exit status."""
    them = []
    with suppress(psutil.NoSuchProcess):
        them = psutil.Process(process.pid).children(recursive=True)
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(PATIENCE_S)
    except subprocess.TimeoutExpired:
        process.kill()
    for one in them:
        with suppress(psutil.NoSuchProcess):
            one.wait(5)
    for one in them:
        with suppress(psutil.NoSuchProcess):
            one.kill()
    for pipe in (process.stdin, process.stdout, process.stderr):
        if pipe:
            pipe.close()
    return process.wait()


def report(number: int, quake: str = WATCHED, now: float | None = None) -> Report:
    """A report that is released now, of a quake that began five seconds ago; `now` in seconds since 1970."""
    now = WallClock().time() if now is None else now
    origin = Origin(time=now - 5.0, latitude=29.59, longitude=102.08, depth_km=16.0, magnitude=6.1)
    return Report(quake, number, "update", origin, "Qingzang", now)

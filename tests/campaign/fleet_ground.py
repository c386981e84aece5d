"""A fleet that drills are played over: swarms by clocks of the trial's own, a drill that is watched, and its ending."""

import json
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

from ewarn.fleet import described
from ewarn.fleet.lab import Fleet
from ewarn.fleet.plan import CENTRE
from ewarn.system.namespaces.host import Process
from tests.campaign.guard import HarnessError
from tests.campaign.hosts_fleet import QUAKE
from tests.campaign.service import EWARN

PATIENCE_S = 120.0
LOOK_S = 0.05
LEASE_S = 3.0
DRILL = """
quake = "{quake}"
seed = 1
speed = {speed}
[audience]
users = {users}
[swarm]
connects_per_s = 50000
[budgets]
delivery_s = {delivery_s}
epicentre_s = {delivery_s}
"""
TEN_S = 5.0
"""within which a report has to be with all: two cores that hold all hosts are shared with whatever else runs there"""


@dataclass
class Ground:
    """A fleet, and how drills are played over it."""

    fleet: Fleet
    folder: Path
    speed: float = 1.0
    """divides the second between two reports"""
    plays: int = field(default=0, init=False)

    def describe(self, *swarms: str, gateways: Sequence[str] = (), more: str = "") -> None:
        """Write the fleet file: these swarms, and all gateways unless some are named."""
        fleet = self.fleet
        gates = [(name, fleet.url(name)) for name in gateways or fleet.plan.gates]
        crews = [(name, fleet.hosts[name].address) for name in swarms]
        text = described.fleet_file(fleet.bus.split(","), gates, crews, fleet.plan.ranges)
        fleet.places.fleet_file.write_text(f"lease_s = {LEASE_S:g}\n{text}{more}", encoding="utf-8")

    def drill_file(self, users: int) -> Path:
        """Of ten reports, a second apart, to all of so many users."""
        self.plays += 1
        quake = self.folder / f"ten-{self.plays}.toml"
        quake.write_text(QUAKE.format(identity=quake.stem))
        file = self.folder / f"drill-{self.plays}.toml"
        file.write_text(DRILL.format(quake=quake.name, speed=self.speed, users=users, delivery_s=TEN_S))
        return file

    @contextmanager
    def drill(self, file: Path, *more: str) -> Iterator["Drill"]:
        """A drill over the fleet, from the centre's host; it ends with the context."""
        one = Drill(self, file, more)
        try:
            yield one
        finally:
            one.close()

    @contextmanager
    def agents(self, options: Mapping[str, Sequence[str]]) -> Iterator[None]:
        """Swarms by clocks of their own, by host, in the place of those that are there."""
        with ExitStack() as undo:
            them = []
            for name, words in options.items():
                if self.fleet.runs(name):
                    self.fleet.kill(name)
                them.append(Agent(self, name, words))
                undo.callback(them[-1].close)
            for one in them:
                one.wait_joined()
            yield

    def connections(self) -> int:
        """Of all gateways, as each says of itself."""
        return sum(json.loads(self.fleet.get(name, "/healthz")[1])["connections"] for name in self.fleet.plan.gates)


class Agent:
    """See `fleet_agent`."""

    def __init__(self, ground: Ground, name: str, options: Sequence[str]) -> None:
        self._log = (ground.folder / f"agent-{name}.log").open("w+")
        key = ground.fleet.places.bus / "swarm.nk"
        words = ("-m", "tests.campaign.fleet_agent", name, ground.fleet.bus, key, ground.folder, *options)
        for file in (*ground.folder.glob(f"{name}-*.npy"), ground.folder / f"{name}.step"):
            file.unlink(missing_ok=True)
        self.process = ground.fleet.hosts[name].start(sys.executable, *words, stdout=self._log, stderr=self._log)

    def wait_joined(self) -> None:
        """Raises HarnessError."""
        until(lambda: "has joined" in self.said() or self.process.poll() is not None, "a swarm that joins")
        if "has joined" not in self.said():
            raise HarnessError(f"a swarm has ended: {self.said()[-400:]}")

    def said(self) -> str:
        """So far."""
        return Path(self._log.name).read_text(errors="replace")

    def close(self) -> None:
        """Whatever has happened."""
        self.process.kill()
        self.process.close()
        self._log.close()


class Drill:
    """`ewarn drill --fleet`."""

    def __init__(self, ground: Ground, file: Path, more: Sequence[str]) -> None:
        ground.plays += 1
        self.out = ground.folder / f"run-{ground.plays}"
        self._log = (ground.folder / f"run-{ground.plays}.log").open("w+")
        words = ("drill", file, "--fleet", ground.fleet.places.fleet_file, "--out", self.out, *more)
        self.process: Process = ground.fleet.hosts[CENTRE].start(
            *EWARN, *words, stdout=subprocess.DEVNULL, stderr=self._log
        )

    def until_said(self, words: str) -> None:
        """Raises HarnessError where it ends before it says this."""
        until(lambda: words in self.said() or self.process.poll() is not None, f"a drill that says {words!r}")
        if words not in self.said():
            raise HarnessError(f"the drill has ended: {' '.join(self.lines()[-2:])}")

    def over(self) -> "Ended":
        """What came of it."""
        code = self.process.wait(PATIENCE_S)
        file = self.out / "verdict.json"
        return Ended(code, self.lines(), json.loads(file.read_text()) if file.is_file() else {}, self.out)

    def said(self) -> str:
        """So far."""
        return Path(self._log.name).read_text(errors="replace")

    def lines(self) -> list[str]:
        """So far."""
        return self.said().splitlines()

    def kill(self) -> None:
        """As a machine that loses its power."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(PATIENCE_S)

    def close(self) -> None:
        """Whatever has happened."""
        self.process.kill()
        self.process.close()
        self._log.close()


@dataclass(frozen=True)
class Ended:
    """A drill that has."""

    code: int
    lines: list[str]
    verdict: Mapping[str, Any]
    out: Path

    @property
    def refused(self) -> list[str]:
        """Lines of a drill that was not played, without how far it was before."""
        return [line for line in self.lines if line.startswith("ewarn: ")]

    @property
    def untrusted(self) -> list[str]:
        """Why it is not trusted."""
        return list(self.verdict.get("harness", {}).get("untrusted", []))

    @property
    def missed(self) -> int:
        """Receipts that are due and never came."""
        return sum(one["targets"] - one["delivered"] for one in self.verdict.get("reports", []))


class Busy:
    """How much of the machine's cores was in use, as long as the context lasts."""

    EVERY_S = 0.05

    def __init__(self) -> None:
        self.samples: list[tuple[int, float]] = []
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> "Busy":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        cores = psutil.cpu_count() or 1
        while not self._over.wait(self.EVERY_S):
            found = psutil.cpu_times()
            used = sum(found) - found.idle - getattr(found, "iowait", 0.0) - found.guest - found.guest_nice
            self.samples.append((time.monotonic_ns(), used / cores))


def until(what: Callable[[], Any], said: str, within_s: float = PATIENCE_S) -> Any:
    """Its value, once that is true. Raises HarnessError."""
    end = time.monotonic() + within_s
    while not (found := what()):
        if time.monotonic() > end:
            raise HarnessError(f"waited {within_s:g} s for {said}")
        time.sleep(LOOK_S)
    return found


@contextmanager
def laid(folder: Path, fleet: Fleet, speed: float) -> Iterator[Ground]:
    """A fleet that is up; it ends with the context."""
    with ExitStack() as stack:
        yield Ground(stack.enter_context(fleet), folder, speed)

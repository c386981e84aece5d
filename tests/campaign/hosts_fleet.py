"""A fleet that is played on: phones that find a gateway, reports by the bus or by control addresses, what came."""

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from websockets.sync.client import connect

from ewarn.centre.centre import Centre
from ewarn.config.catalogues import find_quakes
from ewarn.config.drill import load_centre
from ewarn.fleet.lab import Fleet
from ewarn.fleet.plan import CENTRE, PHONES
from ewarn.gateway.intake import keys
from ewarn.publish import Publisher, play
from ewarn.seismic.origin import Report
from ewarn.system.clock import WallClock
from ewarn.system.namespaces.host import Process
from ewarn.wire.releases import Release
from ewarn.wire.reports import REPORTS_PATH
from tests.campaign.guard import HarnessError
from tests.campaign.hosts_figures import Played, Reached, reached
from tests.campaign.service import EWARN

REPORTS = 10
QUAKE = """
id = "{identity}"
name = "Ten reports, a second apart, of nothing at all (made up)"
zone = "Qingzang"
[origin]
time = 2022-09-05T12:52:18+08:00
latitude = 29.59
longitude = 102.08
depth_km = 16.0
magnitude = 2.9
[false_alarm]
magnitude = 6.5
cancelled_after_s = 9.0
updates = 8
"""
CONTROL = "127.0.0.1", 8601
PATIENCE_S = 120.0
LOOK_S = 0.1
QUIET_LOOKS = 10
"""so often in turn a fleet is found to have sent nothing more"""


@dataclass
class Ground:
    """A fleet, with phones and what is published to them."""

    fleet: Fleet
    clients: int
    folder: Path
    speed: float = 1.0
    """divides the second between two reports"""
    home_s: float = 30.0
    plays: int = field(default=0, init=False)

    def quake(self) -> Path:
        """The file of a quake that nobody has heard of."""
        self.plays += 1
        file = self.folder / f"ten-{self.plays}.toml"
        file.write_text(QUAKE.format(identity=file.stem))
        return file

    @contextmanager
    def phones(self, quake: Path, *more: str) -> Iterator["Phones"]:
        """Phones that are connected; they leave with the context."""
        with ExitStack() as undo:
            phones = Phones(self, quake, more)
            undo.callback(phones.close)
            phones.wait_in()
            yield phones

    def publish(self, quake: Path) -> Process:
        """Have the centre play a quake into the bus."""
        return self.fleet.hosts[CENTRE].start(
            *EWARN,
            "publish",
            quake,
            "--speed",
            str(self.speed),
            *self.fleet.centre,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )

    def over_bus(self) -> Played:
        """A quake played into the bus, by `ewarn publish`."""
        quake = self.quake()
        with self.phones(quake) as phones, self._answers() as answers:
            released = released_by(self.publish(quake))
            phones.wait_told(released)
            found = answers()
            counted = phones.leave()
        due = len(released) * len(self.fleet.plan.gates)
        first: dict[tuple[str, int], int] = {}
        for host, of, number, at_ns in found:
            if of == quake.stem:
                first.setdefault((host, number), at_ns)
        latency = tuple((at_ns - released[number]) / 1e9 for (_, number), at_ns in first.items())
        return Played(phones.reached(released), latency, due, counted)

    def over_control(self) -> Played:
        """The same, into the control address of each gateway: no bus has a part in it."""
        file = self.quake()
        quake = find_quakes((str(file),))[0]
        with self.phones(file) as phones, ExitStack() as undo:
            to = ByControl([undo.enter_context(self._control(name)) for name in self.fleet.plan.gates], undo)
            play(quake, Centre(load_centre(None)).reports(quake), to, WallClock(), self.speed)
            phones.wait_told(to.released)
            counted = phones.leave()
        due = len(to.released) * len(self.fleet.plan.gates)
        return Played(phones.reached(to.released), tuple(to.answer_s), due, counted)

    @contextmanager
    def _control(self, name: str) -> Iterator[Publisher]:
        """A control connection from within the gateway's host, where it is loopback."""
        secret = (self.fleet.places.state(name) / "secret").read_text().strip()
        with self.fleet.hosts[name].socket() as line:
            line.connect(CONTROL)
            line.settimeout(None)
            host, port = CONTROL
            head = {"Authorization": f"Bearer {secret}"}
            url = f"ws://{host}:{port}{REPORTS_PATH}"
            with connect(url, sock=line, additional_headers=head, compression=None, ping_timeout=None) as connection:
                signer = keys.signing_key(self.fleet.places.keys / keys.SIGNING)
                yield Publisher(connection, WallClock(), signer)

    @contextmanager
    def _answers(self) -> Iterator[Callable[[], list[list]]]:
        """What gateways answer on the bus meanwhile."""
        key = self.fleet.places.bus / "centre.nk"
        words = (sys.executable, "-m", "tests.campaign.hosts_answers", self.fleet.bus, key)
        one = self.fleet.hosts[CENTRE].start(*words, text=True, stdout=subprocess.PIPE)

        def found() -> list[list]:
            one.send_signal(signal.SIGKILL)
            said = one.stdout.read().splitlines()
            return [json.loads(line) for line in said if line.startswith("[") and line.endswith("]")]

        try:
            if one.stdout.readline() != "ready\n":
                raise HarnessError("nobody hears what gateways answer")
            yield found
        finally:
            one.kill()
            one.close()

    def connections(self) -> int:
        """Of all gateways that answer, as each says of itself."""
        total = 0
        for name in self.fleet.plan.gates:
            with suppress(OSError, ValueError, KeyError):
                listed = json.loads(self.fleet.get(name, "/v1/gateways")[1])["gateways"]
                total += sum(one["connections"] for one in listed if one["name"] == name)
        return total

    def frames(self) -> float:
        """Alert frames that gateways which answer have sent, or have yet to."""
        total = 0.0
        for name in self.fleet.plan.gates:
            with suppress(OSError):
                for line in self.fleet.get(name, "/metrics")[1].splitlines():
                    if line.startswith(("ewarn_frames_total", "ewarn_late_joins_total", "ewarn_waiting_bytes")):
                        total += float(line.split()[-1])
        return total


class ByControl:
    """What `play` hands reports to: all control addresses at once. `undo` ends its threads."""

    def __init__(self, publishers: list[Publisher], undo: ExitStack) -> None:
        self._publishers = publishers
        self._beside = undo.enter_context(ThreadPoolExecutor(len(publishers)))
        self.released: dict[int, int] = {}
        self.answer_s: list[float] = []

    def release(self, report: Report) -> Release:
        """See `Releases`; the answers' times are noted."""
        sealed = self._publishers[0].sealed(report)
        stamps = [one.hand_over(sealed) for one in self._publishers]

        def answered(one: Publisher) -> int:
            targets = one.taken(sealed).targets
            self.answer_s.append((time.monotonic_ns() - stamps[0]) / 1e9)
            return targets

        targets = sum(self._beside.map(answered, self._publishers))
        self.released[report.number] = stamps[0]
        return Release(sealed, stamps[0], targets)


class Phones:
    """A swarm that finds its gateways, from a host of its own."""

    def __init__(self, ground: Ground, quake: Path, more: tuple[str, ...]) -> None:
        self._ground, self._out = ground, ground.folder / f"phones-{quake.stem}"
        fleet = ground.fleet
        self._said = (ground.folder / f"phones-{quake.stem}.log").open("w+")
        options = {
            "--to": ",".join(map(fleet.url, fleet.plan.gates)),
            "--clients": str(ground.clients),
            "--quake": quake.stem,
            "--home-s": str(ground.home_s),
            "--out": str(self._out),
        }
        words = [word for option in options.items() for word in option]
        self._process = fleet.hosts[PHONES].start(
            *EWARN,
            "swarm",
            "--find",
            "--json",
            "--allow-network",
            *words,
            *more,
            text=True,
            stdout=subprocess.PIPE,
            stderr=self._said,
        )

    def wait_in(self) -> None:
        """Until all are connected, by what the gateways say."""
        self._until(lambda: self._ground.connections() >= self._ground.clients, "connected")

    def wait_told(self, released: dict[int, int]) -> None:
        """Until all are connected and nothing more is sent."""
        if len(released) != REPORTS:
            raise HarnessError(f"{len(released)} of {REPORTS} reports were released")
        self.wait_in()
        before, looks = -1.0, 0
        until = time.monotonic() + PATIENCE_S
        while looks < QUIET_LOOKS and time.monotonic() < until:
            frames = self._ground.frames()
            looks = looks + 1 if frames == before else 0
            before = frames
            time.sleep(LOOK_S)

    def leave(self) -> dict[str, int]:
        """End them; what they counted. Raises HarnessError where they cannot be trusted."""
        self._process.send_signal(signal.SIGINT)
        said, _ = self._process.communicate(timeout=PATIENCE_S)
        if self._process.returncode not in (0, 3):
            raise HarnessError(f"phones: exit code {self._process.returncode}: {self._last_words()}")
        counted = json.loads(said)
        return {**counted, "lost": int(self._process.returncode == 3)}

    def reached(self, released: dict[int, int]) -> Reached:
        """By their receipts, after they have left."""
        return reached(np.load(self._out / "receipts.npy"), released, self._ground.clients)

    def close(self) -> None:
        """Whatever has happened."""
        self._process.kill()
        self._process.close()
        self._said.close()

    def _until(self, met: Callable[[], bool], what: str) -> None:
        until = time.monotonic() + PATIENCE_S
        while not met():
            if self._process.poll() is not None:
                raise HarnessError(f"phones have ended: {self._last_words()}")
            if time.monotonic() > until:
                now = self._ground.connections()
                raise HarnessError(f"not {what} within {PATIENCE_S:g} s: {now:,} of {self._ground.clients:,}")
            time.sleep(LOOK_S)

    def _last_words(self) -> str:
        self._said.seek(0)
        return " ".join(self._said.read().split("\n")[-4:]).strip()


def released_by(publishing: Process) -> dict[int, int]:
    """When each report was released, monotonic ns, as `ewarn publish` says in the end. Raises HarnessError."""
    try:
        out, err = publishing.communicate(timeout=PATIENCE_S)
        if publishing.returncode:
            raise HarnessError(f"publish: exit code {publishing.returncode}: {err.strip()}")
        return dict(release(line) for line in out.splitlines())
    finally:
        publishing.kill()
        publishing.close()


def release(line: str) -> tuple[int, int]:
    """Number and instant of a line of `ewarn publish`."""
    told = json.loads(line)
    return told["number"], told["released_monotonic_ns"]

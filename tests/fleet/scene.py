"""A fleet with a centre and phones, for faults: what is released, who has read it, and when.

Times are monotonic ns. The hosts share this machine's clock, so that instants of different hosts can be compared.
"""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any
from uuid import uuid4

import numpy as np
from websockets.sync.client import connect

from ewarn.errors import InputError
from ewarn.fleet.lab import Fleet
from ewarn.fleet.plan import CENTRE, PHONES
from ewarn.gateway.intake.keys import SIGNING
from ewarn.system.namespaces.host import Host
from ewarn.wire.reports import REPORTS_PATH

PATIENCE_S = 30.0
CONTROL = "127.0.0.1", 8601


def until(what: Callable[[], Any], within_s: float = PATIENCE_S) -> Any:
    """Its value, once that is true."""
    end = time.monotonic() + within_s
    while not (found := what()):
        assert time.monotonic() < end, "it did not come to be"
        time.sleep(0.01)
    return found


class Child:
    """A program of the tests on a host, which answers each line with one."""

    def __init__(self, host: Host, program: str, *words: str) -> None:
        self._process = host.start(
            sys.executable, "-m", program, *words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def say(self, line: str) -> None:
        self._process.stdin.write(f"{line}\n")
        self._process.stdin.flush()

    def hear(self) -> Any:
        line = self._process.stdout.readline()
        assert line, "it has ended"
        return json.loads(line)

    def ask(self, line: str) -> Any:
        self.say(line)
        return self.hear()

    def kill(self) -> None:
        self._process.kill()
        self._process.wait(PATIENCE_S)


class Centre(Child):
    """A centre; `hear` it once before anything else."""

    def __init__(self, fleet: Fleet) -> None:
        keys = str(fleet.places.bus / "centre.nk"), str(fleet.places.keys / SIGNING)
        super().__init__(fleet.hosts[CENTRE], "tests.fleet.centre", fleet.bus, *keys)

    def order(self, quake: str, number: int, play: int) -> None:
        """Have a report released; `hear` what became of it."""
        self.say(json.dumps({"quake": quake, "number": number, "play": play}))

    def release(self, quake: str, number: int, play: int) -> dict[str, Any]:
        self.order(quake, number, play)
        return self.hear()

    def settle(self, within_s: float) -> list[str]:
        return self.ask(json.dumps(within_s))


class Look:
    """What phones had read at an instant; arrays of shape (reports, users), the first row is of report 1."""

    def __init__(self, said: dict[str, Any]) -> None:
        self.there, self.old, self.twice = said["there"], said["old"], said["twice"]
        self._read, self._via = np.array(said["read"]), np.array(said["via"])

    def read(self, number: int) -> Any:
        """When each user has read a report; 0: not yet."""
        return self._read[number - 1]

    def count(self, number: int) -> int:
        return int(np.count_nonzero(self.read(number)))

    def by(self, number: int, gate: int) -> Any:
        """Of each user, whether it came by gateway 1, 2, ..."""
        return self._via[number - 1] == gate


class Scene:
    """The hosts, and what tests ask of them."""

    def __init__(self, fleet: Fleet, phones: Child, centre: Centre, users: int) -> None:
        self.fleet, self.phones, self.centre, self.users = fleet, phones, centre, users

    def begin(self) -> tuple[str, int]:
        """A new quake, whose reports phones take down from now on: its name and its play."""
        quake = f"quake-{uuid4().hex}"
        self.phones.ask(f"begin {quake}")
        return quake, time.time_ns()

    def look(self) -> Look:
        return Look(self.phones.ask("look"))

    def told(self, number: int) -> Look:
        """Once all users have read a report."""
        return until(lambda: (found := self.look()).count(number) == self.users and found)

    def release(self, name: tuple[str, int], number: int) -> float:
        """Release a report; how long the last user waited for it, s."""
        at = self.centre.release(name[0], number, name[1])["at"]
        return (int(self.told(number).read(number).max()) - at) / 1e9

    def health(self, gate: str) -> dict[str, Any]:
        return json.loads(self.fleet.get(gate, "/healthz")[1])

    def lines(self, *wanted: bool) -> float:
        """Once all gateways have these lines and no others: how long that took, s."""
        began = time.monotonic()
        for gate in self.fleet.plan.gates:
            until(lambda gate=gate: [one["caught_up"] for one in self.health(gate)["bus"]["lines"]] == [*wanted])
        return time.monotonic() - began

    def slow_down(self, gate: str, rate_per_s: float | None) -> None:
        """Have a gateway send so many frames a second, as one does that has much to do."""
        with self.fleet.hosts[gate].socket() as line:
            line.connect(CONTROL)
            secret = (self.fleet.places.state(gate) / "secret").read_text().strip()
            allowed = {"Authorization": f"Bearer {secret}"}
            address = f"ws://{CONTROL[0]}:{CONTROL[1]}{REPORTS_PATH}"
            with connect(address, sock=line, additional_headers=allowed, compression=None, proxy=None) as control:
                control.send(json.dumps({"type": "strategy", "rate_per_s": rate_per_s}))
                assert json.loads(control.recv(PATIENCE_S))["type"] == "strategy"

    def mend(self) -> None:
        """All runs, and is reached."""
        for name in self.fleet.hosts:
            self.fleet.heal(name)
        for name in (*self.fleet.plan.lines, *self.fleet.plan.gates):
            with suppress(InputError):
                self.fleet.start(name)
        self.lines(*(True for _ in self.fleet.plan.lines))


@contextmanager
def scene(folder: Path, users: int, home_s: float) -> Iterator[Scene]:
    """Two lines, three gateways, a centre, and phones that are all connected."""
    with ExitStack() as stack:
        fleet = stack.enter_context(Fleet(folder))
        phones = Child(fleet.hosts[PHONES], "tests.fleet.phones", fleet.url("g1"), str(users), str(home_s), "1")
        centre = Centre(fleet)
        made = Scene(fleet, phones, centre, users)
        until(lambda: len(json.loads(fleet.get("g1", "/v1/gateways")[1])["gateways"]) == 3)
        assert phones.hear() == {"hosts": ["g1", "g2", "g3"], "problems": []}
        assert centre.hear() == "there"
        yield made

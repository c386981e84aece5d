"""A fleet that runs: hosts on one machine, keys, servers of the bus, gateways; each can be cut, killed, begun again.

with Fleet(Path("runs/fleet")) as fleet:
    fleet.run("centre", "ewarn", "publish", "luding-2022", *fleet.centre)
    fleet.kill("b1")
    fleet.cut("g2")
"""

import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import asdict
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from ewarn.bus import folder as bus_keys
from ewarn.bus.library import needed
from ewarn.bus.lines import NamedLine
from ewarn.bus.server import find_server
from ewarn.errors import GatewayError, InputError, not_one_of
from ewarn.fleet import described, services
from ewarn.fleet.places import Places
from ewarn.fleet.plan import RANGES, Cable, Plan
from ewarn.fleet.services import Service
from ewarn.gateway.intake import keys
from ewarn.system.namespaces import tools
from ewarn.system.namespaces.host import Host, Process
from ewarn.system.namespaces.hosts import Hosts

LONGEST_S = 86_400.0
"""a fleet that nobody ended is gone after so long"""
UP_S = 60.0
"""within which a service is up"""
LOOK_S = 0.02
TAIL_BYTES = 4096


def found_here() -> str:
    """Where nats-server is. Raises InputError where that, a library, or what lays hosts is missing here."""
    needed("ewarn fleet", "fleet")
    if lacking := tools.absent(tools.PACKAGES, tools.environment()["PATH"]):
        raise InputError(f"hosts on one machine need {', '.join(lacking)}: apt-get install {' '.join(lacking)}")
    if why := tools.why_not():
        raise InputError(f"hosts on one machine cannot be laid here: {why}")
    return find_server()


def ignore(_: str) -> None:
    """Of a fleet that tells nobody how far it is."""


class Fleet:
    """As long as the context lasts; nothing but logs is left of it."""

    def __init__(self, folder: Path, plan: Plan | None = None, told: Callable[[str], None] = ignore) -> None:
        """`folder`: where it keeps its files. `told`: hears how far it is. Nothing is there before it is entered."""
        self.plan = plan or Plan()
        self._folder, self._told = folder, told
        self._services: dict[str, Service] = {}
        self._running: dict[str, Process] = {}

    def __enter__(self) -> Self:
        """Lay hosts, make keys, start all, and wait until they serve.

        Raises InputError where the folder is no fleet's, or tools are missing; OSError; GatewayError where a service
        ends, or is not up in time.
        """
        with ExitStack() as undo:
            self.places = Places(self._folder)
            undo.callback(self.places.close)
            program = found_here()
            self.hosts = self._lay(undo.enter_context(Hosts(LONGEST_S)))
            self._make_keys()
            self._services = {name: services.server(program, name, self.places) for name in self.plan.lines}
            for name in self.plan.gates:
                self.places.state(name).mkdir(mode=0o700, parents=True)
                address = self.hosts[name].address
                self._services[name] = services.gateway(name, address, self.bus, self.plan, self.places)
            for name in self.plan.crews:
                self._services[name] = services.swarm(name, self.bus, self.plan, self.places)
            for names in (self.plan.lines, self.plan.gates, self.plan.crews):
                self._begin(*names)
                self._wait_up(*names)
            if self.plan.crews:
                self.places.fleet_file.write_text(self._described(), encoding="utf-8")
            self._undo = undo.pop_all()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    @property
    def bus(self) -> str:
        """As `--bus` takes it."""
        return ",".join(f"tls://{self.hosts[name].address}" for name in self.plan.lines)

    @property
    def centre(self) -> tuple[str, ...]:
        """Options of `ewarn publish`."""
        signing = self.places.keys / keys.SIGNING
        return ("--bus", self.bus, "--key", str(self.places.bus / "centre.nk"), "--signing-key", str(signing))

    def url(self, name: str) -> str:
        """Of a gateway, as `--to` takes it."""
        return f"ws://{self.hosts[name].address}:{services.PORT}"

    def host(self, name: str) -> Host:
        """The host of this name. Raises InputError."""
        if name not in self.hosts:
            raise not_one_of("host", name, self.hosts)
        return self.hosts[name]

    def start(self, name: str) -> None:
        """Start a service that does not run, and wait until it serves. Raises as entering does."""
        self._service(name)
        if self.runs(name):
            raise InputError(f"{name}: it runs already")
        self._begin(name)
        self._wait_up(name)

    def signal(self, name: str, number: int) -> None:
        """Send a signal to the service on a host. Raises InputError where none runs there."""
        self._service(name)
        if not self.runs(name):
            raise InputError(f"{name}: it does not run")
        self._running[name].send_signal(number)

    def kill(self, name: str) -> None:
        """End a service at once, and wait for that. Raises InputError where it does not run."""
        self.signal(name, signal.SIGKILL)
        one = self._running.pop(name)
        one.wait(tools.PATIENCE_S)
        one.close()

    def stop(self, name: str) -> None:
        """Tell a service to end in order, as a deploy does; a gateway first lets its users go. Raises as `kill`."""
        self.signal(name, signal.SIGTERM)

    def runs(self, name: str) -> bool:
        """Whether the service on a host runs."""
        one = self._running.get(name)
        return one is not None and one.poll() is None

    def ended(self) -> dict[str, int]:
        """Services that have ended since they were last asked for, and with what code."""
        found = {name: code for name, one in self._running.items() if (code := one.poll()) is not None}
        for name in found:
            self._running.pop(name).close()
        return found

    def cut(self, name: str) -> None:
        """Cut the cable of a host: nobody is told. Raises InputError."""
        self.host(name).cut()

    def heal(self, name: str) -> None:
        """Mend the cable of a host. Raises InputError."""
        self.host(name).heal()

    def lose_disk(self, name: str) -> None:
        """Lose what a server of the bus that does not run has kept. Raises InputError."""
        if name not in self.plan.lines:
            raise not_one_of("line", name, self.plan.lines)
        if self.runs(name):
            raise InputError(f"{name}: it runs; kill it first")
        shutil.rmtree(self.places.bus / name / "store", ignore_errors=True)

    def run(self, name: str, *command: str | Path, **options: Any) -> str:
        """Run a command on a host, see `Host.run`; options are those of `Popen`."""
        return self.host(name).run(*command, **options)

    def get(self, name: str, path: str) -> tuple[int, str]:
        """A page of a gateway, as its own host sees it: status and body. Raises InputError, OSError."""
        if name not in self.plan.gates:
            raise not_one_of("gateway", name, self.plan.gates)
        with self.hosts[name].socket() as line:
            return services.page(line, self.hosts[name].address, path)

    def close(self) -> None:
        """End all of it."""
        self._undo.close()

    def _lay(self, hosts: Hosts) -> dict[str, Host]:
        cables = {name: self.plan.cables.get(name, Cable()) for name in self.plan.hosts}
        laid = {name: hosts.add(name, **asdict(cable)) for name, cable in cables.items()}
        for name in (*self.plan.callers, *self.plan.crews):
            laid[name].widen_ports()
        for name in self.plan.gates if self.plan.ranges else ():
            laid[name].run("ip", "route", "add", RANGES, "dev", services.INTERFACE)
        return laid

    def _described(self) -> str:
        """The file of this fleet."""
        gates = [(name, self.url(name)) for name in self.plan.gates]
        crews = [(name, self.hosts[name].address) for name in self.plan.crews]
        return described.fleet_file(self.bus.split(","), gates, crews, self.plan.ranges)

    def _make_keys(self) -> None:
        keys.make(self.places.keys)
        lines = [NamedLine(name, (self.hosts[name].address,)) for name in self.plan.lines]
        bus_keys.make(self.places.bus, lines, self.plan.gates)

    def _service(self, name: str) -> Service:
        if name not in self._services:
            raise not_one_of("service", name, self._services)
        return self._services[name]

    def _begin(self, *names: str) -> None:
        for name in names:
            log = self.places.log(name)
            log.parent.mkdir(exist_ok=True)
            with log.open("ab") as file:
                # In a session of its own, Ctrl-C is for us alone.
                self._running[name] = self.hosts[name].start(
                    *self._services[name].words,
                    stdin=subprocess.DEVNULL,
                    stdout=file,
                    stderr=file,
                    start_new_session=True,
                )

    def _wait_up(self, *names: str) -> None:
        until = time.monotonic() + UP_S
        for name in names:
            while not self._is_up(name):
                if not self.runs(name):
                    raise GatewayError(f"{name} has ended: {self._last_line(name)}")
                if time.monotonic() > until:
                    raise GatewayError(f"{name} is not up within {UP_S:g} s: {self._last_line(name)}")
                time.sleep(LOOK_S)
            self._told(f"{name} is up at {self.hosts[name].address}")

    def _is_up(self, name: str) -> bool:
        with suppress(OSError), self.hosts[name].socket() as line:
            return self._services[name].is_up(line, self.hosts[name].address)
        return False

    def _last_line(self, name: str) -> str:
        text = self.places.log(name).read_bytes()[-TAIL_BYTES:].decode("utf-8", "replace").strip()
        return (
            text.splitlines()[-1].removeprefix("ewarn: ") if text else f"it said nothing; see {self.places.log(name)}"
        )

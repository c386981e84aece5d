"""Real lines of the bus for tests: nats-server in processes of their own, on loopback, killed, stopped, begun again.

Keys and files are what `ewarn bus keys` makes.
"""

import secrets
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from ewarn.bus import folder as kept
from ewarn.bus.addresses import Identity, LineAddress, read_identity
from ewarn.bus.lines import parse_line
from ewarn.bus.roles import ROLES, gateway, role
from ewarn.bus.seeds import seed_file
from ewarn.bus.server import find_server
from ewarn.errors import InputError

PATIENCE_S = 30.0
READY = b"Server is ready"
PORTS = range(20_000, 32_000)
GATEWAYS = tuple(f"g{number}" for number in range(1, 10))


class Server:
    """One line: on loopback, with a port that stays its own."""

    def __init__(self, folder: Path, name: str, address: LineAddress, program: str) -> None:
        self.address, self.keys = address, folder
        self._own, self._name, self._program = folder / name, name, program
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        log = self._own / "log"
        log.unlink(missing_ok=True)
        with log.open("ab") as file:
            command = [self._program, "-c", str(self._own / f"{self._name}.conf")]
            self._process = subprocess.Popen(command, stdout=file, stderr=file)
        until = time.monotonic() + PATIENCE_S
        while READY not in log.read_bytes():
            assert self._process.poll() is None, log.read_text()
            assert time.monotonic() < until
            time.sleep(0.01)

    def kill(self) -> None:
        if self._process:
            self._process.kill()
            self._process.wait()
            self._process = None

    @property
    def runs(self) -> bool:
        return self._process is not None

    def lose_disk(self) -> None:
        shutil.rmtree(self._own / "store")

    def hang(self) -> None:
        """It is there, and does nothing."""
        assert self._process
        self._process.send_signal(signal.SIGSTOP)

    def go_on(self) -> None:
        assert self._process
        self._process.send_signal(signal.SIGCONT)


class Bus:
    """Its lines, and the keys of all roles."""

    def __init__(self, folder: Path, *, count: int = 2, tls: bool = False) -> None:
        try:
            program = find_server()
        except InputError as error:
            pytest.skip(str(error))
        names = [f"b{index + 1}" for index in range(count)]
        lines = [parse_line(f"{name}=127.0.0.1:{free_port()}", tls_here=tls) for name in names]
        kept.make(folder, lines, GATEWAYS)
        self.folder = folder
        self.servers = [
            Server(folder, line.name, LineAddress(index, "127.0.0.1", line.port, tls), program)
            for index, line in enumerate(lines)
        ]

    @property
    def given(self) -> str:
        """As `--bus` takes it."""
        return ",".join(str(one.address) for one in self.servers)

    def key(self, name: str) -> str:
        """As `--key` takes it, of a role or a gateway."""
        return str(seed_file(self.folder, name))

    def identity(self, name: str) -> Identity:
        """Of a role or a gateway."""
        found = role(name) if name in [one.name for one in ROLES] else gateway(name)
        return read_identity(found, self.key(name))

    def kill(self) -> None:
        for one in self.servers:
            one.kill()

    def start(self) -> None:
        for one in self.servers:
            one.start()


@contextmanager
def running(folder: Path, *, count: int = 2, tls: bool = False) -> Iterator[Bus]:
    """A bus whose lines are up."""
    bus = Bus(folder, count=count, tls=tls)
    try:
        bus.start()
        yield bus
    finally:
        bus.kill()


def free_port() -> int:
    """Below those that the kernel gives to connections: while a server is down, none of these may take its port."""
    while True:
        port = secrets.choice(PORTS)
        with socket.socket() as one, suppress(OSError):
            one.bind(("127.0.0.1", port))
            return port

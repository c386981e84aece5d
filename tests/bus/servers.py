"""Real servers of the bus for tests: nats-server in a process of its own, on loopback, killed, stopped, begun again."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import nkeys
import pytest

from ewarn.bus.addresses import Identity, LineAddress, read_identity

PATIENCE_S = 20.0
ALLOWED = {
    "centre": {
        "publish": ["ewarn.reports.*", "ewarn.pulse", "ewarn.swarm.orders.*", "$JS.API.STREAM.*.EWARN"],
        "subscribe": ["ewarn.taken.*", "ewarn.hosts.*", "ewarn.swarm.answers.*", "_INBOX_centre.>"],
    },
    "gateway": {
        "publish": [
            "ewarn.taken.*",
            "ewarn.hosts.*",
            "$JS.API.STREAM.INFO.EWARN",
            "$JS.API.STREAM.MSG.GET.EWARN",
        ],
        "subscribe": ["ewarn.reports.*", "ewarn.pulse", "ewarn.hosts.*", "_INBOX_gateway.>"],
    },
    "swarm": {"publish": ["ewarn.swarm.answers.*"], "subscribe": ["ewarn.swarm.orders.*", "_INBOX_swarm.>"]},
}


def program() -> str:
    """The server's: of the machine, or of this environment."""
    beside = Path(sys.executable).parent / "nats-server"
    found = str(beside) if beside.exists() else shutil.which("nats-server")
    return found or pytest.skip("there is no nats-server")


def new_seed() -> str:
    return nkeys.encode_seed(os.urandom(32), nkeys.PREFIX_BYTE_USER).decode()


def public(seed: str) -> str:
    return nkeys.from_seed(bytearray(seed.encode())).public_key.decode()


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


@dataclass
class Roles:
    """A key of each role, in files."""

    folder: Path
    seeds: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.folder.mkdir(exist_ok=True)
        for role in ALLOWED:
            self.seeds[role] = new_seed()
            self.path(role).touch(0o600)
            self.path(role).write_text(self.seeds[role])

    def path(self, role: str) -> Path:
        return self.folder / f"{role}.nk"

    def identity(self, role: str, ca: str | None = None) -> Identity:
        return read_identity(role, str(self.path(role)), ca)


class Server:
    """One line: on loopback, with a port that stays its own."""

    def __init__(self, folder: Path, roles: Roles, index: int = 0, tls: tuple[Path, Path] | None = None) -> None:
        self.folder, self.roles, self.port = folder, roles, free_port()
        self.address = LineAddress(index, "127.0.0.1", self.port, tls is not None)
        folder.mkdir(exist_ok=True)
        users = [
            {"nkey": public(roles.seeds[role]), "permissions": {way: {"allow": may} for way, may in allowed.items()}}
            for role, allowed in ALLOWED.items()
        ]
        config = {
            "listen": f"127.0.0.1:{self.port}",
            "max_payload": 1 << 17,
            "jetstream": {"store_dir": str(folder / "store"), "max_file_store": 1 << 27, "max_memory_store": 1 << 20},
            "authorization": {"users": users},
        }
        if tls:
            config["tls"] = {"cert_file": str(tls[0]), "key_file": str(tls[1]), "timeout": 2}
        self.config = folder / "server.conf"
        self.config.write_text(json.dumps(config))  # the server's own format takes JSON
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        log = (self.folder / "log").open("ab")
        self._process = subprocess.Popen([program(), "-c", str(self.config)], stdout=log, stderr=log)
        until = time.monotonic() + PATIENCE_S
        while b"Server is ready" not in (self.folder / "log").read_bytes().rpartition(b"Starting nats-server")[2]:
            assert self._process.poll() is None, (self.folder / "log").read_text()
            assert time.monotonic() < until
            time.sleep(0.01)

    def kill(self) -> None:
        if self._process:
            self._process.kill()
            self._process.wait()
            self._process = None

    def lose_disk(self) -> None:
        shutil.rmtree(self.folder / "store")

    def hang(self) -> None:
        self._process.send_signal(signal.SIGSTOP)

    def go_on(self) -> None:
        self._process.send_signal(signal.SIGCONT)


@contextmanager
def running(folder: Path, count: int = 2, tls: tuple[Path, Path] | None = None) -> Iterator[list[Server]]:
    """So many lines with the same keys, up."""
    folder.mkdir(exist_ok=True)
    roles = Roles(folder / "keys")
    servers = [Server(folder / f"bus{index}", roles, index, tls) for index in range(count)]
    try:
        for one in servers:
            one.start()
        yield servers
    finally:
        for one in servers:
            one.kill()

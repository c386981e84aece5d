"""What runs on the hosts of a fleet: commands, and how one sees that they are up."""

import socket
import sys
from collections.abc import Callable
from dataclasses import dataclass

from ewarn.bus.seeds import seed_file
from ewarn.fleet.places import Places
from ewarn.fleet.plan import Plan
from ewarn.gateway.intake.keys import TRUSTED
from ewarn.system.address import joined

PORT, BUS_PORT = 8600, 4222
INTERFACE = "eth0"
"""of each host"""
READ_BYTES = 65536
DRILL_USERS = 50_000
"""of whom a gateway keeps a journal where a drill can be played over the fleet: 29 MB, once one is"""
JOINED = b"has joined"
"""what a swarm says once the bus has it"""


@dataclass(frozen=True)
class Service:
    """A command on a host of its own."""

    name: str
    """its host's"""
    words: tuple[str, ...]
    is_up: Callable[[socket.socket, str], bool]
    """whether it serves, by a socket on its host, which has that address"""


def server(program: str, name: str, places: Places) -> Service:
    """A server of the bus."""
    return Service(name, (program, "-c", str(places.bus / name / f"{name}.conf")), greets)


def gateway(name: str, address: str, bus: str, plan: Plan, places: Places) -> Service:
    """A gateway that hears the bus."""
    state = places.state(name)
    options = {
        "--listen": joined(address, PORT),
        "--public-url": f"ws://{joined(address, PORT)}",
        "--bus": bus,
        "--key": str(seed_file(places.bus, name)),
        "--trusted-keys": str(places.keys / TRUSTED),
        "--name": name,
        "--shards": str(plan.shards),
        "--state": str(state),
        "--secret-file": str(state / "secret"),
    }
    if plan.capacity is not None:
        options["--capacity"] = str(plan.capacity)
    if plan.rate_per_s is not None:
        options["--rate-per-s"] = str(plan.rate_per_s)
    if plan.drain_s is not None:
        options["--drain-s"] = str(plan.drain_s)
    if plan.crews and plan.journals:
        options["--drill-users"] = str(DRILL_USERS)
    words = [word for option in options.items() for word in option]
    return Service(name, (sys.executable, "-m", "ewarn", "gateway", "--allow-network", *words), healthy)


def swarm(name: str, bus: str, plan: Plan, places: Places) -> Service:
    """A swarm that waits for a drill over the fleet, and then for the next."""
    words: tuple[str, ...] = ("swarm", "--join", bus, "--key", str(places.bus / "swarm.nk"), "--name", name, "--stay")
    if name in plan.ranges:
        words += ("--interface", INTERFACE, "--range", plan.ranges[name])
    log = places.log(name)
    return Service(name, (sys.executable, "-m", "ewarn", *words), lambda _line, _address: JOINED in log.read_bytes())


def greets(line: socket.socket, address: str) -> bool:
    """A server of the bus speaks first. Raises OSError."""
    line.connect((address, BUS_PORT))
    return line.recv(READ_BYTES).startswith(b"INFO")


def healthy(line: socket.socket, address: str) -> bool:
    """A gateway lets clients in. Raises OSError."""
    code, _ = page(line, address, "/healthz")
    return code == 200


def page(line: socket.socket, address: str, path: str) -> tuple[int, str]:
    """A page of a gateway: the status of its answer, 0 where it is none, and its body. Raises OSError."""
    line.connect((address, PORT))
    line.sendall(f"GET {path} HTTP/1.1\r\nHost: {joined(address, PORT)}\r\nConnection: close\r\n\r\n".encode())
    answer = b"".join(iter(lambda: line.recv(READ_BYTES), b""))
    head, _, body = answer.partition(b"\r\n\r\n")
    status = head.split(b" ")[1:2]
    return int(status[0]) if status and status[0].isdigit() else 0, body.decode("utf-8", "replace")

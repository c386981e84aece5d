"""A conductor in a process of its own, to be killed; and what any of these tests has an agent do."""

import json
import secrets
import sys

import numpy as np

from ewarn import __version__
from ewarn.bus.addresses import parse_bus, read_identity
from ewarn.bus.leading import Leading
from ewarn.bus.roles import role
from ewarn.system.clock import WallClock
from ewarn.wire.pieces import takes
from ewarn.wire.swarms import WIRE, Connect, Hello, Prepare
from tests.bus.hauling import collect, send
from tests.bus.listening import met

PATIENCE_S = 30.0
HELLO = Hello(__version__, WIRE, b"k" * 32, 10.0)


def audience(users):
    """They all follow one place near the quake of the tests."""
    return {
        "count": np.ones(users),
        "latitude": np.full(users, 29.6),
        "longitude": np.full(users, 102.1),
        "threshold": np.zeros(users),
        "sampled": np.arange(users) < 2,
    }


def prepare(gateway, users, first=0, **more):
    return Prepare(first, users, 3, 1, 5000.0, 0.0, True, (gateway,), home_s=1.0, **more)


def connected(to, gateway, users, name="s1", first=0, **more):
    """Have an agent bring so many users."""
    send(to, name, takes(audience(users)), PATIENCE_S)
    to.ask({name: prepare(gateway, users, first, **more)}, PATIENCE_S)
    to.ask({name: Connect()}, PATIENCE_S)
    met(lambda: to.standing(name).state == "there", PATIENCE_S)


def collected(bus, key, gateway, users):
    """As a program: have packets connect, and print which gateways they are on and where they came from."""
    with Leading(parse_bus(bus), read_identity(role("conductor"), key), WallClock(), "0" * 32, ["s1"]) as to:
        to.ask({"s1": HELLO}, PATIENCE_S)
        connected(to, gateway, int(users), phones="packets")
        said, arrays = collect(to, "s1", PATIENCE_S)
        print(json.dumps({"placed": said.placed, "there": int(arrays["there"].sum())}))


def main(channel, told):
    """Child: lead an agent until this process is killed."""
    bus, key, gateway, users, lease_s = told
    run = secrets.token_hex(16)
    with Leading(parse_bus(bus), read_identity(role("conductor"), key), WallClock(), run, ["s1"]) as to:
        to.ask({"s1": Hello(__version__, WIRE, b"k" * 32, lease_s)}, PATIENCE_S)
        connected(to, gateway, users)
        channel.send(run)
        channel.recv()


if __name__ == "__main__":
    collected(*sys.argv[1:])

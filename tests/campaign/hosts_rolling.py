"""A rolling restart of all gateways under phones, with a quake in the middle of it."""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from ewarn.fleet.lab import Fleet
from ewarn.fleet.plan import PHONES
from ewarn.fleet.services import PORT
from ewarn.system.address import joined
from tests.campaign.guard import HarnessError
from tests.campaign.hosts_figures import Reached, SentAway, sent_away
from tests.campaign.hosts_fleet import LOOK_S, Ground, release, released_by

ENDS_S = 90.0
"""within which a gateway that is told to drain has ended"""
BESIDE = 300
"""clients that stay on the gateway which drains while reports go out, until it sends them away"""


@dataclass(frozen=True)
class Restarted:
    """One gateway."""

    name: str
    drained_s: float
    """from SIGTERM to the end of its process"""
    code: int
    up_s: float
    """from its start until it let clients in"""


@dataclass(frozen=True)
class Rolled:
    """What came of all of it."""

    restarted: tuple[Restarted, ...]
    reached: Reached
    away: SentAway
    counted: dict[str, int]
    """what the phones counted, see `TALLIES`"""
    in_vain: int
    """connections that were begun from the phones' host and came to nothing, or asked for the list"""
    took_s: float
    """from the first SIGTERM until the last gateway let clients in again"""


def rolled(ground: Ground, beside: int = BESIDE) -> Rolled:
    """Restart them in turn; the second is told to drain as the first of ten reports is out."""
    fleet, quake = ground.fleet, ground.quake()
    first, second, *others = fleet.plan.gates
    with ground.phones(quake) as phones:
        began, before = time.monotonic(), _opened(fleet) + beside
        restarted = [restart(fleet, first)]
        with clients_of(fleet, second, beside, quake.stem) as heard:
            publishing = ground.publish(quake)
            number, at_ns = release(publishing.stdout.readline())
            restarted.append(restart(fleet, second))
            released = {number: at_ns, **released_by(publishing)}
            found = heard()
        restarted += [restart(fleet, name) for name in others]
        took_s = time.monotonic() - began
        phones.wait_told(released)
        attempts = _opened(fleet) - before
        counted = phones.leave()
    in_vain = max(0, attempts - counted["returned"])
    away = sent_away(found["receipts"], found["endings"])
    return Rolled(tuple(restarted), phones.reached(released), away, counted, in_vain, took_s)


def restart(fleet: Fleet, name: str) -> Restarted:
    """As a deploy does: let it go in order, start it anew, and wait until it lets clients in and others know it."""
    began = time.monotonic()
    fleet.stop(name)
    while name not in (ended := fleet.ended()):
        if time.monotonic() > began + ENDS_S:
            raise HarnessError(f"{name} does not end within {ENDS_S:g} s of SIGTERM")
        time.sleep(LOOK_S / 5)
    gone = time.monotonic()
    fleet.start(name)
    return Restarted(name, gone - began, ended[name], time.monotonic() - gone)


@contextmanager
def clients_of(fleet: Fleet, name: str, count: int, quake: str) -> Iterator[Callable[[], dict]]:
    """Clients of one gateway that go nowhere else; what they have heard."""
    address = joined(fleet.hosts[name].address, PORT)
    words = (sys.executable, "-m", "tests.campaign.bystanders", address, str(count), str(sys.maxsize), quake)
    one = fleet.hosts[PHONES].start(*words, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def heard() -> dict:
        return json.loads(one.communicate()[0].splitlines()[-1])

    try:
        if one.stdout.readline() != "ready\n":
            raise HarnessError(f"clients did not get in at {name}")
        yield heard
    finally:
        one.kill()
        one.close()


def _opened(fleet: Fleet) -> int:
    """Connections that were begun on the phones' host since it is there."""
    names, values = [line.split() for line in fleet.run(PHONES, "cat", "/proc/net/snmp").splitlines() if "Tcp:" in line]
    return int(values[names.index("ActiveOpens")])

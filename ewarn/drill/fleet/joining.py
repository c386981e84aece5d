"""Bringing a fleet together: what is to be started is, and all hosts are there and fit, before anybody connects."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from ewarn import __version__
from ewarn.bus.leading import Leading
from ewarn.clocks.identity import ClockId
from ewarn.config.drill import DrillSettings
from ewarn.config.fleet import FleetSettings, SwarmHost
from ewarn.drill.fleet.fits import check_gateways, check_list, check_versions
from ewarn.drill.fleet.started import Started
from ewarn.drill.gateways import Gateway, asked, health
from ewarn.drill.view import View
from ewarn.errors import InputError, MeasurementError
from ewarn.swarm.client import Target, parse_target
from ewarn.system.address import is_own, resolve
from ewarn.system.clock import Clock
from ewarn.wire.gateways import GATEWAYS_PATH, decode
from ewarn.wire.swarms import WIRE, Hello, Here
from ewarn.words import say

TICK_S = 0.1
ANSWER_S = 5.0
HELLO_S = 20.0
Found = TypeVar("Found")


@dataclass(frozen=True)
class Waiting:
    """For what a fleet has to be or to do, as long as the fleet file says."""

    started: Started
    clock: Clock
    until_ns: int
    """monotonic"""

    def until(self, names: Iterable[str], act: Callable[[], Found | None]) -> Found | None:
        """What `act` finds in the end; it may raise InputError as long as things may still come right.

        None where it finds nothing in time. Raises InputError: what it raised last; or why a command of one of these
        hosts has ended.
        """
        hosts = list(names)
        while True:
            late = self.clock.monotonic_ns() > self.until_ns
            try:
                if (found := act()) is not None or late:
                    return found
            except InputError:
                if late:
                    raise
            for name in hosts:
                if why := self.started.why_ended(name):
                    raise InputError(f"{name}: {why}")
            self.clock.sleep(TICK_S)


def start_all(fleet: FleetSettings, started: Started) -> None:
    """Start what the fleet file says, gateways first. Raises InputError."""
    for one in fleet.gateway:
        if one.start is not None:
            started.start(one.name, [*one.start, *one.command])
    for host in fleet.swarm:
        if host.start is not None:
            started.start(host.name, [*host.start, *joining(fleet, host)])


def joining(fleet: FleetSettings, host: SwarmHost) -> list[str]:
    """The words by which a host joins."""
    options = {
        "--join": fleet.bus.joined,
        "--key": host.key,
        "--name": host.name,
        "--ear-port": str(host.ear_port) if host.ear_port else "",
        "--sources": ",".join(host.sources),
        "--ca": host.ca or "",
        "--interface": host.interface or "",
        "--range": host.range or "",
    }
    words = [word for option, value in options.items() if value for word in (option, value)]
    return [*host.command, "swarm", *words, "--until-eof"]


def join(fleet: FleetSettings, leading: Leading, waiting: Waiting, key: bytes, view: View) -> dict[str, Here]:
    """Wait for all swarms, and lead them; who is there, by name. `key`: of clock exchanges.

    Raises InputError where one does not join in time, or is of another version.
    """
    names = [one.name for one in fleet.swarm]
    doing, total = say("doing.waiting-for-hosts"), len(names)

    def look() -> bool | None:
        there = sum(leading.standing(name) is not None for name in names)
        view.progress(doing, there, total)
        return True if there == total else None

    if not waiting.until(names, look):
        missing = next(name for name in names if leading.standing(name) is None)
        last = waiting.started.said(missing) or "is ewarn swarm --join running there, with this name, on this bus?"
        raise InputError(f"{missing}: its swarm did not join within {fleet.join_s:g} s: {last}")
    versions = {name: standing.ewarn for name in names if (standing := leading.standing(name))}
    check_versions((__version__, WIRE), {name: (version, WIRE) for name, version in versions.items() if version})
    said = leading.ask(dict.fromkeys(names, Hello(__version__, WIRE, key, fleet.lease_s)), HELLO_S)
    found = {name: one for name, one in said.items() if isinstance(one, Here)}
    if strange := [name for name in names if name not in found]:
        raise MeasurementError(f"{strange[0]}: its answer to hello is of another kind")
    check_versions((__version__, WIRE), {name: (one.ewarn, one.wire) for name, one in found.items()})
    return found


def clock_of(here: Here) -> ClockId:
    """By what the clock of a host is known."""
    return ClockId(here.boot, here.time_ns)


def find_gateways(
    fleet: FleetSettings, settings: DrillSettings, leading: Leading, waiting: Waiting
) -> dict[str, Gateway]:
    """Wait for all gateways, which fit the drill and are what users are told. Raises InputError."""
    targets = {one.name: parse_target(one.url, fleet.ca) for one in fleet.gateway}
    names = list(targets)

    def look() -> dict[str, Gateway]:
        told = {name: health(target) for name, target in targets.items()}
        for name, target in targets.items():
            check_list(fleet, asked(target, GATEWAYS_PATH, decode, ANSWER_S), name)
        check_gateways(fleet, settings, told)
        if silent := [name for name in names if name not in leading.gateways()]:
            raise InputError(f"gateway: {silent[0]} is not heard on the bus of the fleet file")
        return {
            name: Gateway(target, "", "", told[name], elsewhere=not _is_here(target))
            for name, target in targets.items()
        }

    found = waiting.until(names, look)
    assert found  # noqa: S101  it finds something, or raises
    return found


def read_file(path: str, what: str) -> Path:
    """A file that has to be there. Raises InputError."""
    if not (found := Path(path)).is_file():
        raise InputError(f"{what}: there is no file {path}")
    return found


def _is_here(target: Target) -> bool:
    return is_own(resolve("url", target.host, target.port, allow_network=True, otherwise=""))

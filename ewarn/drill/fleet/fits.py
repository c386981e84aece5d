"""Whether a drill and a fleet fit each other, before anybody connects. Pure; each misfit is an InputError of a line."""

from collections.abc import Mapping
from dataclasses import replace

from msgspec import UNSET

from ewarn.config.drill import DrillSettings, GatewayTable, SwarmTable
from ewarn.config.fleet import FleetSettings
from ewarn.drill.gateways import check_gates
from ewarn.errors import InputError
from ewarn.system.tls import certificates
from ewarn.wire.gateways import Gateways
from ewarn.wire.health import Health
from ewarn.wire.swarms import MOST_CA

THEIRS = {
    "gateway.shards": "who runs a gateway gives it its shards",
    "gateway.resize": "who runs a gateway gives it its shards",
    "swarm.clients": "each [[swarm]] of the fleet file has its phones",
    "swarm.interface": "each [[swarm]] of the fleet file has its interface",
    "swarm.range": "each [[swarm]] of the fleet file has its range",
    "swarm.stuck": "swarms of a fleet have no clients besides the users",
    "swarm.slow": "swarms of a fleet have no clients besides the users",
}
"""keys of a drill file that say nothing of a fleet, and why"""
TOLD = ("order", "rate_per_s")
"""what all gateways have to do alike, and say that they do"""


def check_drill(settings: DrillSettings, fleet: FleetSettings) -> None:
    """Raise InputError for what a drill asks for and a fleet, or this one, cannot have."""
    if settings.platforms is not None:
        raise InputError("platforms: not with --fleet, in which all gateways are one platform")
    sockets = next((one.name for one in fleet.swarm if one.phones == "sockets"), None)
    if settings.last_mile is not None and sockets:
        raise InputError(f"last_mile: needs phones of packets on all swarms, and those of {sockets} are sockets")
    usual: dict[str, GatewayTable | SwarmTable] = {"gateway": GatewayTable(), "swarm": SwarmTable()}
    if {settings.swarm.phones.wish} == {one.phones for one in fleet.swarm}:
        usual["swarm"] = SwarmTable(clients=settings.swarm.clients)
    for key, why in THEIRS.items():
        table, name = key.split(".")
        if getattr(getattr(settings, table), name) != getattr(usual[table], name):
            raise InputError(f"{key}: not with --fleet: {why}")


def authorities(fleet: FleetSettings) -> str:
    """The certificates that swarms trust gateways by, PEM; empty: those that their hosts trust. Raises InputError."""
    found = certificates(fleet.ca) if fleet.ca else ""
    if len(found) > MOST_CA:
        raise InputError(f"ca: {len(found):,} letters of certificates, at most {MOST_CA:,} are sent to swarms")
    return found


def check_shares(fleet: FleetSettings, users: int) -> list[int]:
    """How many users are on each host with a swarm. Raises InputError where one has none."""
    shares = fleet.shares(users)
    for one, share in zip(fleet.swarm, shares, strict=True):
        if not share:
            raise InputError(f"audience.users: of {users:,} users {one.name} has none, by its weight {one.weight:g}")
    return shares


def check_versions(ours: tuple[str, int], theirs: Mapping[str, tuple[str, int]]) -> None:
    """Raise InputError where a host has another version of ewarn, or of what goes over the bus; by host."""
    for name, (version, wire) in theirs.items():
        if version != ours[0]:
            raise InputError(f"{name}: ewarn {version} there, ewarn {ours[0]} here; both have to be the same")
        if wire != ours[1]:
            raise InputError(f"{name}: it speaks version {wire} of the orders, and this ewarn {ours[1]}")


def check_list(fleet: FleetSettings, listed: Gateways, by: str) -> None:
    """Raise InputError where the list that a gateway, `by`, gives users is not of the gateways in the file."""
    there = {one.name: one for one in listed.gateways}
    wanted = {one.name: one for one in fleet.gateway}
    if more := sorted(there.keys() - wanted.keys()):
        raise InputError(f"gateway: {more[0]} is on the list that {by} gives users, and not in the fleet file")
    for name, one in wanted.items():
        if name not in there:
            raise InputError(f"gateway: {name} is in the fleet file, and not on the list that {by} gives users")
        if (url := there[name].url.rstrip("/")) != one.url.rstrip("/"):
            raise InputError(f"gateway: {name} is at {one.url} in the fleet file, at {url} on the list (--public-url)")
        if (state := there[name].state) != "up":
            raise InputError(f"gateway: {name} is {state} on the list that {by} gives users")


def check_gateways(fleet: FleetSettings, settings: DrillSettings, told: Mapping[str, Health]) -> None:
    """Raise InputError where gateways do not do what the drill has, or have no room; `told` by name."""
    for one in fleet.gateway:
        health = told[one.name]
        if health.bus is UNSET:
            raise InputError(f"gateway: {one.name} hears no bus (its --bus)")
        check_gates(health, settings, one.name)
        if one.capacity is not None and health.capacity < one.capacity:
            raise InputError(
                f"gateway.capacity: {one.capacity:,} for {one.name} in the fleet file, it holds {health.capacity:,}"
            )
    room = sum(max(0, one.capacity - one.connections) for one in told.values())
    if (users := settings.audience.users) > room:
        raise InputError(f"audience.users: {users:,} users, the gateways have room for {room:,} together")


def as_they_run(settings: DrillSettings, told: Mapping[str, Health]) -> DrillSettings:
    """The settings in force: order and rate as gateways tell, the rate each has.

    Raises InputError where gateways differ, or a drill asks for something else: nobody changes a gateway that is
    another's to run.
    """
    usual, found = GatewayTable(), {}
    for name in TOLD:
        said = {host: getattr(health, name) for host, health in told.items()}
        first = next(iter(said))
        for host, value in said.items():
            if value != said[first]:
                raise InputError(f"gateway.{name}: {shown(said[first])} on {first}, {shown(value)} on {host}")
        theirs = said[first]
        if theirs is UNSET:
            continue
        if (wanted := getattr(settings.gateway, name)) not in (getattr(usual, name), theirs):
            raise InputError(f"gateway.{name}: {shown(wanted)} in the drill, {shown(theirs)} on {first}")
        found[name] = theirs
    if settings.gateway.engine != usual.engine:
        found |= _engine(settings.gateway.engine, told)
    return settings.model_copy(update={"gateway": replace(settings.gateway, **found)})


def engines(told: Mapping[str, Health]) -> str | None:
    """What sends frames, in a word; several with commas where hosts differ; None where nobody tells."""
    found = sorted({one.engine for one in told.values() if isinstance(one.engine, str)})
    return ", ".join(found) or None


def shown(value: object) -> str:
    """A setting as a line has it."""
    return "none" if value is None else "not told" if value is UNSET else str(value)


def _engine(wanted: str, told: Mapping[str, Health]) -> dict[str, str]:
    for host, health in told.items():
        if health.engine != wanted:
            raise InputError(f"gateway.engine: {wanted} in the drill, {shown(health.engine)} on {host}")
    return {"engine": wanted}

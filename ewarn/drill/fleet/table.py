"""The hosts of a fleet as the verdict has them. Pure."""

from collections.abc import Mapping

from msgspec.structs import replace

from ewarn.clocks.identity import this_clock
from ewarn.config.fleet import FleetSettings
from ewarn.drill.fleet.clocks import told
from ewarn.drill.fleet.journals import OfJournals
from ewarn.drill.fleet.roll import Lost
from ewarn.drill.fleet.swarms import Seen, Slice
from ewarn.verdict.fleet import CONDUCTOR, GATEWAY, SWARM, OfClock, OfFleet, OfHost, Width
from ewarn.wire.health import Health
from ewarn.wire.swarms import Here


def table(
    fleet: FleetSettings,
    slices: list[Slice],
    here: Mapping[str, Here],
    healths: Mapping[str, Health],
    seen: Seen,
    lost: Mapping[str, Lost],
) -> OfFleet:
    """All hosts, swarms first, as the fleet file has them; widths are filled in by who has all receipts.

    All maps are by host; `healths` as gateways opened, some of which may be among the lost.
    """
    alike = machines({CONDUCTOR: this_clock().boot} | {one.name: here[one.name].boot for one in slices})
    hosts = {one.name: _swarm(fleet, one, here[one.name], seen, lost, alike.get(one.name)) for one in slices}
    for name in healths:
        home, others = seen.placed.get(name, (0, 0))
        clock, gone = _of_gateway(seen.noted, name), _said(lost, name)
        hosts[name] = OfHost(kind=GATEWAY, users=home, connected=home + others, clock=clock, lost=gone)
    return OfFleet(hosts=hosts)


def machines(boots: Mapping[str, str]) -> dict[str, str]:
    """Of hosts whose kernel was booted as that of one before them: that one; by the id of a boot, empty for unknown."""
    first: dict[str, str] = {}
    return {name: first[boot] for name, boot in boots.items() if boot and first.setdefault(boot, name) != name}


def _of_gateway(noted: OfJournals, name: str) -> OfClock | None:
    """Who keeps no journal is not asked for a clock: nothing is judged by an instant of a gateway's own."""
    exchanges = noted.exchanges.get(name)
    clock = told(exchanges, noted.bounds.get(name)) if exchanges else OfClock(exchanges=0)
    return replace(clock, width_us=noted.widths.get(name, Width())) if clock else None


def _swarm(
    fleet: FleetSettings, one: Slice, here: Here, seen: Seen, lost: Mapping[str, Lost], same_as: str | None
) -> OfHost:
    phones = next(host.phones for host in fleet.swarm if host.name == one.name)
    exchanges = seen.exchanges.get(one.name)
    return OfHost(
        kind=SWARM,
        users=one.users,
        connected=seen.connected.get(one.name),
        clients=phones,
        ewarn=here.ewarn,
        cpus=here.cpus,
        memory_gib=round(here.memory_gib, 1),
        kernel=here.kernel,
        python=here.python,
        same_as=same_as,
        cpu_s=seen.cpu_s.get(one.name),
        clock=told(exchanges, seen.bounds.get(one.name)) if exchanges else None,
        lost=_said(lost, one.name),
    )


def _said(lost: Mapping[str, Lost], name: str) -> str | None:
    return lost[name].said if name in lost else None

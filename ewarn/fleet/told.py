"""What somebody who has started a fleet may do next, in words."""

import shlex
from collections.abc import Iterator
from pathlib import Path

from ewarn.fleet.lab import Fleet
from ewarn.fleet.places import BUS, FLEET_FILE, KEYS, LOGS
from ewarn.fleet.plan import CENTRE
from ewarn.gateway.intake import keys

QUAKE = "luding-2022"
CLIENTS = 3000


def lines(fleet: Fleet, folder: Path) -> Iterator[str]:
    """A line each; `folder` as it was given."""
    plan, shown = fleet.plan, shlex.quote(str(folder) if "/" in str(folder) else f"./{folder}")
    line, gate = plan.lines[-1], plan.gates[0]
    yield ""
    servers, gateways = plural(len(plan.lines), "server"), plural(len(plan.gates), "gateway")
    swarms = f", {plural(len(plan.crews), 'swarm')} with clocks of their own" if plan.crews else ""
    yield f"Up: {servers} of the bus, and {gateways}{swarms}. Each has a host of its own on this machine:"
    yield "  " + ", ".join(f"{name} {host.address}" for name, host in fleet.hosts.items())
    yield "Hosts are network namespaces, which nothing outside reaches. To try, in another terminal, from this folder:"
    yield "  phones that find a gateway by themselves"
    swarm = f"ewarn swarm --to {fleet.url(gate)} --find --clients {CLIENTS} --allow-network"
    yield f"    {shown}/on {plan.callers[0]} {swarm}"
    yield "  a quake, published from the centre"
    secrets = f"--key {shown}/{BUS}/centre.nk --signing-key {shown}/{KEYS}/{keys.SIGNING}"
    yield f"    {shown}/on {CENTRE} ewarn publish {QUAKE} --speed 4 --bus {fleet.bus} {secrets}"
    if plan.crews:
        yield "  a drill over the fleet, whose users are on " + " and ".join(plan.crews)
        yield f"    {shown}/on {CENTRE} ewarn drill --fleet {shown}/{FLEET_FILE} --users {CLIENTS}"
    yield "  how a gateway is, and which ones it knows"
    yield f"    {shown}/get {gate} /healthz"
    yield f"    {shown}/get {gate} /v1/gateways"
    yield "  cut a host off, so that nothing reaches it, and mend it"
    yield f"    {shown}/cut {line}"
    yield f"    {shown}/heal {line}"
    yield "  kill what runs on a host, and start it again"
    yield f"    {shown}/kill {gate}"
    yield f"    {shown}/start {gate}"
    yield "  let a gateway go in order, as a deploy does: its phones move to the others first"
    yield f"    {shown}/stop {plan.gates[-1]}"
    yield f"What they say is in {shown}/{LOGS}. Ctrl-C ends all of it, and leaves nothing but that."


def plural(count: int, what: str) -> str:
    """So many of it."""
    return f"{count} {what}{'s' * (count != 1)}"

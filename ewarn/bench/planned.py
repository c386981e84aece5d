"""The gateways of a fleet file as a plan takes them: what each bears, and by what weights users are theirs. Pure."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import pairwise
from math import inf

import numpy as np

from ewarn.bench.bearing import PORTS, Bears, Bounds, Tls
from ewarn.bench.capacity import Host
from ewarn.bench.forecast import Hosts
from ewarn.config.fleet import FleetSettings, GatewayHost
from ewarn.errors import InputError
from ewarn.system.machine import RESERVED_FILES
from ewarn.wire.gateways import Gateway, bounded


def bounds_of(settings: FleetSettings, bounds: Bounds, host: Host) -> list[Bounds]:
    """By gateway of the file: what bounds it, where these bound all.

    Capacity is that of the file, else of the gateway's command, else what a gateway says by itself: cores x (open files
    - 256). A rate in a command stands above that of `bounds`. Swarms of sockets have ports for so many at each gateway.
    """
    usual = host.cores * (host.open_files - RESERVED_FILES)
    tls = (bounds.tls or Tls()) if settings.secure else bounds.tls
    return [
        replace(
            bounds,
            rate_per_s=_option(one, "--rate-per-s") or bounds.rate_per_s,
            capacity=one.capacity or int(_option(one, "--capacity") or bounds.capacity or usual),
            ports=_ports(settings) if bounds.ports is None else bounds.ports,
            tls=tls,
        )
        for one in settings.gateway
    ]


def fleet_of(settings: FleetSettings, each: Sequence[Bounds], bears: Callable[[Bounds], Bears]) -> Hosts:
    """The fleet; weights are capacities, bounded as the list of gateways has them."""
    listed = bounded(
        Gateway(one.name, one.url, bound.capacity or 1, 0, "up")
        for one, bound in zip(settings.gateway, each, strict=True)
    )
    return Hosts([bears(one) for one in each], np.array([float(one.weight) for one in listed]))


def _option(gateway: GatewayHost, name: str) -> float | None:
    """A number that the gateway's command gives it. Raises InputError naming the key where it is none above 0."""
    words = list(gateway.command)
    said = [word.removeprefix(f"{name}=") for word in words if word.startswith(f"{name}=")]
    said += [after for word, after in pairwise(words) if word == name]
    if not said:
        return None
    try:
        number = float(said[-1])
    except ValueError:
        number = -1.0
    if not 0 < number < inf:
        raise InputError(f"gateway.{gateway.name}.command: {name} {said[-1]}: expected a number above 0")
    return number


def _ports(settings: FleetSettings) -> int | None:
    """Users of a gateway for whom every swarm of sockets has ports; None: all are packets, which have ports enough."""
    total = sum(one.weight for one in settings.swarm)
    room = [max(1, len(one.sources)) * PORTS * total / one.weight for one in settings.swarm if one.phones == "sockets"]
    return int(min(room)) if room else None

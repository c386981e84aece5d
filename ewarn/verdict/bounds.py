"""How wide the bounds of receipts are, and on which host: see `fleet`. Pure."""

from typing import Any

import numpy as np
from msgspec.structs import replace
from numpy.typing import NDArray

from ewarn.verdict.fleet import SWARM, OfFleet, Width
from ewarn.verdict.percentiles import finite, percentile
from ewarn.verdict.receipts import NEVER

FIELDS = ("kernel", "read")
"""of a receipt, that have a bound"""


def widths_ns(receipts: NDArray[Any], earliest: NDArray[Any], field: str = "read") -> NDArray[np.int64]:
    """From the earliest that each instant can be to the latest, ns, and `NEVER` for never; shape as given.

    Dtypes are `RECEIPT` and `EARLIEST`; `field` is one of both.
    """
    return np.where(receipts[field] == NEVER, NEVER, receipts[field] - earliest[field])


def width_of(widths: NDArray[np.int64]) -> Width:
    """Percentiles in us of widths in ns, in any shape; those of what never was are left out."""
    known = widths[widths != NEVER] / 1e3
    return Width(**{name: finite(percentile(known, at), 3) for name, at in (("p50", 0.5), ("p99", 0.99), ("max", 1.0))})


def with_widths(fleet: OfFleet, receipts: NDArray[Any], earliest: NDArray[Any], on: NDArray[np.uint8]) -> OfFleet:
    """The fleet with the widths of its receipts filled in, over all of them and by swarm.

    `receipts` and `earliest` are by report and then user, `on` is the place in `swarms` of each user's host.
    """
    widths = widths_ns(receipts, earliest).reshape(-1, len(on))
    hosts = dict(fleet.hosts)
    for place, name in enumerate(fleet.swarms):
        if clock := hosts[name].clock:
            clock = replace(clock, width_us=width_of(widths[:, on == place]))
            hosts[name] = replace(hosts[name], clock=clock)
    return replace(fleet, hosts=hosts, width_us=width_of(widths))


def lost_swarms(fleet: OfFleet | None) -> list[tuple[str, str]]:
    """Name of each swarm's host that went missing, and why: what its users read is not known.

    A gateway that goes missing is the service's own fault, and is judged by what users read.
    """
    hosts = {} if fleet is None else fleet.hosts
    return [(name, host.lost) for name, host in hosts.items() if host.kind == SWARM and host.lost]

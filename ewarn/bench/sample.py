"""What a play of a contender gave, and what several plays come to. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from msgspec import structs, to_builtins

from ewarn.bench import budget
from ewarn.bench.budget import Counted
from ewarn.verdict.clients import SOCKETS, Clients

COUNTED = ("ring_drops", "truncated", "bad", "lost", "retransmitted")
"""of clients, in a play"""


@dataclass(frozen=True)
class Sample:
    """One play: one frame to each of `users` connections."""

    users: int
    delivered: int
    seconds: float
    """from release until the last was read; infinite where one was not"""
    p50_ms: float
    """NaN where only the last was timed, as in the floor"""
    p99_ms: float
    send_us: float
    """CPU of the sending processes for a delivery, plan and frames included"""
    receive_us: float
    """CPU of the receiving ones until the last was read; they parse when the line is quiet, and that is not in it"""
    busy_us: float
    """of all cores together, kernel and interrupts included, for a delivery"""
    bytes_per_frame: float
    clients: Clients = SOCKETS
    """and what was counted of them in this play"""
    counted: Counted | None = None
    """what its budget is made of; None where it has none, or somebody was not reached"""


@dataclass(frozen=True)
class Footprint:
    """What standing connections take; bytes a connection, negative or NaN where not known."""

    gateway_bytes: float
    swarm_bytes: float
    kernel_bytes: float
    """both ends"""
    connects_per_s: float


def spread(values: Sequence[float], digits: int = 4) -> dict[str, float | None]:
    """Median, least and most; None where they are not finite."""
    found = {"median": np.median(values), "least": min(values), "most": max(values)}
    return {name: round(float(value), digits) if np.isfinite(value) else None for name, value in found.items()}


def summarise(samples: Sequence[Sample], footprint: Footprint) -> dict[str, Any]:
    """The figures of a row."""
    return {
        "clients": to_builtins(clients := add_up([sample.clients for sample in samples])),
        "doubts": list(clients.doubts()),
        "plays": len(samples),
        "users": samples[0].users,
        "delivered": min(sample.delivered for sample in samples),
        "seconds": spread([sample.seconds for sample in samples]),
        "per_s": spread([sample.users / sample.seconds for sample in samples], 0),
        "p50_ms": spread([sample.p50_ms for sample in samples], 2),
        "p99_ms": spread([sample.p99_ms for sample in samples], 2),
        "send_us": spread([sample.send_us for sample in samples], 3),
        "receive_us": spread([sample.receive_us for sample in samples], 3),
        "busy_us": spread([sample.busy_us for sample in samples], 3),
        "bytes_per_frame": round(float(np.median([sample.bytes_per_frame for sample in samples])), 1),
        "gateway_bytes": _positive(footprint.gateway_bytes),
        "swarm_bytes": _positive(footprint.swarm_bytes),
        "kernel_bytes": _positive(footprint.kernel_bytes),
        "connects_per_s": _positive(footprint.connects_per_s),
        "budget": to_builtins(budget.over(sample.counted for sample in samples)),
    }


def add_up(plays: Sequence[Clients]) -> Clients:
    """Clients of one kind, with what was counted of them in all plays; None where in some it was not."""
    found = {name: [getattr(one, name) for one in plays] for name in COUNTED}
    return structs.replace(plays[0], **{name: None if None in them else sum(them) for name, them in found.items()})


def _positive(value: float) -> float | None:
    return round(value, 1) if value > 0 else None


def turns(count: int, repeats: int) -> list[int]:
    """Whose turn it is: 0 1 2, 2 1 0, 0 1 2, ... so that what drifts in the machine meets all alike."""
    forward = list(range(count))
    return [index for turn in range(repeats) for index in (forward if turn % 2 == 0 else forward[::-1])]

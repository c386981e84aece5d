"""What stands between a contender and its clients: nothing, or cables to clients that are packets.

A gateway listens on loopback as ever. For clients as packets it has a further listener, at its end of the cables.
"""

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ewarn.drill.cabling import Cabling, laid
from ewarn.swarm.client import Target
from ewarn.swarm.kind import ACK_DELAY_MS, Kind
from ewarn.system.machine import Machine
from ewarn.verdict.clients import Clients

MOST_GATEWAYS = 8
"""of one swarm of packets: a byte says on which of them a user is"""
AS_PACKETS = Clients(kind="packets", ack_delay_ms=ACK_DELAY_MS)


@dataclass(frozen=True)
class Door:
    """A listener at the gateway's end of cables."""

    descriptor: int
    target: Target
    """where clients find it"""


class Doors:
    """A way to have further listeners."""

    def __init__(self, laid: Cabling, stack: ExitStack) -> None:
        self._laid, self._stack = laid, stack

    def __call__(self) -> Door:
        """One more, which is closed with the stack."""
        listener = self._laid.listener(0)
        host, port = listener.getsockname()
        self._stack.callback(os.close, descriptor := listener.detach())
        return Door(descriptor, Target(host, port))


def on_one_each(users: int, gateways: int) -> NDArray[np.uint8] | None:
    """Each user's one gateway, as `swarm.deal` has it: in a row, equally many on each. None where there is but one.

    Packets have fewer processes than a library may have servers, so a process of theirs has several.
    """
    if gateways == 1:
        return None
    return (1 << np.arange(users) * gateways // users).astype(np.uint8)


@contextmanager
def cabling(kind: Kind, clients: int, besides: bool, machine: Machine) -> Iterator[Cabling | None]:
    """As long as the context lasts, for so many clients; None where they are sockets. Raises MeasurementError.

    `besides`: there are clients besides, in a process of their own.
    """
    if kind == "sockets":
        yield None
        return
    with laid(clients, besides, machine, ACK_DELAY_MS) as found:
        yield found

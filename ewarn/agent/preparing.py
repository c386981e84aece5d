"""The swarm of a run, as its conductor wants it, and how it stands."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ewarn.audience.followed import Followed
from ewarn.drill.asking import Asking
from ewarn.drill.gateways import check_certificate
from ewarn.drill.outward import outward
from ewarn.errors import InputError
from ewarn.packets.interface import why_not
from ewarn.packets.last_mile import LastMile
from ewarn.swarm.client import parse_target
from ewarn.swarm.crew import Swarm
from ewarn.swarm.deal import settled
from ewarn.swarm.fleet import Host, Rules
from ewarn.swarm.habits import Habits
from ewarn.swarm.kind import Phones
from ewarn.swarm.over import Over
from ewarn.system.clock import Clock
from ewarn.system.machine import BOTH_ENDS, GATEWAYS_END, Machine, check_fit
from ewarn.wire.swarms import Prepare, Standing, State

MOST_COMPLAINTS, LONGEST_COMPLAINT = 16, 300


def asking(do: Prepare, ca: str | None) -> Asking:
    """Who asks for the list of gateways; `ca`: file with the certificates to trust.

    Raises InputError where an address is none, a certificate is not to be trusted, or none of them has a list.
    """
    try:
        targets = [parse_target(url, ca) for url in do.gateways]
    except InputError as error:
        raise InputError(f"gateways: {str(error).removeprefix('--to: ')}") from None
    for one in targets:
        check_certificate(one, allow_network=True)
    return Asking(targets, Rules(do.home_s).ask_s, _random(do, " asking"), allow_network=True)


@dataclass(frozen=True)
class Way:
    """How users of this host reach the gateways."""

    hosts: tuple[Host, ...]
    phones: Phones
    """the interface of packets, and their range"""
    sources: tuple[str, ...]
    """addresses that sockets connect from; none: the kernel's choice"""


def swarm_of(do: Prepare, arrays: Mapping[str, NDArray[Any]], way: Way, machine: Machine, clock: Clock) -> Swarm:
    """Its processes start, and nobody connects yet; for the arrays see `wire.pieces.AUDIENCE`.

    Sockets find a gateway, by the list as it is then; packets keep to their homes. Raises InputError where this host
    cannot hold it.
    """
    packets = do.phones == "packets"
    over = _over(do, way, machine) if packets else None
    check_fit(do.users, machine, GATEWAYS_END if packets else BOTH_ENDS)
    habits = Habits(
        do.connects_per_s,
        _random(do, "").getrandbits(62),
        reconnect=do.reconnect,
        chat_per_s=do.chat_per_s,
        held=True,
        finding=None if packets else Rules(do.home_s),
        first=do.first,
        sources=way.sources,
    )
    named = [(one.name, one.weight) for one in way.hosts]
    return Swarm(
        way.hosts,
        Followed(arrays["count"].astype(np.int64), arrays["latitude"], arrays["longitude"]),
        arrays["threshold"],
        habits,
        reports=do.reports,
        sampled=arrays["sampled"].astype(np.bool_),
        machine=machine,
        clock=clock,
        homes=settled(named, range(do.first, do.first + do.users)) if packets else None,
        allow_network=True,
        over=over,
    )


def _over(do: Prepare, way: Way, machine: Machine) -> Over:
    """Raises InputError where packets cannot be had, or cannot go there."""
    if not way.phones.interface:
        raise InputError("--interface: packets need one, and --range")
    if any(one.target.tls for one in way.hosts):
        raise InputError("phones: packets speak no TLS, and the gateways do")
    if why := why_not():
        raise InputError(f"phones: packets cannot be had: {why}")
    if empty := [one.name for one in way.hosts if not one.weight]:
        raise InputError(f"gateways: {empty[0]} has room for nobody")
    to = [one.address for one in way.hosts]
    mile = LastMile(do.last_mile.rtt_ms, do.last_mile.jitter_ms, do.last_mile.loss) if do.last_mile else None
    return outward(way.phones, to, do.users, machine, round(do.ack_delay_ms * 1e6), mile)


def standing_of(name: str, crew: Swarm | None, state: State, complaints: Sequence[str]) -> Standing:
    """How it stands; who it is stands elsewhere."""
    told = tuple(one[:LONGEST_COMPLAINT] for one in complaints[:MOST_COMPLAINTS])
    if crew is None:
        return Standing(name, "", state, complaints=told)
    book = crew.book
    reports, users, _ = book.shape
    return Standing(
        name,
        "",
        state,
        users=users,
        there=int(book.there.sum(dtype=np.int64)),
        tallies=tuple(book.tallies.sum(axis=0).tolist()),
        received=tuple(book.received(number) for number in range(1, reports + 1)),
        complaints=told,
    )


def _random(do: Prepare, what: str) -> Random:
    """No two hosts of a fleet draw the same."""
    return Random(f"{do.seed} {do.first}{what}")

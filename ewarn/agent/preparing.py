"""The swarm of a run, as its conductor wants it, and how it stands."""

from collections.abc import Mapping, Sequence
from random import Random
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ewarn.audience.followed import Followed
from ewarn.drill.asking import Asking
from ewarn.drill.gateways import check_certificate
from ewarn.errors import InputError
from ewarn.swarm.client import parse_target
from ewarn.swarm.crew import Swarm
from ewarn.swarm.fleet import Host, Rules
from ewarn.swarm.habits import Habits
from ewarn.system.clock import Clock
from ewarn.system.machine import Machine, check_fit
from ewarn.wire.swarms import Prepare, Standing

MOST_COMPLAINTS, LONGEST_COMPLAINT = 16, 300


def asking(do: Prepare, ca: str | None) -> Asking:
    """Who asks for the list of gateways.

    Raises InputError where an address is none, a certificate is not to be trusted, or none of them has a list.
    """
    if do.ca and not ca:
        raise InputError("--ca: the gateways' certificates are of an authority of their own; name its file")
    try:
        targets = [parse_target(url, ca) for url in do.gateways]
    except InputError as error:
        raise InputError(f"gateways: {str(error).removeprefix('--to: ')}") from None
    for one in targets:
        check_certificate(one, allow_network=True)
    return Asking(targets, Rules(do.home_s).ask_s, _random(do, " asking"), allow_network=True)


def swarm_of(
    do: Prepare,
    arrays: Mapping[str, NDArray[Any]],
    hosts: Sequence[Host],
    sources: tuple[str, ...],
    machine: Machine,
    clock: Clock,
) -> Swarm:
    """Its processes start, and nobody connects yet; for the arrays see `wire.pieces.AUDIENCE`.

    Raises InputError where this host cannot hold it.
    """
    if do.phones != "sockets":
        raise InputError(f"phones: {do.phones}; a swarm that joins a fleet has sockets")
    check_fit(do.users, machine)
    habits = Habits(
        do.connects_per_s,
        _random(do, "").getrandbits(62),
        reconnect=do.reconnect,
        chat_per_s=do.chat_per_s,
        held=True,
        finding=Rules(do.home_s),
        first=do.first,
        sources=sources,
    )
    return Swarm(
        hosts,
        Followed(arrays["count"].astype(np.int64), arrays["latitude"], arrays["longitude"]),
        arrays["threshold"],
        habits,
        reports=do.reports,
        sampled=arrays["sampled"].astype(np.bool_),
        machine=machine,
        clock=clock,
        allow_network=True,
    )


def standing_of(name: str, crew: Swarm | None, state: str, complaints: Sequence[str]) -> Standing:
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

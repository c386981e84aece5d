"""How long a fleet takes to tell all users, and how many hosts it needs: T = users of a host / its rate + skew. Pure.

Of all hosts the one counts that ends last: the fullest for its rate. Users belong to hosts by weighted rendezvous, and
`shares` says how many the fullest has. A promise holds with `spare` hosts gone, whichever these are.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf

import numpy as np
from numpy.typing import NDArray

from ewarn.bench.bearing import Bears
from ewarn.bench.capacity import Goal
from ewarn.bench.shares import fullest, left
from ewarn.errors import InputError
from ewarn.words import say

SKEW_S = 0.010
"""from a release to a gateway's answer by the bus, p50: 4.4 to 10 ms between namespaces of one machine"""
CHANCE, EVEN_CHANCE = 0.99, 0.5
"""that no host has more users than is planned for; and for what is to be expected, as often more as less"""
REPORT_BYTES = 1024
"""of a report on the bus: that of Luding has 323, and its signature and NATS are besides"""
LINES = 2
"""of the bus, each of which carries every report to every host"""


@dataclass(frozen=True)
class Terms:
    """What a fleet is to bear besides the promise."""

    spare: int = 0
    """hosts that may be gone"""
    skew_s: float = SKEW_S
    """until the last gateway begins, after the release"""
    chance: float = CHANCE


@dataclass(frozen=True)
class Hosts:
    """A fleet: so many hosts of one kind, or each of its own."""

    bears: Sequence[Bears]
    weights: NDArray[np.float64]
    """shape (kinds,), above 0"""
    each: int = 1
    """of the one kind there is; 1 where there are more"""

    @property
    def count(self) -> int:
        """Hosts in all."""
        return self.each * len(self.bears)

    def shares(self, spare: int) -> NDArray[np.float64]:
        """Of users, see `left`."""
        if len(self.bears) == 1:
            return np.array([1.0 / (self.each - spare)])
        return left(self.weights, spare)


@dataclass(frozen=True)
class Forecast:
    """What comes of a fleet; every number is modelled."""

    hosts: int
    spare: int
    """of them, which are taken to be gone"""
    seconds: float | None
    """until the last user is told, with the spare ones gone; None: they cannot hold all users"""
    expected_s: float | None
    """the same with all hosts there, as often more as less; None as above"""
    fullest: int
    """users of the host that ends last, with the spare ones gone"""
    per_s: float
    """sends of that host"""
    binding: str
    """of that host, what bears the fewest users in the time of the promise; where it cannot hold its users, for want of
    what"""
    users: dict[str, int]
    """of that host, what each limit bears"""
    bus_s: float
    """that a line of the bus takes to carry a report to all hosts, over a link of one host"""


def forecast(promise: Goal, hosts: Hosts, terms: Terms, gbit: float) -> Forecast:
    """What comes of this fleet. Raises InputError where no host is left, or the skew takes all of the time."""
    if hosts.count <= terms.spare:
        raise InputError(say("sizing.no-host-left", str(hosts.count), str(terms.spare)))
    seconds, last, mine = _all_told(promise.users, hosts, terms)
    expected, _, _ = _all_told(promise.users, hosts, Terms(0, terms.skew_s, EVEN_CHANCE))
    worst = hosts.bears[last]
    within = worst.users(_time(promise, terms))
    return Forecast(
        hosts=hosts.count,
        spare=terms.spare,
        seconds=_or_none(seconds),
        expected_s=_or_none(expected),
        fullest=int(mine),
        per_s=worst.rate,
        binding=_least(within if seconds < inf else dict[str, float](worst.rooms)),
        users={name: int(most) for name, most in within.items()},
        bus_s=hosts.count * REPORT_BYTES * 8 / (gbit * 1e9),
    )


def needed(promise: Goal, one: Bears, terms: Terms) -> Hosts:
    """The fewest hosts of a kind that keep a promise with the spare ones gone. Raises InputError where none do."""
    within = one.users(_time(promise, terms))
    binding = _least(within)
    if within[binding] < 1:
        raise InputError(say("sizing.nobody", say(f"sizing.{binding}"), f"{promise.within_s:g}"))

    def fleet(hosts: int) -> Hosts:
        return Hosts([one], np.ones(1), hosts + terms.spare)

    def keeps(hosts: int) -> bool:
        return _all_told(promise.users, fleet(hosts), terms)[0] <= promise.within_s

    most = 1
    while not keeps(most):
        most *= 2
    least = most // 2
    while most - least > 1:
        middle = (least + most) // 2
        least, most = (least, middle) if keeps(middle) else (middle, most)
    return fleet(most)


def _time(promise: Goal, terms: Terms) -> float:
    if terms.skew_s >= promise.within_s:
        raise InputError(say("sizing.all-skew", f"{terms.skew_s * 1e3:g}", f"{promise.within_s:g}"))
    return promise.within_s - terms.skew_s


def _all_told(users: int, hosts: Hosts, terms: Terms) -> tuple[float, int, float]:
    """Seconds, infinite where a host cannot hold its users; which host ends last, and its users."""
    mine = fullest(users, hosts.shares(terms.spare), hosts.count - terms.spare, terms.chance)
    ends = [
        inf if count > one.room else count / one.rate + terms.skew_s
        for count, one in zip(mine.tolist(), hosts.bears, strict=True)
    ]
    # Of several that cannot hold theirs, the fullest.
    over = [count / one.room for count, one in zip(mine.tolist(), hosts.bears, strict=True)]
    last = max(range(len(ends)), key=lambda host: (ends[host], over[host]))
    return ends[last], last, float(mine[last])


def _least(bears: dict[str, float]) -> str:
    return min(bears, key=bears.__getitem__)


def _or_none(seconds: float) -> float | None:
    return seconds if seconds < inf else None

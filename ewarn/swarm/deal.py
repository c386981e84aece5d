"""Who is in which process of a swarm, and on which gateway each of their devices is. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from ewarn.audience.homes import distances, scores
from ewarn.audience.homes import homes as first_of

SLICE = 1 << 16
"""users whose distances are worked out at once"""


@dataclass(frozen=True)
class Hand:
    """One process's part: users `first` to `last` - 1."""

    first: int
    last: int
    user_of: NDArray[np.int64]
    """by row, which is a device: its user, counted from `first`"""
    way_of: NDArray[np.int64]
    """by row: index into `gateways`"""
    gateways: tuple[int, ...]
    """those that its devices connect to"""


def devices(users: int, on: NDArray[np.uint8] | None) -> NDArray[np.int64]:
    """How many each user has: one on each gateway that `on` says (bit 0: the first), or, without it, one."""
    return np.ones(users, np.int64) if on is None else np.unpackbits(on[:, None], axis=1).sum(axis=1, dtype=np.int64)


def settled(hosts: Sequence[tuple[str, float]], users: range) -> NDArray[np.int16]:
    """Homes of users who are called u and their number, by weighted rendezvous: which host, shape (users,).

    `hosts`: name and weight of each, above 0. Clients that find a gateway themselves have the same homes.
    """
    found, weights = np.zeros(len(users), np.int16), [weight for _, weight in hosts]
    for begin in range(0, len(users), SLICE):
        names = [f"u{user}" for user in users[begin : begin + SLICE]]
        far = np.stack([distances(host, names) for host, _ in hosts])
        found[begin : begin + SLICE] = first_of(scores(weights, far))
    return found


def deal(
    users: int,
    on: NDArray[np.uint8] | None,
    gateways: int,
    processes: int,
    homes: NDArray[np.int16] | None = None,
) -> list[Hand]:
    """Deal users out in a row, so that processes have about equally many devices; all of a user's are in one.

    `homes`: the gateway of each user, who has one device. Without it and without `on`, the first process is on the
    first gateway, the second on the second, and so on in turn.
    """
    ends = np.cumsum(np.concatenate([[0], devices(users, on)]))
    bounds = np.searchsorted(ends, np.linspace(0, ends[-1], processes + 1).astype(int)).tolist()
    hands = []
    for index, (first, last) in enumerate(pairwise(bounds)):
        if homes is not None:
            mine, way_of, theirs = np.arange(last - first), homes[first:last].astype(np.int64), [*range(gateways)]
        elif on is None:
            mine, way_of, theirs = np.arange(last - first), np.zeros(last - first, np.int64), [index % gateways]
        else:
            mine, way_of = np.nonzero(on[first:last, None] >> np.arange(gateways, dtype=np.uint8) & 1)
            theirs = [*range(gateways)]
        hands.append(Hand(first, last, mine, way_of, tuple(theirs)))
    return hands

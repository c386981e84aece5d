"""Which gateway a user belongs to, where there are several: weighted rendezvous hashing; pure.

A user draws a number for each host, by hashing both names, and belongs to the host with the best score. So every
client finds the same home without asking anybody, hosts get users by their weights, a host that goes away loses only
its own users, and one that comes takes only those who are to be its own.

D. G. Thaler and C. V. Ravishankar (1998), Using name-based mappings to increase hit rates, IEEE/ACM Transactions on
Networking 6(1), 1-14. The weights as C. Schindelhauer and G. Schomaker (2005), Weighted distributed hash tables,
SPAA '05, 218-227, have them (their logarithmic method).
"""

import hashlib
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

DIGEST_WORDS = hashlib.sha256().digest_size // 8
"""of 8 bytes each, of which the first is used"""
LEAST = 2.0**-53
"""-ln of the largest number below 1, where a draw is so near to 1 that it is rounded to it"""


def distances(host: str, users: Iterable[str]) -> NDArray[np.float64]:
    """How far each of the users is from a host, by chance that is always the same: -ln x, shape (users,), above 0.

    x = (n + 0.5) / 2^64, where n is the first 8 bytes of SHA-256(host, a line feed, user), UTF-8, as a big-endian
    number. An x that is rounded to 1 is taken to be 1 - 2^-53.
    """
    # One object that has read the host, copied for each user: a new one for each takes twice as long.
    begun = hashlib.sha256(f"{host}\n".encode())
    digests = []
    for user in users:
        one = begun.copy()
        one.update(user.encode())
        digests.append(one.digest())
    drawn = np.frombuffer(b"".join(digests), ">u8")[::DIGEST_WORDS].astype(np.float64)
    return np.maximum(-np.log((drawn + 0.5) / 2.0**64), LEAST)


def scores(weights: Sequence[float] | NDArray[np.float64], far: NDArray[np.float64]) -> NDArray[np.float64]:
    """Weight over distance, shape (hosts, users); `weights` shape (hosts,), at least 0; `far` a row of each host.

    The share of users with whom a host has the best score is its share of all weights.
    """
    return np.asarray(weights, np.float64)[:, None] / far


def ranking(found: NDArray[np.float64]) -> NDArray[np.intp]:
    """Hosts of each user, home first, by falling score, shape (users, hosts); of equal ones the first comes first."""
    return np.argsort(-found, axis=0, kind="stable").T


def homes(found: NDArray[np.float64]) -> NDArray[np.intp]:
    """The first of each user's ranking, shape (users,)."""
    best: NDArray[np.intp] = np.argmax(found, axis=0)
    return best

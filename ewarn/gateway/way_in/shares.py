"""How many open connections each address has over all shards, in shared memory of a fixed size.

A shard counts its own in a row of buckets; an address has one bucket, by a hash that only this gateway knows. What two
addresses in one bucket have is counted together, so a share is never found too large, and seldom too small.
"""

import hashlib
import secrets
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ewarn.system import shared_array

BUCKETS = 1 << 18
"""1 MB a shard, of which the system gives only what is touched"""
SALT_BYTES = 16
_NOWHERE = -1


@dataclass(frozen=True)
class Ledger:
    """What shards need to count together."""

    memory: int
    """descriptor"""
    salt: bytes
    most: int
    """open connections of one address"""


def open_ledger(shards: int, most: int) -> Ledger:
    """For so many shards; an address may have `most` connections."""
    return Ledger(shared_array.create(shards * BUCKETS * 4), secrets.token_bytes(SALT_BYTES), most)


def bury(ledger: Ledger, shards: int, shard: int) -> None:
    """A shard has ended, and with it all that it had."""
    shared_array.attach(ledger.memory, np.int32, (shards, BUCKETS))[shard] = 0


class Shares:
    """One shard's, by descriptor of a connection; `rows` bounds these."""

    def __init__(self, ledger: Ledger, shards: int, shard: int, rows: int) -> None:
        self._all: NDArray[np.int32] = shared_array.attach(ledger.memory, np.int32, (shards, BUCKETS))
        self._own, self._salt, self._most = self._all[shard], ledger.salt, ledger.most
        self._bucket = np.full(rows, _NOWHERE, np.int32)

    def spent(self, subscriber: bytes) -> bool:
        """Whether an address has all that it may have; one that is not known has none."""
        return bool(subscriber) and int(self._all[:, self._bucket_of(subscriber)].sum()) >= self._most

    def take(self, descriptor: int, subscriber: bytes) -> None:
        """An address has one more."""
        if subscriber:
            self._bucket[descriptor] = bucket = self._bucket_of(subscriber)
            self._own[bucket] += 1

    def give_back(self, descriptor: int) -> None:
        """One of them has ended."""
        if (bucket := self._bucket[descriptor]) != _NOWHERE:
            self._own[bucket] -= 1
            self._bucket[descriptor] = _NOWHERE

    def _bucket_of(self, subscriber: bytes) -> int:
        return int.from_bytes(hashlib.blake2b(subscriber, digest_size=4, key=self._salt).digest()) % BUCKETS

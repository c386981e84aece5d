"""Handshakes of clients that are packets: who is to connect, who waits for what, who has waited for too long. Pure."""

import os
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from errno import ECONNREFUSED
from random import Random

import numpy as np
from numpy.typing import NDArray

from ewarn.swarm.client import Target, accept_header, answer, request
from ewarn.swarm.opening import HANDSHAKE_S

AT_ONCE = 2048
"""under way at a time: a gateway's door has room for so many from each process of two"""
HANDFUL = 64
"""begun at once"""
KEY_BYTES, NO_KEY = 16, b""
"""of a handshake's key (RFC 6455, section 4.1), which is drawn for a handful at once"""
REFUSED = os.strerror(ECONNREFUSED)
HUNG_UP = "the gateway hung up in the handshake"
NO_ANSWER = f"no answer to the handshake within {HANDSHAKE_S:g} s"


class Upgrading:
    """By row, from its call until its handshake is done, or has failed."""

    def __init__(
        self, clients: int, target_of: Callable[[int], Target], path: Callable[[int], str], random: Random
    ) -> None:
        self._target_of, self._path, self._random = target_of, path, random
        self._due: deque[int] = deque()
        self._keys: dict[int, bytes] = {}
        """by row under way, what its handshake is checked by"""
        self._said: dict[int, bytes] = {}
        """by row, the beginning of an answer"""
        self._until: deque[tuple[float, list[int]]] = deque()
        """(when, rows whose time is over then), the earliest first"""
        self._usual: tuple[bytes, bytes] | None = None
        """what stood around the key's answer in the last that was right: the same again is right, too"""
        self._begun_at = np.zeros(clients)
        self._per_s, self._next = 1.0, 0.0

    @property
    def busy(self) -> bool:
        """Whether anyone is still to connect."""
        return bool(self._due or self._keys)

    def __contains__(self, row: int) -> bool:
        """Whether it is under way."""
        return row in self._keys

    def call(self, rows: Iterable[int] | Sequence[int], per_s: float, now: float) -> None:
        """See `Transport.call`."""
        self._due.extend(rows)
        self._per_s, self._next = per_s, max(self._next, now)

    def give_up(self) -> None:
        """Begin no more."""
        self._due.clear()

    def next_s(self, now: float) -> float:
        """Seconds until more may begin; infinite where nobody is due, or others have to be done first."""
        return max(0.0, self._next - now) if self._due and len(self._keys) < AT_ONCE else float("inf")

    def begin(self, now: float) -> NDArray[np.int64]:
        """Rows whose turn it is."""
        turn = now + HANDFUL / self._per_s if self._next <= now else now
        begun = []
        while self._due and self._next < turn and len(self._keys) < AT_ONCE:
            self._next += 1 / self._per_s
            row = self._due.popleft()
            self._keys[row] = NO_KEY
            begun.append(row)
        if begun:
            drawn = self._random.randbytes(KEY_BYTES * len(begun))
            self._keys.update((row, drawn[KEY_BYTES * at : KEY_BYTES * (at + 1)]) for at, row in enumerate(begun))
            self._begun_at[begun] = now
            self._until.append((now + HANDSHAKE_S, begun))
        return np.array(begun, np.int64)

    def late(self, now: float) -> list[int]:
        """Rows that got no answer in time."""
        found = []
        while self._until and self._until[0][0] <= now:
            when, rows = self._until.popleft()
            found += [row for row in rows if row in self._keys and self._begun_at[row] + HANDSHAKE_S == when]
        return found

    def request(self, row: int) -> bytes:
        """What it asks for, once it is connected."""
        return request(self._target_of(row), self._path(row), self._keys[row])

    def hear(self, row: int, data: bytes) -> bytes | str | None:
        """What follows an answer that is right; in words why it will not do; None while it is not whole."""
        said, key = self._said.pop(row, b"") + data, self._keys[row]
        if self._usual and said.startswith(usual := accept_header(key).join(self._usual)):
            return said[len(usual) :]
        verdict = answer(said, key)
        if isinstance(verdict, str):
            return verdict
        done, rest = verdict
        if not done:
            self._said[row] = said
            return None
        before, _, after = said[: len(said) - len(rest)].partition(accept_header(key))
        self._usual = before, after
        return rest

    def over(self, row: int) -> None:
        """It is connected, or has failed."""
        self._keys.pop(row, None)
        self._said.pop(row, None)

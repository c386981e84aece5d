"""A clock exchange as two datagrams. Pure.

::

    bytes  0      1     2-7    8-15    16-23    24-31  32-39  40-55
           layout kind  zeros  number  arrived  left   raw    digest

Numbers are little-endian; instants are monotonic ns of whoever answers, and zero in the question. Both are equally
long: who forges the address of a question has no more bytes sent there than they sent themselves. The digest is keyed
BLAKE2s (RFC 7693), by a key of one run, which hosts are told over the bus.
"""

import struct
from hashlib import blake2s
from hmac import compare_digest

from ewarn.errors import InputError

LAYOUT = 1
ASK, ANSWER = 0, 1
SAID = struct.Struct("<BB6xQqqq")
DIGEST_BYTES = 16
BYTES = SAID.size + DIGEST_BYTES
KEY_BYTES = range(16, 33)
"""lengths of a key; BLAKE2s takes 32 bytes at most"""
LATEST_NS = 1 << 62
"""Differences of instants below it fit into 64 bits; it is 146 years."""

Answered = tuple[int, int, int, int]
"""number; arrived, left, raw, ns"""


class Datagrams:
    """Makes and reads those of one run."""

    def __init__(self, key: bytes) -> None:
        """Raises InputError for a key of a wrong length."""
        if len(key) not in KEY_BYTES:
            raise InputError(f"key of clock exchanges: expected 16 to 32 bytes, got {len(key)}")
        self._keyed = blake2s(key=key, digest_size=DIGEST_BYTES, person=b"ewarn-ck")

    def ask(self, number: int) -> bytes:
        """The question of this number."""
        return self._sealed(SAID.pack(LAYOUT, ASK, number, 0, 0, 0))

    def answer(self, number: int, arrived: int, left: int, raw: int) -> bytes:
        """The answer to it."""
        return self._sealed(SAID.pack(LAYOUT, ANSWER, number, arrived, left, raw))

    def asked(self, data: bytes) -> int | None:
        """The number of a question; None for anything else."""
        said = self._said(data, ASK)
        return said[0] if said else None

    def answered(self, data: bytes) -> Answered | None:
        """What an answer says; None for anything else."""
        said = self._said(data, ANSWER)
        return said if said and all(0 <= one < LATEST_NS for one in said[1:]) else None

    def _said(self, data: bytes, kind: int) -> Answered | None:
        if len(data) != BYTES or data[0] != LAYOUT or data[1] != kind:
            return None
        words = data[: SAID.size]
        if not compare_digest(self._digest(words), data[SAID.size :]):
            return None
        _, _, number, arrived, left, raw = SAID.unpack(words)
        return number, arrived, left, raw

    def _sealed(self, words: bytes) -> bytes:
        return words + self._digest(words)

    def _digest(self, words: bytes) -> bytes:
        keyed = self._keyed.copy()
        keyed.update(words)
        return keyed.digest()

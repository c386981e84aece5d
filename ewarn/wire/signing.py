"""Signatures of reports: Ed25519 over the words of the centre, which begin every frame. Pure.

Ed25519 (RFC 8032): 64 bytes, and the same words by the same key have the same signature, so that nothing is drawn. A
report is signed once, by its centre; whoever reads a frame of it checks the bytes as they came.
"""

import base64
from collections.abc import Iterable
from dataclasses import replace
from typing import Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from ewarn.seismic.origin import Report, Sealed
from ewarn.wire.reports import USERS_OWN, words


class Signer:
    """Signs as one centre."""

    def __init__(self, key: Ed25519PrivateKey) -> None:
        self._key = key
        self.public = key.public_key().public_bytes_raw()
        """the public key, by which its signatures are checked: 32 bytes"""

    @classmethod
    def new(cls) -> Self:
        """One of a key that nobody had before, from the system's random numbers: a key must not follow from a seed."""
        return cls(Ed25519PrivateKey.generate())

    def seal(self, report: Report) -> Report:
        """The report with its words and their signature."""
        said = words(replace(report, sealed=None))
        signature = base64.urlsafe_b64encode(self._key.sign(said)).rstrip(b"=").decode()
        return replace(report, sealed=Sealed(said, signature))


def is_signed(sealed: Sealed, keys: Iterable[bytes]) -> bool:
    """Whether its signature is of one of the public keys, each of 32 bytes."""
    try:
        signature = base64.b64decode(sealed.signature + "==", altchars=b"-_", validate=True)
    except ValueError:
        return False
    return any(_is_of(key, signature, sealed.words) for key in keys)


def sealed_of(payload: bytes, signature: str) -> Sealed | None:
    """What the centre wrote of a frame with this signature; None where it does not begin with a report's words."""
    end = payload.find(USERS_OWN)
    return Sealed(payload[:end], signature) if end > 0 else None


def _is_of(key: bytes, signature: bytes, said: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, said)
    except InvalidSignature:
        return False
    return True

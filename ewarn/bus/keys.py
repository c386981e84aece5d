"""Keys of the bus: nkeys, which are Ed25519 keys written as NATS writes them. Pure, but for the draw of a new key.

A seed is secret, and says of itself that it is a user's; a server's file has the public key alone. In both, the key
stands in base 32 between what kind it is and a CRC-16. Source: nats-io/nkeys, README.md and nkeys.go.
"""

import base64
import binascii

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ewarn.errors import InputError

SEED, USER = 18 << 3, 20 << 3
"""what a key begins with, so that base 32 writes S, and U"""
KEY_BYTES, CRC_BYTES = 32, 2


def make() -> str:
    """A new seed of a user."""
    return seed_text(Ed25519PrivateKey.generate().private_bytes_raw())


def seed_text(secret: bytes) -> str:
    """A user's seed of 32 bytes as text. The second kind begins within the first's byte: each has five bits."""
    return _written(bytes((SEED | USER >> 5, USER << 3 & 0xFF)) + secret)


def public(seed: str) -> str:
    """The public key of a seed, as text. Raises InputError."""
    key = Ed25519PrivateKey.from_private_bytes(secret(seed))
    return _written(bytes((USER,)) + key.public_key().public_bytes_raw())


def secret(seed: str) -> bytes:
    """The 32 bytes of a user's seed. Raises InputError, which does not repeat what was given."""
    kinds = bytes((SEED | USER >> 5, USER << 3 & 0xFF))
    try:
        body = base64.b32decode(seed + "=" * (-len(seed) % 8))[:-CRC_BYTES]
    except (binascii.Error, ValueError):
        body = b""
    # Written anew, since its last letter has bits that say nothing.
    if len(body) != len(kinds) + KEY_BYTES or not body.startswith(kinds) or _written(body) != seed:
        raise InputError("expected the seed of a user's nkey, which begins with SU")
    return body[len(kinds) :]


def _written(body: bytes) -> str:
    return base64.b32encode(body + _crc(body)).decode().rstrip("=")


def _crc(body: bytes) -> bytes:
    """CRC-16 with polynomial 0x1021 that begins with 0 (XMODEM), the low byte first."""
    return binascii.crc_hqx(body, 0).to_bytes(CRC_BYTES, "little")

"""Keys on disk: the centre's signing key, and the public keys that gateways and phones trust. PEM, as other tools have.

A folder of keys has `signing.pem`, its owner's alone (PKCS #8), and `trusted.pem`, one public key or two, the newest
first: while a key is changed for another, reports signed with either are taken.
"""

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization as form
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from ewarn.errors import InputError
from ewarn.system import files
from ewarn.system.private_files import check_ours, read_private, write_private
from ewarn.wire.signing import Signer

SIGNING, TRUSTED = "signing.pem", "trusted.pem"
LARGEST = 1 << 16
"""bytes of a file of keys"""
MOST = 8
"""keys that are trusted at once"""
Key = TypeVar("Key")
_END = b"-----END PUBLIC KEY-----"


def signing_key(path: Path) -> Signer:
    """A centre's own key. Raises InputError where there is none, or others can read it."""
    key = _loaded(path, lambda: form.load_pem_private_key(read_private(path, "signing key"), None))
    if not isinstance(key, Ed25519PrivateKey):
        raise InputError(f"signing key: {path} is of another kind, expected Ed25519")
    return Signer(key)


def trusted_keys(path: Path) -> tuple[bytes, ...]:
    """The public keys of a file, 32 bytes each.

    Everybody may read it, but who can write to it says whom a gateway trusts. Raises InputError where others can, or
    where it has no keys, or something else.
    """
    try:
        with path.open("rb") as file:
            check_ours("trusted keys", path, os.fstat(file.fileno()))
            text = file.read(LARGEST + 1)
    except OSError as error:
        raise InputError(f"trusted keys: cannot read {path} ({error.strerror})") from None
    *blocks, rest = text.split(_END)
    if not 1 <= len(blocks) <= MOST or rest.strip():
        raise InputError(f"trusted keys: {path} has {len(blocks)} public keys, expected 1 to {MOST} and nothing else")
    return tuple(_public(path, block + _END) for block in blocks)


def make(folder: Path) -> Signer:
    """A new signing key in a folder that has none. Raises InputError, or WriteError."""
    if (folder / SIGNING).exists():
        raise InputError(f"{folder / SIGNING} already exists; --rotate makes another beside it")
    return _renew(folder, ())


def rotate(folder: Path) -> Signer:
    """Another signing key; the one before it stays trusted. Raises as `make` does, and where two are trusted already.

    The centre may still sign with the older one of these: to drop it unasked would have gateways refuse its reports.
    """
    before = trusted_keys(folder / TRUSTED)
    if len(before) > 1:
        raise InputError(f"--rotate: {folder / TRUSTED} has {len(before)} keys, expected 1; --retire the old one first")
    return _renew(folder, before)


def retire(folder: Path) -> Signer:
    """Trust the signing key alone from now on. Raises as `make` does."""
    signer = signing_key(folder / SIGNING)
    files.write(folder / TRUSTED, lambda file: file.write(pem((signer.public,))))
    return signer


def pem(keys: Sequence[bytes]) -> bytes:
    """Public keys as a file has them."""
    return b"".join(
        Ed25519PublicKey.from_public_bytes(key).public_bytes(form.Encoding.PEM, form.PublicFormat.SubjectPublicKeyInfo)
        for key in keys
    )


def write_signing_key(path: Path) -> Signer:
    """A new key in a file of its owner's alone, in place of what is there. Raises OSError."""
    key = Ed25519PrivateKey.generate()
    write_private(path, key.private_bytes(form.Encoding.PEM, form.PrivateFormat.PKCS8, form.NoEncryption()))
    return Signer(key)


def _renew(folder: Path, before: Sequence[bytes]) -> Signer:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        new = folder / f".{SIGNING}.new"
        signer = write_signing_key(new)
        # What is trusted first: a key that nobody trusts signs nothing.
        files.write(folder / TRUSTED, lambda file: file.write(pem((signer.public, *before))))
        new.replace(folder / SIGNING)
    except OSError as error:
        why = "not a folder" if isinstance(error, FileExistsError | NotADirectoryError) else error.strerror
        raise InputError(f"cannot write keys to {folder} ({why})") from None
    return signer


def _public(path: Path, block: bytes) -> bytes:
    key = _loaded(path, lambda: form.load_pem_public_key(block.strip()))
    if not isinstance(key, Ed25519PublicKey):
        raise InputError(f"trusted keys: {path} has a key of another kind, expected Ed25519")
    return key.public_bytes_raw()


def _loaded(path: Path, load: Callable[[], Key]) -> Key:
    try:
        return load()
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise InputError(f"{path} is no file of keys that can be read (PEM, Ed25519, without a password)") from None

"""Where the lines are, and who calls there: `--bus`, `--key` and `--bus-ca`."""

import ssl
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from ewarn.bus.subjects import check_role
from ewarn.errors import InputError, quoted
from ewarn.system.address import joined, literal
from ewarn.system.private_files import read_private
from ewarn.system.tls import client_context

PORT = 4222
"""of NATS, registered with IANA"""
LINES = 2
"""at most: each has all, and does not know of the other"""
CA = "ca.pem"
"""beside a key"""
_USER_SEED = b"SU"
"""begins the seed of a user's nkey: github.com/nats-io/nkeys"""


@dataclass(frozen=True)
class LineAddress:
    """One server of the bus."""

    index: int
    """0 or 1, as they are given"""
    host: str
    """without brackets"""
    port: int
    tls: bool

    def __str__(self) -> str:
        return f"{'tls' if self.tls else 'nats'}://{joined(self.host, self.port)}"


@dataclass(frozen=True)
class Identity:
    """Who calls: its role, with the key that proves it, and whom it trusts."""

    role: str
    """centre, gateway or swarm"""
    seed: str = field(repr=False)
    """of its nkey"""
    context: ssl.SSLContext = field(repr=False)
    """trusts the certificates of the lines"""


def parse_bus(given: str) -> tuple[LineAddress, ...]:
    """`tls://HOST[:PORT]`, one or two of them with a comma between. Raises InputError.

    `nats://`, without TLS, is for loopback alone.
    """
    texts = [text.strip() for text in given.split(",")]
    if not 1 <= len(texts) <= LINES:
        raise InputError(f"--bus: expected one or two addresses, got {len(texts)}")
    lines = tuple(_line(index, text) for index, text in enumerate(texts))
    if len({(line.host, line.port) for line in lines}) < len(lines):
        raise InputError(f"--bus: {lines[0]} stands there twice; two lines are two servers")
    return lines


def read_identity(role: str, key: str, ca: str | None = None) -> Identity:
    """The nkey in the file `key`, and the certificates to trust, PEM.

    Without a `ca` these are the `ca.pem` beside the key, else those that this system trusts. Raises InputError where a
    file is not there, others can read the key, or it is no key.
    """
    check_role(role)
    path = Path(key)
    seed = read_private(path, "--key").strip()
    if not seed.startswith(_USER_SEED) or not _is_seed(seed):
        raise InputError(f"--key: {path} holds no nkey seed of a user (it begins with SU; ewarn bus keys makes one)")
    beside = path.parent / CA
    found = ca or (str(beside) if beside.is_file() else None)
    return Identity(role, seed.decode("ascii"), client_context(found, option="--bus-ca", protocols=()))


def _line(index: int, text: str) -> LineAddress:
    try:
        parts = urlsplit(text)
        host, port = parts.hostname or "", parts.port or PORT
    except ValueError:
        raise _unfit(text) from None
    more = parts.path.strip("/") or parts.query or parts.fragment or parts.username or parts.password
    if parts.scheme not in ("tls", "nats") or not host or more:
        raise _unfit(text)
    if parts.scheme == "nats" and not _is_here(host):
        raise InputError(f"--bus: {text} is not loopback; use tls://{joined(host, port)}")
    return LineAddress(index, host, port, parts.scheme == "tls")


def _unfit(text: str) -> InputError:
    return InputError(f"--bus: expected tls://HOST or tls://HOST:PORT, got {quoted(text)}")


def _is_here(host: str) -> bool:
    found = literal(host)
    return host == "localhost" or (found is not None and found.is_loopback)


def _is_seed(seed: bytes) -> bool:
    """Whether it is whole: its checksum stands at its end, and who reads it elsewhere does not look."""
    from ewarn.bus.library import needed

    nkeys = needed("nkeys")
    try:
        kind, raw = nkeys.decode_seed(seed)
        return bool(nkeys.encode_seed(bytes(raw), kind) == seed)
    except (nkeys.NkeysError, ValueError):
        return False

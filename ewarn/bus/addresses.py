"""Where the lines are, and who calls there: `--bus`, `--key` and `--bus-ca`."""

import ssl
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from ewarn.bus import keys
from ewarn.bus.lines import HOST, PORT
from ewarn.bus.roles import Role
from ewarn.errors import InputError, quoted
from ewarn.system.address import joined, literal
from ewarn.system.private_files import read_private
from ewarn.system.tls import client_context

LINES = 2
"""at most: each has all, and does not know of the other"""
CA = "ca.pem"
"""beside a key"""


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

    role: Role
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


def read_identity(role: Role, key: str, ca: str | None = None) -> Identity:
    """Who calls: in a role, with the nkey in the file `key`, and the certificates to trust, PEM.

    Without a `ca` these are the `ca.pem` beside the key, else those that this system trusts. Raises InputError where a
    file is not there, others can read the key, or it is no key.
    """
    path = Path(key)
    seed = read_private(path, "--key").decode("ascii", "replace").strip()
    try:
        keys.secret(seed)
    except InputError as error:
        raise InputError(f"--key: {path}: {error} (ewarn bus keys makes one)") from None
    beside = path.parent / CA
    found = ca or (str(beside) if beside.is_file() else None)
    return Identity(role, seed, client_context(found, option="--bus-ca", protocols=()))


def _line(index: int, text: str) -> LineAddress:
    if "@" in text:
        raise InputError("--bus: an address has no user and no password; --key says who calls")
    try:
        parts = urlsplit(text)
        host, port = parts.hostname or "", PORT if parts.port is None else parts.port
    except ValueError:
        raise _unfit(text) from None
    good = HOST.fullmatch(host) or literal(host) is not None
    if (
        parts.scheme not in ("tls", "nats")
        or not good
        or not port
        or parts.path.strip("/")
        or "?" in text
        or "#" in text
    ):
        raise _unfit(text)
    if parts.scheme == "nats" and not _is_here(host):
        raise InputError(f"--bus: {text} is not loopback; use tls://{joined(host, port)}")
    return LineAddress(index, host, port, parts.scheme == "tls")


def _unfit(text: str) -> InputError:
    return InputError(f"--bus: expected tls://HOST or tls://HOST:PORT, got {quoted(text)}")


def _is_here(host: str) -> bool:
    found = literal(host)
    return host == "localhost" or (found is not None and found.is_loopback)

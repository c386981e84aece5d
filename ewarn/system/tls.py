"""TLS as both ends use it: contexts made from files, and what went wrong, in words. Verification is never off."""

import os
import re
import ssl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from ewarn.errors import InputError, quoted
from ewarn.system.address import joined, split_address

CIPHERS = "ECDHE+AESGCM:ECDHE+CHACHA20"
"""of TLS 1.2: forward secrecy and authenticated encryption alone, RFC 9325 section 4.2"""
MOST_BYTES = 1 << 20
"""of a file with certificates; those that a system trusts take a fifth of that"""
CERTIFICATE = re.compile(r"-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----")
READ_BYTES = 16384
"""the longest record's plain text, RFC 8446 section 5.1: who reads so much leaves nothing behind that no poll shows"""


@dataclass(frozen=True)
class Control:
    """A control address as it was given."""

    host: str
    port: int
    tls: bool

    @property
    def authority(self) -> str:
        """HOST:PORT."""
        return joined(self.host, self.port)


def parse_control(given: str, ca: str | None = None) -> Control:
    """`HOST:PORT`, with TLS where a `ca` is given; `wss://HOST:PORT`, with TLS; `ws://HOST:PORT`, without.

    Raises InputError.
    """
    scheme, found, address = given.rpartition("://")
    if scheme not in ("", "ws", "wss") or (found and not scheme):
        raise InputError(f"--control: expected HOST:PORT or wss://HOST:PORT, got {quoted(given)}")
    return Control(*split_address("--control", address.removesuffix("/")), scheme == "wss" or (not scheme and bool(ca)))


@dataclass(frozen=True)
class Pem:
    """A certificate with its chain, and its key, as they were read: what is in use does not hang on files any more."""

    certificate: bytes
    key: bytes = field(repr=False)


def read_pem(certificate: str, key: str) -> Pem:
    """Read both files. Raises InputError naming the option."""
    return Pem(_read("--tls-cert", certificate), _read("--tls-key", key))


def server_context(pem: Pem) -> ssl.SSLContext:
    """Of a server with this pair. TLS 1.2 at least. Raises InputError where it is none.

    There are no session tickets: they would be another process's as often as not, and two a handshake cost memory.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers(CIPHERS)
    context.options |= ssl.OP_NO_RENEGOTIATION | ssl.OP_NO_TICKET | ssl.OP_NO_COMPRESSION
    context.num_tickets = 0
    context.set_alpn_protocols(["http/1.1"])
    try:
        with in_memory(pem.certificate) as certificate, in_memory(pem.key) as key:
            context.load_cert_chain(certificate, key, password=_ask_nobody)
    except ssl.SSLError as error:
        raise InputError(f"--tls-cert, --tls-key: the files are no pair ({_reason(error)})") from None
    return context


def client_context(ca: str | None, *, option: str = "--ca", protocols: Sequence[str] = ("http/1.1",)) -> ssl.SSLContext:
    """Of a client who trusts the certificates in the file `ca`, or those that this system trusts.

    The certificate must be of the host's name or address. `protocols` to be spoken over it, by their names (ALPN).
    Raises InputError naming the option.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # verifies, the name too
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if protocols:
        context.set_alpn_protocols(list(protocols))
    if ca is None:
        context.load_default_certs()
        return context
    _read(option, ca)
    try:
        context.load_verify_locations(ca)
    except ssl.SSLError as error:
        raise InputError(f"{option}: {ca} holds no certificates that can be read ({_reason(error)})") from None
    return context


def certificates(ca: str) -> str:
    """The certificates in a file, PEM, and nothing else of it. Raises InputError naming the option."""
    text = _read("--ca", ca).decode("ascii", "replace")
    client_context(ca)
    return "".join(f"{one}\n" for one in CERTIFICATE.findall(text))


def explained(error: BaseException) -> str:
    """What a connection died of: of a certificate, why it is not trusted."""
    reason = getattr(error, "reason", None)  # urllib wraps the error
    if isinstance(reason, OSError):
        error = reason
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not trusted: {error.verify_message.rstrip('.')}"
    if isinstance(error, ssl.SSLError):
        none = error.reason == "WRONG_VERSION_NUMBER"
        return f"TLS failed: {'the other end does not speak it' if none else _reason(error)}"
    return str(getattr(error, "strerror", None) or error)


def unanswered(where: str, error: BaseException) -> InputError:
    """Nobody answered there, or nobody whom one may trust; `where` in words, the address last."""
    why = explained(error)
    return InputError(
        f"{where}: {why}" if why.startswith("its certificate") else f"no gateway answers on {where}: {why}"
    )


@contextmanager
def in_memory(data: bytes) -> Iterator[str]:
    """A path to these bytes, which are in memory alone, for this process and others of its user.

    The library takes certificates with keys from paths only.
    """
    descriptor = os.memfd_create("pem", os.MFD_CLOEXEC)
    try:
        os.write(descriptor, data)
        yield f"/proc/{Path('/proc/self').readlink()}/fd/{descriptor}"
    finally:
        os.close(descriptor)


def _read(option: str, path: str) -> bytes:
    try:
        with Path(path).open("rb") as file:
            return file.read(MOST_BYTES)
    except OSError as error:
        raise InputError(f"{option}: cannot read {path} ({error.strerror})") from None


def _ask_nobody() -> str:
    """OpenSSL would ask at the terminal, where there may be nobody."""
    raise InputError("--tls-key: the key is encrypted; give one that is not")


def _reason(error: ssl.SSLError) -> str:
    """As OpenSSL has it; it gives none for what is no PEM."""
    reason = getattr(error, "reason", None)
    return reason.replace("_", " ").lower() if reason else "no PEM that can be read"

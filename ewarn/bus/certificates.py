"""Certificates of the bus: an authority of its own, and what it signs for each server. PEM; EC P-256, SHA-256.

Nothing else is signed by it: clients prove themselves by nkeys.
"""

import datetime as dt
from dataclasses import dataclass

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives import serialization as form
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from ewarn.errors import InputError
from ewarn.system.address import literal

AUTHORITY_DAYS, SERVER_DAYS = 3650, 730
BACK = dt.timedelta(hours=1)
"""a certificate begins so much earlier, for hosts whose clocks are behind"""
MOST_NAME = 64
"""characters of a common name, RFC 5280 appendix A.1"""
_USES = (
    "digital_signature",
    "content_commitment",
    "key_encipherment",
    "data_encipherment",
    "key_agreement",
    "key_cert_sign",
    "crl_sign",
    "encipher_only",
    "decipher_only",
)
_NONE = dict.fromkeys(_USES, False)
_SIGNS = x509.KeyUsage(**_NONE | {"key_cert_sign": True, "crl_sign": True})
_SERVES = x509.KeyUsage(**_NONE | {"digital_signature": True})


@dataclass(frozen=True)
class Pair:
    """A certificate and its key."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    def pem(self) -> bytes:
        """The certificate as a file has it."""
        return self.certificate.public_bytes(form.Encoding.PEM)

    def key_pem(self) -> bytes:
        """The key as a file has it, PKCS #8, without a password."""
        return self.key.private_bytes(form.Encoding.PEM, form.PrivateFormat.PKCS8, form.NoEncryption())


def authority(now: dt.datetime) -> Pair:
    """A new authority, which may sign servers' certificates alone."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = _named("ewarn bus")
    begun = _begun(name, name, key, now, now + dt.timedelta(days=AUTHORITY_DAYS))
    return Pair(
        begun.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_SIGNS, critical=True)
        .sign(key, hashes.SHA256()),
        key,
    )


def server(by: Pair, hosts: tuple[str, ...], now: dt.datetime, days: int = SERVER_DAYS) -> Pair:
    """A new certificate for a server that is reached by these names and addresses, the first its own name.

    It ends with its authority's at the latest. Raises InputError where that has ended.
    """
    ends = by.certificate.not_valid_after_utc
    if ends <= now:
        raise InputError(f"the certificate of the bus's authority ended on {ends:%Y-%m-%d}; make all keys anew")
    key = ec.generate_private_key(ec.SECP256R1())
    until = min(now + dt.timedelta(days=days), ends)
    issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(by.key.public_key())
    return Pair(
        _begun(_named(hosts[0]), by.certificate.subject, key, now, until)
        .add_extension(x509.SubjectAlternativeName([_general(host) for host in hosts]), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_SERVES, critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(issuer, critical=False)
        .sign(by.key, hashes.SHA256()),
        key,
    )


def hosts_of(certificate: bytes) -> tuple[str, ...]:
    """The names and addresses that a certificate, PEM, is for. Raises ValueError where it is none."""
    made = x509.load_pem_x509_certificate(certificate)
    try:
        found = made.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        raise ValueError("for no name") from None
    return tuple(str(one.value) for one in found)


def loaded(certificate: bytes, key: bytes) -> Pair:
    """An authority from its files. Raises ValueError where they are none, or no pair."""
    pair = x509.load_pem_x509_certificate(certificate), form.load_pem_private_key(key, None)
    if not isinstance(pair[1], ec.EllipticCurvePrivateKey) or pair[0].public_key() != pair[1].public_key():
        raise ValueError("no pair")
    return Pair(pair[0], pair[1])


def _begun(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, now: dt.datetime, until: dt.datetime
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - BACK)
        .not_valid_after(until)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def _named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name[:MOST_NAME])])


def _general(host: str) -> x509.GeneralName:
    address = literal(host)
    return x509.DNSName(host) if address is None else x509.IPAddress(address)

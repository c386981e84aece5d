"""Whose reports are taken: those signed with a key that is trusted."""

import logging
import os
from pathlib import Path

from ewarn.errors import InputError
from ewarn.gateway.intake import keys
from ewarn.gateway.intake.secret import default_path, written
from ewarn.gateway.settings import Trust
from ewarn.seismic.origin import Report
from ewarn.system.private_files import Ours
from ewarn.system.tls import parse_control
from ewarn.wire.signing import Signer, is_signed

logger = logging.getLogger("ewarn.gateway")


class Trusted:
    """The keys in force: those given, or those of a file, which is read anew when it has changed."""

    def __init__(self, given: tuple[bytes, ...], file: Path | None, *, unsigned: bool = False) -> None:
        """Raises InputError where the file has no keys."""
        self._file, self._unsigned = file, unsigned
        self._stamp = _stamp(file) if file else None
        self._keys = keys.trusted_keys(file) if file else given

    def check(self, report: Report) -> None:
        """Raise InputError for a report that is not signed, or by none who is trusted."""
        if self._unsigned:
            return
        if not report.sealed or not report.sealed.signature:
            raise InputError("signature: missing; reports must be signed here")
        self._refresh()
        if not is_signed(report.sealed, self._keys):
            raise InputError("signature: of no key that is trusted here, or of other words")

    def _refresh(self) -> None:
        """A file that cannot be read any more changes nothing: what was trusted is."""
        if self._file is None or (stamp := _stamp(self._file)) == self._stamp:
            return
        self._stamp = stamp
        try:
            self._keys = keys.trusted_keys(self._file)
            logger.info("trusted keys: %d read from %s", len(self._keys), self._file)
        except InputError as error:
            logger.error("%s; those before stay trusted", error)


def establish(trust: Trust, port: int) -> tuple[Trusted, Ours | None]:
    """What a gateway that starts trusts, and the file that it wrote and must remove, if it did.

    Where it is told of no key, it makes one for as long as it runs, and leaves it where publishers on this machine look
    for it. Raises InputError.
    """
    if trust.unsigned or trust.keys or trust.file:
        return Trusted(trust.keys, Path(trust.file) if trust.file else None, unsigned=trust.unsigned), None
    path = default_key_path(port)
    try:
        signer, file = written(path, lambda: keys.write_signing_key(path))
    except OSError as error:
        raise InputError(f"--trusted-keys: cannot write {path} ({error.strerror}); name a file") from None
    return Trusted((signer.public,), None), file


def default_key_path(port: int) -> Path:
    """Where the signing key of a gateway that made its own is: beside its secret."""
    return default_path(port).with_suffix(".pem")


def signer_for(control: str, signing_key: str | None) -> Signer | None:
    """Who signs for a gateway at this control address: with the file named, else with the key that it made itself.

    None where there is neither: it may take what is not signed. Raises InputError.
    """
    if signing_key:
        return keys.signing_key(Path(signing_key))
    path = default_key_path(parse_control(control).port)
    return keys.signing_key(path) if os.path.lexists(path) else None


def _stamp(file: Path) -> tuple[int, int, int] | None:
    """What changes when a file does, or another takes its place; None where there is none."""
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns, found.st_size

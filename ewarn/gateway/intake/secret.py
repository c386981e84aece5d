"""The secret of the control address, in a file that only its owner can read."""

import codecs
import contextlib
import os
import secrets
import tempfile
from pathlib import Path

from ewarn.errors import InputError
from ewarn.system.private_files import read_private, write_private
from ewarn.system.tls import parse_control

VARIABLE = "EWARN_SECRET"
SHORTEST, LONGEST = 16, 1024
"""characters of a secret: it must not be guessed, and travels in one line of a request"""


def default_path(port: int) -> Path:
    """`$XDG_RUNTIME_DIR/ewarn/PORT.secret`; where that is not set, a folder of this user's among temporary files."""
    runtime = os.environ.get("XDG_RUNTIME_DIR")
    folder = Path(runtime) / "ewarn" if runtime else Path(tempfile.gettempdir()) / f"ewarn-{os.getuid()}"
    return folder / f"{port}.secret"


def find(secret_file: str | None, port: int) -> str:
    """What a publisher presents: from the file named, the environment, or the default file.

    Raises InputError where there is none that is ours alone, or one that is short, of several lines, or not ASCII.
    """
    if secret_file is None and (secret := os.environ.get(VARIABLE)) is not None:
        return _checked(os.fsencode(secret), VARIABLE)
    path = Path(secret_file) if secret_file else default_path(port)
    try:
        return _checked(read_private(path, "secret"), str(path))
    except InputError as error:
        raise error if os.path.lexists(path) else InputError(f"{error}; give --secret-file or {VARIABLE}") from None


def of_control(control: str, secret_file: str | None) -> str:
    """The secret of a gateway that runs, by its control address; see `find`. Raises InputError."""
    return find(secret_file, parse_control(control).port)


def establish(secret_file: str | None, port: int) -> tuple[str, Path | None]:
    """The secret of a gateway that starts, and the file that it wrote and must remove, if it did.

    A file named that exists is used as it is, and must be its owner's alone. Raises InputError as `find` does.
    """
    if secret_file is None and VARIABLE in os.environ:
        return find(None, port), None
    path = Path(secret_file) if secret_file else default_path(port)
    try:
        if secret_file and os.path.lexists(path):
            return find(secret_file, port), None
        if not secret_file:
            make_folder(path.parent)
        made = secrets.token_urlsafe(32)
        write_private(path, f"{made}\n".encode())
        return made, path
    except OSError as error:
        raise InputError(f"--secret-file: cannot write {path} ({error.strerror})") from None


def remove(path: Path) -> None:
    """Take away a file that `establish` wrote, and its folder if that was the last."""
    path.unlink(missing_ok=True)
    if path.parent == default_path(0).parent:
        with contextlib.suppress(OSError):
            path.parent.rmdir()


def _checked(found: bytes, where: str) -> str:
    """A secret without the end of its line. Raises InputError for one that no request can carry; never shows it."""
    secret = found.removeprefix(codecs.BOM_UTF8).strip(b" \t\r\n")
    lines = len(secret.splitlines())
    if lines != 1:
        raise InputError(f"secret: {where} has {lines} lines, expected 1" if lines else f"secret: {where} is empty")
    if wrong := sum(not 0x20 <= byte <= 0x7E for byte in secret):
        raise InputError(f"secret: {where} has {wrong} bytes that are not printable ASCII")
    if not SHORTEST <= len(secret) <= LONGEST:
        raise InputError(f"secret: {where} has {len(secret):,} characters, expected {SHORTEST} to {LONGEST:,}")
    return secret.decode("ascii")


def make_folder(folder: Path) -> None:
    """Among temporary files anyone may have made it before, and then could put another file in place of ours."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if folder.stat().st_uid != os.getuid():
        raise PermissionError(1, "its folder belongs to another user")

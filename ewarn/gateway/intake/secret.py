"""The secret of the control address, in a file that only its owner can read."""

import codecs
import contextlib
import os
import secrets
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from ewarn.errors import InputError
from ewarn.system.private_files import Ours, read_private, write_private
from ewarn.system.tls import parse_control

Made = TypeVar("Made")
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


def establish(secret_file: str | None, port: int) -> tuple[str, Ours | None]:
    """The secret of a gateway that starts, and the file that it wrote and must remove, if it did.

    A file named that exists is used as it is, and must be its owner's alone. Raises InputError as `find` does.
    """
    if secret_file is None and VARIABLE in os.environ:
        return find(None, port), None
    path = Path(secret_file) if secret_file else default_path(port)
    try:
        if secret_file and os.path.lexists(path):
            with contextlib.suppress(OSError):
                os.utime(path, follow_symlinks=False)  # so that one before, which wrote it, lets it be as it ends
            return find(secret_file, port), None
        made = secrets.token_urlsafe(32)
        return made, written(path, lambda: write_private(path, f"{made}\n".encode()), own_folder=not secret_file)[1]
    except OSError as error:
        raise InputError(f"--secret-file: cannot write {path} ({error.strerror})") from None


def remove(file: Ours) -> None:
    """Take away a file that `establish` wrote, and its folder if that was the last.

    A gateway that was started in the stead of one that was killed, or takes long to end, has its own at the same path.
    """
    file.remove()
    if file.path.parent == default_path(0).parent:
        with contextlib.suppress(OSError):
            file.path.parent.rmdir()


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


def written(path: Path, write: Callable[[], Made], *, own_folder: bool = True) -> tuple[Made, Ours]:
    """Write a file for as long as the gateway runs, and know it again. Raises OSError.

    `own_folder`: it is made where it is not there, also when a gateway that ends has just taken it away as its last.
    """
    for last in (False, False, True):
        try:
            if own_folder:
                make_folder(path.parent)
            return write(), Ours.at(path)
        except FileNotFoundError:
            if last or not own_folder:
                raise
    raise AssertionError


def make_folder(folder: Path) -> None:
    """Among temporary files anyone may have made it before, and then could put another file in place of ours."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if folder.stat().st_uid != os.getuid():
        raise PermissionError(1, "its folder belongs to another user")

"""The newest plays of a kiosk stay, older ones go: a folder must not grow for as long as a screen hangs on a wall."""

import contextlib
import logging
from pathlib import Path

from ewarn.errors import WriteError
from ewarn.runs.folder import clear, is_run
from ewarn.system import files

INDEX = "kiosk-runs.txt"
"""names of the folders that kiosks made here, a line each, the oldest first: no other folder is ever removed"""
logger = logging.getLogger("ewarn.demo")


class Keeping:
    """Of the plays in a folder of results those that a kiosk made, this one or one before it."""

    def __init__(self, out: Path, most: int) -> None:
        """`most`: how many stay."""
        self._out, self._most = out, most
        self._made = [name for name in _listed(out / INDEX) if self._is_there(name)]

    def add(self, folder: Path) -> list[Path]:
        """A play that was just written; returns the folders of those that had to go."""
        self._made.append(folder.name)
        gone = [self._out / name for name in self._made[: -self._most]]
        del self._made[: -self._most]
        try:
            files.write_text(self._out / INDEX, "".join(f"{name}\n" for name in self._made))
            for one in gone:
                if self._is_there(one.name):  # it may have become something else since it was made
                    _remove(one)
        except (OSError, WriteError) as error:
            logger.warning("kiosk: an old run stays: %s", error)
        return gone

    def _is_there(self, name: str) -> bool:
        """A folder right here, and not behind a link."""
        folder = self._out / name
        return Path(name).name == name and name not in ("", ".", "..") and not folder.is_symlink() and is_run(folder)


def _listed(index: Path) -> list[str]:
    try:
        return index.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return []


def _remove(folder: Path) -> None:
    clear([folder])
    with contextlib.suppress(OSError):  # somebody put something beside it
        folder.rmdir()

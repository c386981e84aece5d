"""The audit log: what came on the control address, from where, when, and what became of it. Nothing of any user.

Lines of JSON in a file of its own, `audit.jsonl`; when it has grown it is put aside under a number, and the oldest of
those is let go.
"""

import logging
from logging.handlers import RotatingFileHandler
from pathlib import Path

from msgspec import json

from ewarn.errors import InputError
from ewarn.system import files
from ewarn.wire.reports import utc

NAME = "audit.jsonl"
LARGEST, FILES = 10 << 20, 9
"""bytes of a file, and how many are kept besides the newest; ten of these are some 400,000 reports"""
logger = logging.getLogger("ewarn.gateway")


class Audit:
    """Writes lines; a disk that takes none is said once, and holds up nothing."""

    def __init__(self, folder: Path) -> None:
        """Raises InputError where the file cannot be written, and that does not pass, as a full disk does."""
        try:
            self._file = _file(folder, at_once=True)
        except OSError as error:
            if files.is_of_the_disk(error):
                self._file = _file(folder, at_once=False)
                return
            raise InputError(f"--state: cannot write {folder / NAME} ({error.strerror})") from None

    def note(self, at: float, peer: str, did: str, became: str, **more: str | int) -> None:
        """At `at` (seconds since 1970) `peer` did something, and this is what became of it."""
        line = json.encode({"at": utc(at), "from": peer, "did": did, "became": became, **more}).decode()
        self._file.handle(logging.LogRecord("audit", logging.INFO, "", 0, line, None, None))

    def close(self) -> None:
        """Let go of the file, which stays."""
        self._file.close()


def _file(folder: Path, *, at_once: bool) -> "_Told":
    return _Told(folder / NAME, maxBytes=LARGEST, backupCount=FILES, encoding="utf-8", delay=not at_once)


class _Told(RotatingFileHandler):
    """A file whose first failure is logged."""

    failed = False

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802, ARG002  the library's name and argument
        """See `logging.Handler`."""
        if not self.failed:
            logger.error(
                "%s cannot be written any more; what comes on the control address is not kept", self.baseFilename
            )
        self.failed = True

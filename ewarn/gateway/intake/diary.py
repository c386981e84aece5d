"""What was taken, on disk: so that a gateway that was killed and starts again knows what is in force and what was told.

One file, a line a report: the message as it came, and when. A line is on the disk before its report goes out, unless
the disk takes too long or is full: it never holds up an alarm. The file stays short, since it is written anew once it
has grown, with the newest of each quake alone: its newest warning, and the quick report after that. It is written anew,
too, once a disk that was full takes something again. A line that was cut off as the machine died is passed over; where
others cannot be read, as those of a later version, the file is put aside.
"""

import contextlib
import errno
import logging
import os
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from ewarn.errors import InputError, WriteError
from ewarn.gateway.intake.diary_lines import Taken, read, written
from ewarn.seismic.course import Course
from ewarn.seismic.origin import Report
from ewarn.system import files

NAME = "reports.jsonl"
ASIDE = f"{NAME}.unread"
LARGEST = 1 << 20
"""bytes: beyond, it is written anew"""
KEPT_S = 86_400.0
"""for so long after it was taken a report is kept"""
logger = logging.getLogger("ewarn.gateway")


class Diary:
    """The file, open to be added to; only one process may have it."""

    def __init__(self, folder: Path, now: float, check: Callable[[Report], None] | None = None) -> None:
        """Read what there is, and write it anew without what is old; what `check` refuses (InputError) has no effect.

        Raises InputError where the file cannot be read, or written for a reason that does not pass.
        """
        self._path = folder / NAME
        self._open: int | None = None
        """None: what is on the disk is not what is kept"""
        self.kept: list[Taken] = []
        """what may still be in force, or tell how far its quake has come, in the order in which it was taken"""
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._begin(now, check)
        except (OSError, WriteError) as error:
            why = f"--state: cannot write {self._path} ({_why(error)})"
            if not files.is_of_the_disk(error):
                raise InputError(why) from None
            logger.error("%s; the gateway goes on without", why)

    def note(self, report: Report, course: Course, at: float) -> None:
        """Add a report that was taken, and have it on the disk. Raises OSError or WriteError.

        What could not be written then is written with the next.
        """
        taken = Taken(report, course, at)
        self._keep(taken)
        if self._open is None:
            self._forget(at)
            self._rewrite()
            return
        try:
            line = written(taken)
            if os.write(self._open, line) < len(line):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            os.fdatasync(self._open)
            if os.fstat(self._open).st_size > LARGEST:
                self._forget(at)
                self._rewrite()
        except (OSError, WriteError):
            self.close()  # a part of a line may stand there, to which the next must not be added
            raise

    def close(self) -> None:
        """Let go of the file, which stays."""
        if self._open is not None:
            os.close(self._open)
            self._open = None

    def _begin(self, now: float, check: Callable[[Report], None] | None) -> None:
        for part in self._path.parent.glob(f".{NAME}.*.part"):  # of one that was killed as it wrote
            with contextlib.suppress(OSError):
                part.unlink()
        content = self._path.read_bytes() if self._path.exists() else b""
        found, unread = read(content)
        if unread:
            logger.warning("%s: %d lines cannot be read, as %s; it is put aside as %s", self._path, *unread, ASIDE)
        refused = 0
        for one in found:
            try:
                if check:
                    check(one.report)
            except InputError:
                refused += 1
                continue
            self._keep(one)
        if refused:
            logger.warning("%s: %d reports are of no key that is trusted now, and are passed over", self._path, refused)
        self._forget(now)
        if unread:
            files.write(self._path.with_name(ASIDE), lambda file: file.write(content))
        self._rewrite()

    def _keep(self, taken: Taken) -> None:
        """It takes the place of what it replaces, and of all of an earlier play."""
        new = taken.report
        self.kept = [
            one
            for one in self.kept
            if one.report.quake != new.quake or (one.report.play == new.play and not new.replaces(one.report))
        ]
        self.kept.append(taken)

    def _forget(self, now: float) -> None:
        self.kept = [one for one in self.kept if now - one.at < KEPT_S]

    def _rewrite(self) -> None:
        """Have what is kept on the disk, and nothing else. Raises OSError or WriteError, and is not open then."""
        self.close()
        content = b"".join(map(written, self.kept))

        def fill(file: BinaryIO) -> None:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())  # or a machine that dies may have the new name, and nothing in it

        files.write(self._path, fill)
        self._open = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC)


def _why(error: OSError | WriteError) -> str:
    return (error.strerror if isinstance(error, OSError) else str(error)) or type(error).__name__

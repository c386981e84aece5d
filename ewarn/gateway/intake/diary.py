"""What was taken, on disk: so that a gateway that was killed and starts again knows what is in force and what was told.

One file, a line a report: the message as it came, and when. A line is on the disk before its report goes out, unless
the disk takes too long or is full: it never holds up an alarm. The file stays short, since it is written anew once it
has grown, with the newest of each quake alone: its newest warning, and the quick report after that. A line that was cut
off as the machine died is passed over.
"""

import logging
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from msgspec import MsgspecError, Struct, json

from ewarn.errors import InputError, WriteError
from ewarn.seismic.course import Course
from ewarn.seismic.origin import Report
from ewarn.system import files
from ewarn.wire.reports import decode, encode

NAME = "reports.jsonl"
LARGEST = 1 << 20
"""bytes: beyond, it is written anew"""
KEPT_S = 86_400.0
"""for so long after it was taken a report is kept"""
logger = logging.getLogger("ewarn.gateway")


class Line(Struct, frozen=True):
    """A report that was taken."""

    at: float
    """when, seconds since 1970"""
    began_with: int
    """number of the first report of its play"""
    report: str
    """as it came on the control address"""


_LINE = json.Decoder(Line)


@dataclass(frozen=True)
class Taken:
    """A report of the diary, and how far its quake had come with it."""

    report: Report
    course: Course
    at: float
    """when it was taken, seconds since 1970"""


class Diary:
    """The file, open to be added to; only one process may have it."""

    def __init__(self, folder: Path, now: float) -> None:
        """Read what there is, and write it anew without what is old. Raises InputError where that cannot be done."""
        self._path = folder / NAME
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self.kept: list[Taken] = []
            """what may still be in force, or tell how far its quake has come, in the order in which it was taken"""
            for one in _read(self._path):
                self._keep(one)
            self._forget(now)
            self._open = self._rewritten()
        except (OSError, WriteError) as error:
            raise InputError(f"--state: cannot write {self._path} ({_why(error)})") from None

    def note(self, report: Report, course: Course, at: float) -> None:
        """Add a report that was taken, and have it on the disk. Raises OSError."""
        taken = Taken(report, course, at)
        self._keep(taken)
        os.write(self._open, _written(taken))
        os.fdatasync(self._open)
        if os.fstat(self._open).st_size > LARGEST:
            self._forget(at)
            os.close(self._open)
            self._open = self._rewritten()

    def close(self) -> None:
        """Let go of the file, which stays."""
        os.close(self._open)

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

    def _rewritten(self) -> int:
        content = b"".join(map(_written, self.kept))
        files.write(self._path, lambda file: file.write(content))
        return os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC)


def _written(taken: Taken) -> bytes:
    return json.encode(Line(taken.at, taken.course.began_with, encode(taken.report))) + b"\n"


def _read(path: Path) -> Iterator[Taken]:
    """In the order in which they were taken; whatever is no line is passed over, and said."""
    if not path.exists():
        return
    for number, text in enumerate(path.read_bytes().splitlines(), start=1):
        try:
            line = _LINE.decode(text)
            report = decode(line.report)
        except (MsgspecError, InputError, UnicodeDecodeError) as error:
            logger.warning("%s: line %d is passed over: %s", path, number, error)
            continue
        yield Taken(report, Course.at(report, line.began_with), line.at)


def _why(error: OSError | WriteError) -> str:
    return (error.strerror if isinstance(error, OSError) else str(error)) or type(error).__name__

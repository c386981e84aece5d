"""What a gateway keeps on disk of what it is told: the diary, by which it goes on after a crash, and the audit log."""

import asyncio
import logging
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from ewarn.gateway.intake.audit import Audit
from ewarn.gateway.intake.diary import Diary, Taken
from ewarn.seismic.course import Course
from ewarn.seismic.origin import Report

PATIENCE_S = 0.05
"""A report waits so long for the disk at the most; a disk syncs within some milliseconds."""
MOST_BEHIND = 100
"""reports that may wait for a disk that hangs; those beyond are not written down"""
logger = logging.getLogger("ewarn.gateway")


class Keeping:
    """Keeps nothing without a folder. A disk that is full, slow or gone holds up no report, and is said."""

    def __init__(self, folder: Path | None, now: float) -> None:
        """Read what is in the folder. Raises InputError where it cannot be written to."""
        self._diary = Diary(folder, now) if folder else None
        self._audit = Audit(folder) if folder else None
        self._disk = ThreadPoolExecutor(1, "disk")
        self._behind = 0

    @property
    def kept(self) -> list[Taken]:
        """What an earlier gateway had taken, in that order."""
        return list(self._diary.kept) if self._diary else []

    async def taken(self, report: Report, course: Course, at: float) -> None:
        """Have a report on the disk, or give up waiting for that."""
        if not self._diary:
            return
        if self._behind >= MOST_BEHIND:
            logger.error(
                "report %d of %s is not on the disk: %d wait for it", report.number, report.quake, self._behind
            )
            return
        self._behind += 1
        writing = asyncio.get_running_loop().run_in_executor(self._disk, self._diary.note, report, course, at)
        writing.add_done_callback(self._written)
        await asyncio.wait([writing], timeout=PATIENCE_S)

    def note(self, at: float, peer: str, did: str, became: str, **more: str | int) -> None:
        """See `Audit.note`."""
        if self._audit:
            self._audit.note(at, peer, did, became, **more)

    def close(self) -> None:
        """Let go of the files, which stay; a disk that hangs is not waited for."""
        self._disk.shutdown(wait=self._behind == 0, cancel_futures=True)
        if self._audit:
            self._audit.close()
        if self._diary and not self._behind:
            self._diary.close()

    def _written(self, writing: "asyncio.Future[None]") -> None:
        self._behind -= 1
        if not writing.cancelled() and (error := writing.exception()):
            logger.error("a report is not on the disk: %s", getattr(error, "strerror", None) or error)

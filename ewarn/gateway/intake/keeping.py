"""What a gateway keeps on disk of what it is told: the diary, by which it goes on after a crash, and the audit log."""

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from functools import partial
from pathlib import Path

from ewarn.gateway.intake.audit import Audit
from ewarn.gateway.intake.diary import Diary, Taken
from ewarn.seismic.course import Course
from ewarn.seismic.origin import Report

PATIENCE_S = 0.05
"""A report waits so long for the disk at the most; a disk syncs within some milliseconds."""
MOST_BEHIND = 100
"""reports, and lines of the audit log, that may wait for a disk that hangs; those beyond are not written down"""
LAST_S = 1.0
"""for what is to be written when the gateway ends"""
logger = logging.getLogger("ewarn.gateway")


class Keeping:
    """Keeps nothing without a folder. A disk that is full, slow or gone holds up no report, and is said."""

    def __init__(self, folder: Path | None, now: float) -> None:
        """Read what is in the folder. Raises InputError where it cannot be written to."""
        self._diary = Diary(folder, now) if folder else None
        self._audit = Audit(folder) if folder else None
        self._disk = ThreadPoolExecutor(1, "disk")
        self._behind = 0
        self._newest: asyncio.Future[None] | None = None
        """of what is written; done last"""

    @property
    def kept(self) -> list[Taken]:
        """What an earlier gateway had taken, in that order."""
        return list(self._diary.kept) if self._diary else []

    async def taken(self, report: Report, course: Course, at: float) -> None:
        """Have a report on the disk, or give up waiting for that; reports come out of it as they went in."""
        if not self._diary:
            return
        if self._write("a report", partial(self._diary.note, report, course, at)):
            await self.written()
        else:
            # Those before it may still wait so long, and none is to overtake another.
            await asyncio.sleep(PATIENCE_S)

    def note(self, at: float, peer: str, did: str, became: str, **more: str | int) -> None:
        """See `Audit.note`; it is on the disk a moment later, see `written`. Needs a running loop."""
        if self._audit:
            self._write("a line of the audit log", partial(self._audit.note, at, peer, did, became, **more))

    async def written(self) -> None:
        """Until all is on the disk that was to be written by now, or the wait for that is given up."""
        if self._newest:
            await asyncio.wait([self._newest], timeout=PATIENCE_S)

    def close(self) -> None:
        """Let go of the files, which stay, once all is written; a disk that hangs is not waited for."""
        wait([self._disk.submit(self._let_go)], timeout=LAST_S)
        self._disk.shutdown(wait=False, cancel_futures=True)

    def _let_go(self) -> None:
        for one in (self._audit, self._diary):
            if one:
                one.close()

    def _write(self, what: str, act: Callable[[], None]) -> bool:
        """Have a thread do it, one after the other; False where too much waits for the disk."""
        if self._behind >= MOST_BEHIND:
            logger.error("%s is not on the disk: %d wait for it", what, self._behind)
            return False
        self._behind += 1
        self._newest = asyncio.get_running_loop().run_in_executor(self._disk, act)
        self._newest.add_done_callback(partial(self._written, what))
        return True

    def _written(self, what: str, writing: "asyncio.Future[None]") -> None:
        self._behind -= 1
        if not writing.cancelled() and (error := writing.exception()):
            logger.error("%s is not on the disk: %s", what, getattr(error, "strerror", None) or error)

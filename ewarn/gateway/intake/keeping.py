"""What a gateway keeps on disk of what it is told: the diary, by which it goes on after a crash, and the audit log."""

import asyncio
import logging
import os
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from pathlib import Path

from ewarn.errors import InputError
from ewarn.gateway.intake.audit import Audit
from ewarn.gateway.intake.diary import Diary
from ewarn.gateway.intake.diary_lines import Taken
from ewarn.seismic.course import Course
from ewarn.seismic.origin import Report
from ewarn.system import files
from ewarn.system.own_folder import claim

PATIENCE_S = 0.05
"""A report waits so long for the disk at the most; a disk syncs within some milliseconds."""
MOST_BEHIND = 100
"""reports that may wait for a disk that hangs, and as many lines of the audit log; those beyond are not written down"""
CLOSING_S = 1.0
"""that a gateway which ends waits for its disk"""
logger = logging.getLogger("ewarn.gateway")


class Keeping:
    """Keeps nothing without a folder. A disk that is full, slow or gone holds up no report, and is said once.

    All that is written is written by a thread of its own, in order.
    """

    def __init__(
        self, folder: Path | None, now: float, check: Callable[[Report], None] | None = None, early_s: float = 0.0
    ) -> None:
        """Read what is in the folder, see `Diary`. Raises InputError where it is not, or not ours alone, to write to.

        What was taken more than `early_s` after `now` is of a clock that has been set back since: it stays on the disk,
        and says nothing of what may come now.
        """
        self._lock = _claimed(folder) if folder else None
        self._diary: Diary | None = None
        self._audit: Audit | None = None
        try:
            self._diary = Diary(folder, now, check) if folder else None
            self._audit = Audit(folder) if folder else None
        except BaseException:
            self._let_go()
            raise
        self.kept = _of_this_clock(self._diary.kept, now + early_s) if self._diary else []
        """what an earlier gateway had taken, in that order"""
        self._disk = ThreadPoolExecutor(1, "disk")
        self._behind = 0
        self._notes: set[Future[None]] = set()
        self._failing = False
        """the last report is not on the disk, which was said"""

    async def taken(self, report: Report, course: Course, at: float) -> None:
        """Have a report on the disk, or give up waiting for that. Reports are waited for in the order of the calls."""
        if not self._diary:
            return
        if self._behind >= MOST_BEHIND:
            self._say(f"{self._behind} wait for it")
            await asyncio.sleep(PATIENCE_S)  # or it would overtake those that wait
            return
        self._behind += 1
        writing = asyncio.get_running_loop().run_in_executor(self._disk, self._diary.note, report, course, at)
        writing.add_done_callback(self._written)
        await asyncio.wait([writing], timeout=PATIENCE_S)

    def note(self, at: float, peer: str, did: str, became: str, **more: str | int) -> None:
        """See `Audit.note`; nobody waits for it."""
        if not self._audit:
            return
        if len(self._notes) >= MOST_BEHIND:
            self._say(f"{len(self._notes)} lines of the audit log wait for it")
            return
        writing = self._disk.submit(self._audit.note, at, peer, did, became, **more)
        self._notes.add(writing)
        writing.add_done_callback(self._notes.discard)

    def close(self) -> None:
        """Let go of the files, which stay; a disk that hangs is not waited for."""
        last = self._disk.submit(self._let_go)
        self._disk.shutdown(wait=False)
        wait([last], CLOSING_S)

    def _let_go(self) -> None:
        for one in (self._diary, self._audit):
            if one:
                one.close()
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def _written(self, writing: "asyncio.Future[None]") -> None:
        self._behind -= 1
        if writing.cancelled():
            return
        if error := writing.exception():
            self._say(str(getattr(error, "strerror", None) or error))
        elif self._failing:
            self._failing = False
            logger.warning("reports are on the disk again")

    def _say(self, why: str) -> None:
        """Once, until a report is on the disk again."""
        if not self._failing:
            self._failing = True
            logger.error("a report is not on the disk: %s; the gateway goes on without", why)


def _of_this_clock(kept: list[Taken], latest: float) -> list[Taken]:
    found = [one for one in kept if one.at <= latest]
    if ahead := len(kept) - len(found):
        ahead_s = max(one.at for one in kept) - latest
        logger.warning("--state: %d reports, up to %.1f s ahead of the clock here, are passed over", ahead, ahead_s)
    return found


def _claimed(folder: Path) -> int | None:
    """See `claim`; None where a disk cannot be written, or knows no locks. Raises InputError."""
    try:
        return claim("--state", folder)
    except OSError as error:
        if files.is_of_the_disk(error) or folder.is_dir():
            logger.error("--state: %s cannot be locked (%s); the gateway goes on without", folder, error.strerror)
            return None
        raise InputError(f"--state: cannot write {folder / 'reports.jsonl'} ({error.strerror})") from None

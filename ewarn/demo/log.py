"""What the page is told: the show so far is kept for those who come late, what passes is not."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from ewarn.system.json_files import encoded

PASSING = ("state", "clock", "kiosk")
"""kinds of message of which only the newest matters"""


class ShowLog:
    """Any number of viewers follow it, each at their own pace; nothing is copied for any of them."""

    def __init__(self) -> None:
        self._kept: list[str | bytes] = []
        self._passing: dict[str, tuple[int, str]] = {}
        """by kind: its count among what passed, and the newest"""
        self._show = 0
        """grows as a new show begins, and what was kept is forgotten"""
        self._passed = 0
        self._more = asyncio.Event()

    def begin(self) -> None:
        """A new show: forget the one before."""
        self._kept, self._passing, self._show = [], {}, self._show + 1

    def add(self, message: dict[str, Any] | bytes) -> None:
        """Take a message; a dict has a `type`."""
        if isinstance(message, bytes):
            self._kept.append(message)
        elif (kind := message["type"]) in PASSING:
            self._passed += 1
            self._passing[kind] = self._passed, encoded(message)
        else:
            self._kept.append(encoded(message))
        more, self._more = self._more, asyncio.Event()
        more.set()

    async def follow(self) -> AsyncIterator[str | bytes]:
        """Everything kept, then everything new, for ever. Who is slow misses what passes, and nothing else."""
        show, at, passed = self._show, 0, 0
        while True:
            more = self._more
            if show != self._show:
                show, at = self._show, 0
            if at < len(self._kept):
                message = self._kept[at]
                at += 1
                yield message
                continue
            newer = sorted(one for one in self._passing.values() if one[0] > passed)
            for number, text in newer:
                passed = number
                yield text
            if not newer and more is self._more:
                await more.wait()

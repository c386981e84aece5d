"""A list of drills that plays by itself, over and over: each live, replayed where it is two, held at its end."""

import asyncio
import contextlib
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from ewarn.config.kiosk import KioskEntry
from ewarn.demo.viewing import Message
from ewarn.demo.wish import DrillWish
from ewarn.errors import InputError
from ewarn.seismic.origin import Quake

SHOWN_S, BEYOND_S = 60.0, 30.0
"""a page's replay lasts so long at the least, and so far beyond the last report: `timeline.js`"""
LONGEST_S = 1800.0
"""a drill that is not over by then is stopped"""
FAILED_S = 10.0
"""for which it is said that an entry failed; also what keeps a list of which nothing can be played from spinning"""
TICK_S = 5.0
"""between words on how long it takes until the next entry: a page counts on by itself"""
OVER = ("done", "failed")
logger = logging.getLogger("ewarn.demo")


@dataclass
class Heard:
    """What is known of the drill that goes on."""

    state: str = "preparing"
    line: str = ""
    """why it failed"""
    plays: int = 0
    last_s: float = 0.0
    """release of the last report, seconds after origin"""
    folders: list[Path] = field(default_factory=list)
    """in which its plays were kept"""
    over: asyncio.Event = field(default_factory=asyncio.Event)

    def take(self, message: Message) -> None:
        """A message of the drill's own process."""
        if not isinstance(message, dict):
            return
        kind = message["type"]
        if kind == "play":
            self.plays += 1
        elif kind == "report":
            self.last_s = max(self.last_s, message["release_s"])
        elif kind == "kept":
            self.folders.append(Path(message["folder"]))
        elif kind == "state":
            self.state, self.line = message["state"], message["line"]
            if self.state in OVER:
                self.over.set()

    @property
    def replay_s(self) -> float:
        """For which a page replays it: two plays, on one clock."""
        return max(SHOWN_S, self.last_s + BEYOND_S) if self.plays > 1 else 0.0


class Item(NamedTuple):
    """An entry, and its quake."""

    entry: KioskEntry
    quake: Quake


class Theatre(NamedTuple):
    """What plays a drill, as a `Stage` does."""

    start: Callable[[DrillWish], Any]
    """awaited; raises InputError"""
    stop: Callable[[], Any]
    """awaited"""


class Playlist:
    """Plays in an event loop, whose clock it goes by."""

    def __init__(
        self,
        items: Sequence[Item],
        engine: str,
        tell: Callable[[Message], None],
        kept: Callable[[list[Path]], None] = lambda _: None,
    ) -> None:
        """`tell` takes what the page is told; `kept` the folders of a drill's plays, once it is over."""
        self._items, self._engine, self._tell, self._kept = items, engine, tell, kept
        self._heard = Heard()
        self._took_s: dict[int, float] = {}
        """by entry, for how long it was on the page the last time, its hold included"""
        self._problem: dict[str, str] | None = None
        """the entry that failed last, and why; until another one succeeds"""

    def hear(self, message: Message) -> None:
        """What the process of the drill tells."""
        self._heard.take(message)

    async def play(self, theatre: Theatre) -> None:
        """The list, until it is cancelled. An entry that cannot be played is said and skipped."""
        at = 0
        while True:
            began = _now()
            try:
                await self._live(at, theatre)
                wait_s = self._heard.replay_s + self._items[at].entry.hold_s
                self._problem = None
                self._took_s[at] = _now() - began + wait_s
            except (InputError, OSError) as error:
                logger.warning("kiosk: entry %d, %s, skipped: %s", at + 1, self._items[at].quake.id, error)
                self._problem = {"quake": self._items[at].quake.name, "line": str(error)}
                wait_s = FAILED_S
            finally:
                self._kept(self._heard.folders)  # also of a drill that is ended in the middle
            await self._wait(at, wait_s)
            at = (at + 1) % len(self._items)

    async def _live(self, at: int, theatre: Theatre) -> None:
        """Until the drill is over. Raises InputError where it failed, or does not come to an end."""
        entry, heard = self._items[at].entry, Heard()
        began, took_s = _now(), self._took_s.get(at)
        wish = DrillWish(entry.quake, entry.users, self._engine, entry.orders, entry.fault, entry.rate_per_s)
        self._heard = heard
        await theatre.start(wish)
        while not heard.over.is_set():
            if (passed := _now() - began) > LONGEST_S:
                await theatre.stop()
                raise InputError(f"it was not over after {LONGEST_S:g} s")
            self._say(at, None if took_s is None else max(0.0, took_s - passed))
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(heard.over.wait(), TICK_S)
        if heard.state == "failed":
            raise InputError(heard.line)

    async def _wait(self, at: int, wait_s: float) -> None:
        end = _now() + wait_s
        self._say(at, wait_s)
        while (left := end - _now()) > 0:
            await asyncio.sleep(min(TICK_S, left))
            self._say(at, max(0.0, end - _now()))

    def _say(self, at: int, next_in_s: float | None) -> None:
        """Where the list stands; `next_in_s`: until the next entry, None where that is not known yet."""
        following = (at + 1) % len(self._items)
        told = {"now": _told(self._items[at], at), "next": _told(self._items[following], following)}
        seconds = None if next_in_s is None else round(next_in_s, 1)
        count = len(self._items)
        self._tell({"type": "kiosk", **told, "entries": count, "next_in_s": seconds, "problem": self._problem})


def _told(item: Item, at: int) -> dict[str, Any]:
    entry = item.entry
    return {
        "number": at + 1,
        "quake": {"id": item.quake.id, "name": item.quake.name, "names": item.quake.called.names},
        "users": entry.users,
        "orders": list(entry.orders),
        "rate_per_s": entry.rate_per_s,
        "fault": entry.fault,
        "language": entry.language,
    }


def _now() -> float:
    return asyncio.get_running_loop().time()

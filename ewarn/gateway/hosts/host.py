"""A gateway as one of many: it hears reports by the bus, says how it stands, and hears of the others.

Without a bus it is alone, and says so to whoever asks.
"""

import asyncio
import logging
import random
import time
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any

from msgspec.structs import replace

from ewarn.bus import subjects
from ewarn.bus.addresses import Identity, LineAddress
from ewarn.errors import InputError
from ewarn.gateway.hosts.board import BusNotice
from ewarn.gateway.hosts.catching_up import CatchingUp
from ewarn.gateway.hosts.incoming import Incoming
from ewarn.gateway.hosts.lines import Hears, Lines
from ewarn.gateway.hosts.noted import Journals
from ewarn.gateway.hosts.own import checked_url
from ewarn.gateway.hosts.presence import Presence
from ewarn.gateway.hosts.shown import SILENT_S
from ewarn.gateway.intake.keeping import Keeping
from ewarn.gateway.intake.seldom import Seldom
from ewarn.gateway.intake.taking import Taking
from ewarn.system.clock import Clock
from ewarn.wire.bus import STANDING, Standing, Taken, decode, encode

logger = logging.getLogger("ewarn.gateway.hosts")
TICK_S, SAY_S = 0.25, 1.0
"""from one look at lines and hosts to the next, and from one word of how this one stands to the next"""
SAID_S = 60.0
"""from one line about another host of this name, or about messages that are none, to the next"""


@dataclass(frozen=True)
class Parts:
    """What hearing the bus takes."""

    addresses: tuple[LineAddress, ...]
    identity: Identity
    patience_s: float
    """for what is in force to be told, before the gateway opens"""
    journals: Journals | None = None
    """None: none is kept for a drill"""


class Host:
    """Kept from `begin` to `end`."""

    def __init__(self, presence: Presence) -> None:
        self._presence = presence
        self._tasks: list[asyncio.Task[None]] = []

    async def begin(self) -> None:
        """Be there, before anybody is let in."""
        self._look()
        self._start(self._keep())

    def open(self) -> None:
        """Users are let in from now on."""

    def drain(self) -> None:
        """No more are, and those who are here are sent away."""
        self._presence.is_draining = True
        self._look()

    async def end(self) -> None:
        """Be there no more."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _start(self, doing: Coroutine[Any, Any, None]) -> None:
        self._tasks.append(asyncio.get_running_loop().create_task(doing))

    async def _keep(self) -> None:
        while True:
            await asyncio.sleep(TICK_S)
            try:
                self._look()
            except Exception:
                logger.exception("how the gateway stands is not shown, by a fault of its own")

    def _look(self) -> None:
        self._presence.show(time.monotonic(), None)


class HostOnBus(Host):
    """Hears the lines of a bus, and is heard by them."""

    def __init__(
        self, presence: Presence, parts: Parts, taking: Taking, keeping: Keeping, clock: Clock, rng: random.Random
    ) -> None:
        super().__init__(presence)
        self._patience_s, self._journals = parts.patience_s, parts.journals
        incoming = Incoming(presence.called.name, taking, keeping, self.answer, presence.count, clock)
        self._incoming = incoming
        self._catching_up = CatchingUp(incoming, len(parts.addresses), presence.count)
        hears: dict[str, Hears] = {
            subjects.REPORTS: lambda line, _subject, payload: incoming.hear(line, payload),
            subjects.PULSE: self._hear_pulse,
            subjects.HOSTS: self._hear_host,
        }
        self._lines = Lines(parts.addresses, parts.identity, hears, self._come_up, rng)
        self._said: Standing | None = None
        """how it said last that it stands"""
        self._said_at = 0.0
        self._is_open = False
        self._namesake, self._unread = Seldom(SAID_S), Seldom(SAID_S)

    async def begin(self) -> None:
        """Be there, and know what is in force, or give up waiting for that."""
        self._start(self._lines.run())
        if self._journals:
            self._journals.begin()
        await super().begin()
        if not await self._catching_up.begin(self._patience_s):
            logger.error("no line of the bus has told within %g s what is in force; opened without", self._patience_s)
        self._look()

    def open(self) -> None:
        """Others may send users from now on."""
        self._is_open = True
        self._look()

    async def end(self) -> None:
        """Say so, and be there no more."""
        if self._is_open:
            self._say(self._presence.standing(stale=False, leaving=True))
            self._is_open = False
            await self._lines.settle()
        await super().end()
        if self._journals:
            await asyncio.to_thread(self._journals.end)

    def answer(self, taken: Taken) -> None:
        """Tell the centre what became of a report."""
        self._lines.say(subjects.taken(taken.host), encode(taken))
        asyncio.get_running_loop().call_soon(self._look)

    def _notice(self) -> BusNotice:
        return BusNotice(self._lines.notices(), self._incoming.newest)

    def _look(self) -> None:
        now, notice = time.monotonic(), self._notice()
        self._presence.show(now, notice)
        if self._is_open:
            standing = self._presence.standing(stale=notice.is_stale(now, SILENT_S))
            before = self._said
            changed = before is None or (before.state, before.capacity) != (standing.state, standing.capacity)
            if changed or now - self._said_at >= SAY_S:
                self._say(standing)

    def _say(self, standing: Standing) -> None:
        self._said, self._said_at = standing, time.monotonic()
        self._lines.say(subjects.standing(standing.host), encode(standing))

    async def _come_up(self, index: int) -> None:
        self._said = None  # who is reached by this line alone has not heard of us
        await self._catching_up.follow(self._lines[index])
        self._lines.note_caught_up(index)
        logger.info("line %d of the bus has told what it keeps", index)
        self._look()

    def _hear_pulse(self, index: int, _subject: str, payload: bytes) -> None:
        try:
            self._catching_up.hear_pulse(payload, self._lines.up())
        except InputError as error:
            self._pass_over(index, "pulse", error)
            return
        self._lines.note_pulse(index)

    def _hear_host(self, index: int, subject: str, payload: bytes) -> None:
        try:
            standing = decode(payload, STANDING)
            if standing.host != subjects.host_of(subject):
                raise InputError(f"host: {standing.host} speaks for {subjects.host_of(subject)}")
            standing = replace(standing, url=checked_url(standing.url, "url"))  # users are told it
        except InputError as error:
            self._pass_over(index, "host", error)
            return
        called = self._presence.called
        if standing.host != called.name:
            self._presence.known.hear(standing)
        elif standing.url != called.url and self._namesake.due(time.monotonic()):
            logger.error("another gateway is called %s too, at %s; give one of them another --name", *_who(standing))

    def _pass_over(self, index: int, what: str, error: InputError) -> None:
        if times := self._unread.due(time.monotonic()):
            logger.warning("line %d: a %s was passed over: %s (%d since the last line)", index, what, error, times)


def _who(standing: Standing) -> tuple[str, str]:
    return standing.host, repr(standing.url)

"""A centre's way over one line: its reports go until they are acknowledged, whatever becomes of the line."""

import asyncio
import logging
import random
import time
from collections.abc import Callable

from ewarn.bus import stream
from ewarn.bus.addresses import Identity, LineAddress
from ewarn.bus.connection import Hears
from ewarn.bus.line import Line
from ewarn.bus.outgoing import Message, Outgoing, Sending
from ewarn.errors import BusError, InputError
from ewarn.wire.bus import ReportName
from ewarn.wire.reports import decode

logger = logging.getLogger("ewarn.bus")
ACK_S = 1.0
"""that an acknowledgement may take"""


class Route:
    """One line with what goes over it, for one event loop."""

    def __init__(
        self,
        address: LineAddress,
        identity: Identity,
        hears: Hears,
        on_change: Callable[[], None],
        *,
        rng: random.Random,
    ) -> None:
        """`on_change` is called when a message is acknowledged, and when the line comes or goes."""
        self.line = Line(address, identity, hears, self._came, self._went, rng=rng)
        self.outgoing = Outgoing()
        self._on_change = on_change
        self._ready = False
        self._wake = asyncio.Event()
        self._sending: set[asyncio.Task[None]] = set()
        self._told = ""
        """what was said last of the line; empty: that it is well"""
        self._aloud = False

    async def run(self) -> None:
        """Send until cancelled; then nothing of it is left."""
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self.line.run())
                tasks.create_task(self._retry())
        finally:
            for one in self._sending:
                one.cancel()
            await asyncio.gather(*self._sending, return_exceptions=True)

    def speak(self) -> None:
        """Log from now on what becomes of the line, and how it stands: whoever starts is told in another way."""
        self._aloud = True
        if self.line.problem:
            self._tell(str(self.line.problem))

    def add(self, message: Message) -> None:
        """Have a message go at once, or as soon as the line is up."""
        self.outgoing.add(message)
        self._send_due()

    @property
    def lacks(self) -> str | None:
        """In words, what the line has not acknowledged, and why; None where it has all."""
        names = self.outgoing.lacking()
        if not names:
            return None
        what = ", ".join(f"report {one.number} of {one.quake}" for one in names[:5])
        why = f" ({self.line.problem})" if self.line.problem else ""
        return f"{self.line.address} has not acknowledged {what}{why}"

    def _send_due(self) -> None:
        if self._ready and self.line.up:
            for sending in self.outgoing.take(time.monotonic()):
                task = asyncio.create_task(self._send(sending))
                self._sending.add(task)
                task.add_done_callback(self._sending.discard)
        self._wake.set()

    async def _retry(self) -> None:
        """Look again when the next one is due."""
        while True:
            self._wake.clear()
            due = self.outgoing.next_due() if self._ready and self.line.up else None
            try:
                async with asyncio.timeout(None if due is None else max(0.0, due - time.monotonic())):
                    await self._wake.wait()
            except TimeoutError:
                self._send_due()

    async def _send(self, sending: Sending) -> None:
        message = sending.message
        try:
            number = await stream.publish(self.line, message.subject, message.payload, sending.follows, ACK_S)
            if number is None:
                kept = await stream.last(self.line, message.subject, ACK_S)
                self.outgoing.follows(sending, kept.number, _named(kept.payload))
            else:
                self.outgoing.stored(sending, number)
        except BusError as error:
            await self._failed(sending, error)
        self._on_change()
        self._send_due()

    async def _failed(self, sending: Sending, error: BusError) -> None:
        """The stream may have gone with a disk: it is made anew before the next time."""
        if self.line.up:
            self._tell(str(error))
            await self._ensure()
        self.outgoing.failed(sending, time.monotonic())

    async def _came(self, line: Line) -> None:
        if self._told:
            self._tell(f"{line.address} is back")
            self._told = ""
        await self._ensure()
        self.outgoing.renew()
        self._ready = True
        self._on_change()
        self._send_due()

    async def _ensure(self) -> None:
        try:
            await stream.ensure(self.line, ACK_S)
        except BusError as error:  # who hears a report needs no stream
            if self.line.up:
                self._tell(str(error))

    def _went(self, _: Line, problem: str) -> None:
        self._ready = False
        self._tell(problem)
        self._on_change()

    def _tell(self, what: str) -> None:
        """Whatever goes on for long is said once."""
        if self._aloud and what != self._told:
            self._told = what
            logger.warning("%s", what)


def _named(payload: bytes) -> ReportName | None:
    """Which report it is; None where it is none: whatever comes takes its place."""
    try:
        report = decode(payload)
        return ReportName(report.quake, report.play, report.number)
    except InputError:
        return None

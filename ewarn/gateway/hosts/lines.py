"""The lines of the bus as a gateway hears them, all together: what comes by any, and how each stands."""

import asyncio
import logging
import random
import time
from collections.abc import Awaitable, Callable
from functools import partial

from ewarn.bus.addresses import Identity, LineAddress
from ewarn.bus.line import Line
from ewarn.gateway.hosts.board import LineNotice

logger = logging.getLogger("ewarn.gateway.hosts")
Hears = Callable[[int, str, bytes], None]
FAULT_S = 1.0
FAREWELL_S = 0.5
"""for what was said last to go out"""


class _State:
    """What is known of a line beside what it knows itself."""

    def __init__(self, now: float) -> None:
        self.changed, self.up, self.caught_up = now, False, False
        self.pulse: float | None = None


class Lines:
    """One or two lines, each kept by a task of its own."""

    def __init__(
        self,
        addresses: tuple[LineAddress, ...],
        identity: Identity,
        hears: dict[str, Hears],
        on_up: Callable[[int], Awaitable[None]],
        rng: random.Random,
    ) -> None:
        """`hears`: by subject, what is called with the index of the line, the subject, and the bytes of a message.

        `on_up` is called with the index of a line that has come up; it ends with the line.
        """
        self._on_up = on_up
        self._lines = [
            Line(
                address,
                identity,
                {subject: partial(_heard, called, address.index) for subject, called in hears.items()},
                partial(self._up, address.index),
                self._down,
                rng=rng,
            )
            for address in addresses
        ]
        now = time.monotonic()
        self._states = [_State(now) for _ in self._lines]

    def __getitem__(self, index: int) -> Line:
        """One of them."""
        return self._lines[index]

    async def run(self) -> None:
        """Keep them until cancelled."""
        await asyncio.gather(*map(_keep, self._lines))

    def say(self, subject: str, payload: bytes) -> None:
        """By all that are up; nobody waits."""
        for line in self._lines:
            line.say(subject, payload)

    async def settle(self) -> None:
        """Until what was said has gone out by those that are up, or takes too long."""

        async def settle(line: Line) -> None:
            async with asyncio.timeout(FAREWELL_S):
                await line.settle()

        await asyncio.gather(*(settle(line) for line in self._lines if line.up), return_exceptions=True)

    def up(self) -> list[Line]:
        """Those that are."""
        return [line for line in self._lines if line.up]

    def note_pulse(self, index: int) -> None:
        """A pulse came by this one."""
        self._states[index].pulse = time.monotonic()

    def note_caught_up(self, index: int) -> None:
        """All that this one keeps is known here."""
        self._states[index].caught_up = True

    def notices(self) -> tuple[LineNotice, ...]:
        """How each stands."""
        return tuple(map(self._notice, self._lines, self._states))

    def _notice(self, line: Line, state: _State) -> LineNotice:
        if line.up != state.up:  # a cut is told of a moment later
            self._turn(state, up=line.up)
        return LineNotice(line.up, state.changed, line.since, state.caught_up, state.pulse, line.trusted_until)

    async def _up(self, index: int, line: Line) -> None:
        logger.warning("line %d of the bus is up: %s", index, line.address)
        self._states[index].caught_up = False
        self._turn(self._states[index], up=True)
        try:
            await self._on_up(index)
        except Exception:
            logger.exception("line %d has told what it keeps in vain, by a fault of the gateway", index)

    def _down(self, line: Line, why: str) -> None:
        index = line.address.index
        logger.warning("line %d of the bus is down: %s", index, why)
        self._turn(self._states[index], up=False)

    def _turn(self, state: _State, *, up: bool) -> None:
        if state.up != up:
            state.up, state.changed = up, time.monotonic()
        state.caught_up = state.caught_up and up


async def _keep(line: Line) -> None:
    """A bug that one line found must not end the other."""
    while True:
        try:
            await line.run()
        except Exception:
            logger.exception("line %d is begun anew, after a fault of the gateway", line.address.index)
            await asyncio.sleep(FAULT_S)


def _heard(called: Hears, index: int, subject: str, payload: bytes) -> None:
    """A bug that one message found must not end the line for all others."""
    try:
        called(index, subject, payload)
    except Exception:
        logger.exception("a message on %s was dropped by a fault of the gateway", subject)

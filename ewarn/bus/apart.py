"""Lines of the bus in a thread of their own, for whoever does other things meanwhile: say, hear, and a tick.

What is heard is heard there; whoever has it does the rest elsewhere, so that nothing holds up a line.
"""

import asyncio
import logging
import random
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from types import TracebackType
from typing import Self

from ewarn.bus.addresses import Identity, LineAddress
from ewarn.bus.library import needed
from ewarn.bus.line import Line
from ewarn.errors import BusRefusedError, InputError

logger = logging.getLogger("ewarn.bus")
TICK_S = 0.1
SETTLE_S = 1.0
"""for which lines that are up may take what was said last"""
END_S = 5.0
LONG_S = 2.0
"""to wait for a line; whoever waits for this process, maybe on another host, wants to know why"""


class Apart:
    """A context within which the lines are kept."""

    def __init__(
        self,
        addresses: Sequence[LineAddress],
        identity: Identity,
        hears: Mapping[str, Callable[[str, bytes], None]],
        on_tick: Callable[[], None],
    ) -> None:
        """`hears` are called in the thread, by subject, `on_tick` every `TICK_S` s; see `Line` for what binds them."""
        rng = random.Random()
        self._lines = [
            Line(one, identity, hears, _come, self._gone, rng=random.Random(rng.random()))  # each its own waits
            for one in addresses
        ]
        self._on_tick = on_tick
        self._thread = threading.Thread(target=self._serve, name="bus", daemon=True)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._running: asyncio.Task[None] | None = None
        self._ready, self._fault = threading.Event(), ""

    def __enter__(self) -> Self:
        """Begin; lines may be up later."""
        needed()
        self._thread.start()
        self._ready.wait(END_S)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        """Let what was said last go out, as far as lines take it, and be gone."""
        if self._loop and self._running:
            with suppress(RuntimeError):  # it has just ended by itself
                self._loop.call_soon_threadsafe(self._running.cancel)
        self._thread.join(END_S)

    def say(self, subject: str, payload: bytes) -> None:
        """By all lines that are up, from whichever thread; it never waits."""
        if self._loop:
            with suppress(RuntimeError):  # it has ended
                self._loop.call_soon_threadsafe(self._say, subject, payload)

    def up(self, patience_s: float) -> None:
        """Wait until a line is up; if that takes long, why is said once on standard error.

        Raises InputError where none comes in time, BusRefusedError where each refuses this caller, at once.
        """
        began, said = time.monotonic(), False
        while not self.is_up:
            if self._fault:
                raise InputError(self._fault)
            if all(one.refused for one in self._lines):
                raise BusRefusedError(self.problems)
            waited_s = time.monotonic() - began
            if waited_s > patience_s:
                raise InputError(f"no line of the bus is up: {self.problems}")
            if waited_s > LONG_S and not said:
                logger.warning("no line of the bus is up yet: %s", self.problems)
                said = True
            time.sleep(TICK_S / 10)

    @property
    def is_up(self) -> bool:
        """Whether any line is, and has answered lately."""
        return any(one.up for one in self._lines)

    @property
    def problems(self) -> str:
        """Why lines are not up."""
        found = [str(one.problem or f"{one.address} does not answer") for one in self._lines if not one.up]
        return "; ".join([*found, *([self._fault] if self._fault else [])])

    def _say(self, subject: str, payload: bytes) -> None:
        for line in self._lines:
            line.say(subject, payload)

    def _gone(self, line: Line, why: str) -> None:
        """What becomes of a line is of interest where none is left, and then asked for."""

    def _serve(self) -> None:
        try:
            asyncio.run(self._keep())
        except Exception as error:
            logger.exception("the bus is served no more, by a fault of this program")
            self._fault = f"the bus is served no more: {type(error).__name__}"
        finally:
            self._ready.set()

    async def _keep(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._running = asyncio.current_task()
        self._ready.set()
        lines = [asyncio.create_task(one.run()) for one in self._lines]
        try:
            while True:
                self._on_tick()
                done, _ = await asyncio.wait(lines, timeout=TICK_S, return_when=asyncio.FIRST_EXCEPTION)
                for one in done:
                    one.result()
        except asyncio.CancelledError:
            await self._settle()
        finally:
            for one in lines:
                one.cancel()
            await asyncio.gather(*lines, return_exceptions=True)

    async def _settle(self) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(SETTLE_S):
                await asyncio.gather(*(one.settle() for one in self._lines if one.up), return_exceptions=True)


async def _come(_: Line) -> None:
    """Nothing is kept for whoever comes late: all that matters is said again."""

"""Catching up: what a line keeps is taken up when it comes up, and what a pulse names and is not here is asked for.

A gateway that starts does so before it opens, so that whoever connects is told what is in force.
"""

import asyncio
import logging
import time
from collections.abc import Callable

from ewarn.bus import stream, subjects
from ewarn.bus.line import Line
from ewarn.errors import BusError
from ewarn.gateway.hosts.backlog import Asked
from ewarn.gateway.hosts.incoming import Incoming
from ewarn.wire.bus import PULSE, ReportName, decode

logger = logging.getLogger("ewarn.gateway.hosts")
ANSWER_S = 2.0
"""for a line to answer one question"""
OTHER_S = 1.0
"""that a gateway which starts waits for the other line, once one has told what it keeps"""
AGAIN_S, LONGEST_S = 0.5, 10.0
"""until a line that did not tell what it keeps is asked again; doubled each time"""
Found = list[tuple[bytes, int]]
"""reports as they were published, and the index of the line that keeps each"""


class CatchingUp:
    """From lines into what is incoming; before `begin` is over, what they tell is put together first."""

    def __init__(self, incoming: Incoming, lines: int, count: Callable[[str], None]) -> None:
        """`lines`: how many there are; `count` counts one more, by the metric's name."""
        self._incoming, self._count = incoming, count
        self._asked = Asked()
        self._asking: set[asyncio.Task[None]] = set()
        self._first: dict[int, Found] = {}
        """by line, what it told before this gateway had begun"""
        self._told = [asyncio.Event() for _ in range(lines)]
        """of each line, whether it has told anything yet"""
        self._begun = False

    async def begin(self, patience_s: float) -> bool:
        """Wait for lines to tell what they keep, and take that up; False where none has within that time.

        The second is not waited for as long as the first: it may be down, and it tells no more.
        """
        told = [asyncio.ensure_future(one.wait()) for one in self._told]
        done, rest = await asyncio.wait(told, timeout=patience_s, return_when=asyncio.FIRST_COMPLETED)
        if done and rest:
            await asyncio.wait(rest, timeout=min(OTHER_S, patience_s))
        for one in told:
            one.cancel()
        self._begun = True
        found = [one for index in sorted(self._first) for one in self._first[index]]
        self._first.clear()
        await self._incoming.catch_up(found)
        return bool(done)

    async def follow(self, line: Line) -> None:
        """A line has come up: take up what it keeps, however often it has to be asked."""
        pause_s = AGAIN_S
        while True:
            try:
                found = [(payload, line.address.index) for payload in await stream.newest(line, ANSWER_S)]
                break
            except BusError as error:
                logger.warning("line %d does not say what it keeps: %s", line.address.index, error)
                await asyncio.sleep(pause_s)
                pause_s = min(2 * pause_s, LONGEST_S)
        if self._begun:
            await self._incoming.catch_up(found)
        else:
            self._first[line.address.index] = found
        self._told[line.address.index].set()
        self._count("bus_catch_ups")

    def hear_pulse(self, payload: bytes, up: list[Line]) -> None:
        """A pulse has come: ask all lines that are up for what it names and is not here. Raises InputError."""
        for name in decode(payload, PULSE).newest:
            here = self._incoming.has(name.quake, name.play, name.number)
            if self._begun and not here and self._asked.due(name, time.monotonic()):
                self._count("bus_asked")
                task = asyncio.get_running_loop().create_task(self._ask(name, up))
                self._asking.add(task)
                task.add_done_callback(self._asking.discard)

    async def _ask(self, name: ReportName, up: list[Line]) -> None:
        """The name does not say of which kind the report is."""
        wanted = [(line, reviewed) for line in up for reviewed in (False, True)]
        answers = await asyncio.gather(*(_newest(line, name.quake, reviewed=reviewed) for line, reviewed in wanted))
        told = [(answer, line.address.index) for answer, (line, _) in zip(answers, wanted, strict=True) if answer]
        await self._incoming.catch_up(told)


async def _newest(line: Line, quake: str, *, reviewed: bool) -> bytes | None:
    try:
        return await stream.newest_of(line, subjects.of_quake(quake, reviewed=reviewed), ANSWER_S)
    except BusError as error:
        logger.info("line %d: %s", line.address.index, error)
        return None

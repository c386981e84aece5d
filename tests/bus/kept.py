"""What lines keep, as a gateway that comes late has it."""

import asyncio
import random

from ewarn.bus import stream, subjects
from ewarn.bus.line import Line
from ewarn.wire.reports import decode
from tests.bus.servers import Bus


def last_of(bus: Bus, quake: str, *, reviewed: bool = False) -> list[int]:
    """The number of the newest report that each line has."""
    return asyncio.run(_last_of(bus, subjects.of_quake(quake, reviewed=reviewed)))


async def _last_of(bus: Bus, subject: str) -> list[int]:
    async def look(index: int) -> int:
        up = asyncio.Event()

        async def on_up(_: Line) -> None:
            up.set()

        line = Line(
            bus.servers[index].address, bus.identity("g1"), {}, on_up, lambda *_: None, rng=random.Random(index)
        )
        task = asyncio.create_task(line.run())
        try:
            async with asyncio.timeout(20.0):
                await up.wait()
                report = await stream.newest_of(line, subject, 10.0)
            return decode(report).number if report else 0
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    return await asyncio.gather(*map(look, range(len(bus.servers))))

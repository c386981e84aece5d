"""Hears what gateways answer to reports, as a centre on the bus: a program of its own.

`python -m tests.campaign.hosts_answers BUS KEY` prints `ready` once all lines are up, and a line for each answer:
host, report's quake and number, and when it was heard (monotonic ns).
"""

import asyncio
import json
import random
import sys
import time

from ewarn.bus import subjects
from ewarn.bus.addresses import parse_bus, read_identity
from ewarn.bus.line import Line
from ewarn.bus.roles import role
from ewarn.wire.bus import TAKEN, decode


def heard(_: str, payload: bytes) -> None:
    """Print it."""
    at_ns = time.monotonic_ns()
    taken = decode(payload, TAKEN)
    print(json.dumps([taken.host, taken.named.quake, taken.named.number, at_ns]), flush=True)


async def listen(bus: str, key: str) -> None:
    """Until it is ended."""
    addresses, identity = parse_bus(bus), read_identity(role("centre"), key)
    up: set[int] = set()

    async def came(line: Line) -> None:
        up.add(line.address.index)
        if len(up) == len(addresses):
            print("ready", flush=True)

    def went(_: Line, why: str) -> None:
        print(why, file=sys.stderr, flush=True)

    hears = {subjects.TAKEN: heard}
    async with asyncio.TaskGroup() as tasks:
        for one in addresses:
            tasks.create_task(Line(one, identity, hears, came, went, rng=random.Random()).run())


if __name__ == "__main__":
    asyncio.run(listen(sys.argv[1], sys.argv[2]))

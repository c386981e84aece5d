"""Phones on a host: connections that read all they are sent. `python -m tests.hosts.phones URL COUNT`.

For every line on standard input it prints one of JSON: how many connections are open, and of the reports that each has
read how many at least and at most. At the end of file it leaves.
"""

import asyncio
import json
import sys

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed


async def phone(url: str, number: int, read: list[int], opened: asyncio.Semaphore) -> None:
    """One of them, until it loses its connection."""
    async with opened:
        connection: ClientConnection = await connect(f"{url}&user={number}", ping_interval=None, close_timeout=1)
    read[number] = 0
    try:
        while True:
            read[number] += json.loads(await connection.recv())["type"] == "report"
    except ConnectionClosed:
        read[number] = -1


async def main() -> None:
    """Open them, and answer."""
    url, count = sys.argv[1], int(sys.argv[2])
    read, opened = [-1] * count, asyncio.Semaphore(20)
    phones = [asyncio.create_task(phone(url, number, read, opened)) for number in range(count)]
    while await asyncio.to_thread(sys.stdin.readline):
        here = [one for one in read if one >= 0]
        print(json.dumps({"open": len(here), "least": min(here, default=0), "most": max(here, default=0)}), flush=True)
    for one in phones:
        one.cancel()


if __name__ == "__main__":
    asyncio.run(main())

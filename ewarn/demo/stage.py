"""The stage: one performance at a time in a process of its own, and the log of what it tells."""

import asyncio
import sys
from dataclasses import replace
from pathlib import Path

from ewarn.demo.log import ShowLog
from ewarn.demo.performer import Performance
from ewarn.demo.programme import Programme
from ewarn.demo.wish import DrillWish, settings_for
from ewarn.system import process
from ewarn.system.machine import check_fit, this_machine
from ewarn.system.parcels import Inbox
from ewarn.words import plain, say, spelled

GUESTS = 32
"""phones that a gateway has room for besides the users"""
GOODBYE_S = 0.25
"""that phones have to hang up"""
IDLE = {
    "type": "state",
    "state": "idle",
    "doing": "",
    "done": 0,
    "total": 0,
    "line": "",
    "words": None,
    "alerts": [],
    "key": "",
}


class Stage:
    """Lives in an event loop."""

    def __init__(self, programme: Programme, out: Path, log: ShowLog, origins: tuple[str, ...] = ()) -> None:
        """`origins`: of pages that may listen to the gateways."""
        self._programme, self._out, self._log, self._origins = programme, out, log, origins
        self._child: process.Child | None = None
        self._turn = asyncio.Lock()
        log.add(IDLE)

    async def start(self, wish: DrillWish) -> None:
        """End what is on and play this. Raises InputError where it cannot be played here."""
        check_fit(wish.users, this_machine())
        found = replace(wish, quake=self._programme.found[wish.quake])
        settings = settings_for(found, self._programme.config)
        async with self._turn:
            await self._end("preparing")
            self._log.begin()
            command = ("ewarn", *sys.argv[1:])
            wanted = Performance(settings, wish.orders, self._out, GUESTS, command, self._origins)
            self._child = process.spawn("ewarn.demo.performer:main", wanted)
            inbox = Inbox(self._child.channel.fileno())
            asyncio.get_running_loop().add_reader(self._child.channel.fileno(), self._hear, self._child, inbox)

    async def stop(self) -> None:
        """End what is on; its show stays to be seen."""
        async with self._turn:
            await self._end("idle")

    async def _end(self, next_state: str) -> None:
        """Phones are told before their gateway goes, or they would call it in vain."""
        self._log.add(IDLE | {"state": next_state})
        child, self._child = self._child, None
        if child:
            asyncio.get_running_loop().remove_reader(child.channel.fileno())
            await asyncio.sleep(GOODBYE_S)
            await asyncio.to_thread(child.stop)

    def _hear(self, child: process.Child, inbox: Inbox) -> None:
        """A message may be large, and the process may be stopped in the middle of it: the page goes on meanwhile."""
        try:
            for message in inbox.messages():
                self._log.add(message)
        except EOFError:
            asyncio.get_running_loop().remove_reader(child.channel.fileno())
            self._child = None
            status = child.stop()
            died = say("log.died", str(status))
            self._log.add(IDLE | {"state": "failed", "line": plain(died), "words": spelled(died)})

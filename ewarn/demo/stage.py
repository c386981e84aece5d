"""The stage: one performance at a time in a process of its own, and the log of what it tells."""

import asyncio
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from ewarn.demo.library import Library
from ewarn.demo.log import ShowLog
from ewarn.demo.performer import Performance
from ewarn.demo.programme import Programme
from ewarn.demo.viewing import Message
from ewarn.demo.wish import DrillWish, settings_for
from ewarn.system import process
from ewarn.system.machine import check_fit, this_machine
from ewarn.system.parcels import Inbox
from ewarn.watching.show import state_message
from ewarn.words import plain, say, spelled

GUESTS = 32
"""phones that a gateway has room for besides the users"""
GOODBYE_S = 0.25
"""that phones have to hang up"""


class Stage:
    """Lives in an event loop."""

    def __init__(
        self,
        programme: Programme,
        out: Path,
        log: ShowLog,
        library: Library,
        origins: tuple[str, ...] = (),
        hear: Callable[[Message], None] = lambda _: None,
    ) -> None:
        """Plays go into the `library`; `origins`: of pages that may listen to the gateways.

        `hear` takes what the process of a drill tells, as it comes.
        """
        self._programme, self._out, self._log, self._library = programme, out, log, library
        self._origins, self._listener = origins, hear
        self._child: process.Child | None = None
        self._turn = asyncio.Lock()
        log.add(state_message("idle"))

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
        self._log.add(state_message(next_state))
        child, self._child = self._child, None
        if child:
            asyncio.get_running_loop().remove_reader(child.channel.fileno())
            await asyncio.sleep(GOODBYE_S)
            await asyncio.to_thread(child.stop_all)

    def _hear(self, child: process.Child, inbox: Inbox) -> None:
        """A message may be large, and the process may be stopped in the middle of it: the page goes on meanwhile."""
        try:
            for message in inbox.messages():
                self._listener(message)
                self._log.add(self._taken(message))
        except EOFError:
            asyncio.get_running_loop().remove_reader(child.channel.fileno())
            self._child = None
            status = child.stop()
            died = say("log.died", str(status))
            told = state_message("failed", line=plain(died), words=spelled(died))
            self._listener(told)
            self._log.add(told)

    def _taken(self, message: Message) -> Message:
        """Of a play that was kept the page is told under which name it can be viewed, and not where it stands."""
        if isinstance(message, dict) and message["type"] == "kept":
            self._library.add(message["run"], Path(message["folder"]))
            return {"type": "run", "play": message["play"], "run": message["run"]}
        return message

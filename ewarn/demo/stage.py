"""The stage: one performance at a time in a process of its own, and the log of what it tells."""

import asyncio
from pathlib import Path
from typing import Any

from ewarn import process
from ewarn.demo.log import ShowLog
from ewarn.demo.performer import Performance
from ewarn.demo.wish import Wish, settings_for
from ewarn.machine import check_fit, this_machine

GUESTS = 32
"""phones that a gateway has room for besides the users"""
IDLE = {"type": "state", "state": "idle", "doing": "", "done": 0, "total": 0, "line": "", "alerts": []}


class Stage:
    """Lives in an event loop."""

    def __init__(self, config: Path, out: Path, log: ShowLog) -> None:
        self._config, self._out, self._log = config, out, log
        self._child: process.Child | None = None
        log.add(IDLE)

    def start(self, wish: Wish) -> None:
        """End what is on and play this. Raises InputError where it cannot be played here."""
        check_fit(wish.users, this_machine())
        settings = settings_for(wish, self._config)
        self._end()
        self._log.begin()
        wanted = Performance(settings, wish.orders, self._out, GUESTS)
        self._child = process.spawn("ewarn.demo.performer:main", wanted)
        asyncio.get_running_loop().add_reader(self._child.channel.fileno(), self._hear, self._child)

    def stop(self) -> None:
        """End what is on; its show stays to be seen."""
        if self._child:
            self._end()
            self._log.add(IDLE | {"line": "stopped"})

    def _end(self) -> None:
        child, self._child = self._child, None
        if child:
            asyncio.get_running_loop().remove_reader(child.channel.fileno())
            child.stop()

    def _hear(self, child: process.Child) -> None:
        try:
            message: dict[str, Any] | bytes = child.channel.recv()
        except (EOFError, OSError):
            self._end()
            self._log.add(IDLE | {"state": "failed", "line": "the process of the drill died"})
            return
        self._log.add(message)

"""The Locust processes that have swarms, as the conductor sees them: the local runner, or a master's workers."""

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import gevent

import ewarn
from loadtests.children import BAD_INPUT, LoadError
from loadtests.host import Here, clock_of, is_here

ASK_S, PATIENCE_S = 0.5, 10.0
"""Workers are asked again and again for who they are, for so long."""

Send = Callable[[str, dict[str, Any], str | None], None]
"""a message, to one Locust process, or to all that have swarms"""


@dataclass(frozen=True)
class Worker:
    """One that takes part in a test."""

    id: str
    """as Locust calls it"""
    name: str
    """as people do"""
    here: Here
    has_our_clock: bool


class Fleet:
    """Those of one test."""

    def __init__(self, send: Send, ids: Callable[[], Mapping[str, int]]) -> None:
        """`ids`: who is there now, with their index among workers; a lost one is not."""
        self._send, self._ids = send, ids
        self._said: dict[str, Here] = {}
        self.workers: dict[str, Worker] = {}
        """by id"""

    def hear(self, worker: str, here: Here) -> None:
        """Somebody says who they are."""
        self._said[worker] = here

    def meet(self, key: str, here: Here) -> None:
        """Have all who are there say who they are. Raises LoadError in one line naming who cannot take part."""
        asked = self._ids()
        question = {"key": key, "boot": here["boot"], "time_ns": here["time_ns"]}
        until = time.monotonic() + PATIENCE_S
        while silent := [worker for worker in asked if worker not in self._said]:
            names = ", ".join(f"worker {asked[worker]} ({worker})" for worker in silent)
            if gone := set(silent) - set(self._ids()):
                raise LoadError(f"{len(gone):,} of {len(asked):,} Locust workers were lost: {names}")
            if time.monotonic() > until:
                raise LoadError(f"{names}: did not say who it is within {PATIENCE_S:g} s; does it run this load test?")
            for worker in silent:
                self._send("ewarn-who", question, worker)
            if not self._said.keys() >= asked.keys():
                gevent.sleep(ASK_S)
        for worker, index in asked.items():
            there = self._said[worker]
            self._check(name := f"worker {index} on {there['host']}", there)
            same = clock_of(there).is_one_with(clock_of(here))
            self.workers[worker] = Worker(worker, name, there, same)

    @staticmethod
    def _check(name: str, there: Here) -> None:
        if there["problem"]:
            raise LoadError(f"{name}: {there['problem']}")
        if there["ewarn"] != ewarn.__version__:
            raise LoadError(f"{name} has ewarn {there['ewarn']}, the master has {ewarn.__version__}", BAD_INPUT)

    def lost(self) -> list[Worker]:
        """Those who are gone by now."""
        there = self._ids()
        return [one for worker, one in self.workers.items() if worker not in there]

    def check(self) -> None:
        """Raise LoadError naming those who are gone."""
        if gone := self.lost():
            began, names = len(self.workers), ", ".join(one.name for one in gone)
            raise LoadError(f"{len(gone):,} of {began:,} Locust workers were lost before the test was over: {names}")

    def elsewhere(self, here: Here) -> list[Worker]:
        """Those for whom loopback is not ours."""
        return [one for one in self.workers.values() if not is_here(one.here, here)]

    def ears(self) -> dict[str, tuple[str, int]]:
        """Where those answer clock exchanges who have a clock of their own, by name."""
        return {one.name: (one.here["own"], one.here["ear"]) for one in self._with(own_clock=True)}

    def with_our_clock(self) -> set[str]:
        """The others, by name."""
        return {one.name for one in self._with(own_clock=False)}

    def _with(self, *, own_clock: bool) -> Iterable[Worker]:
        return (one for one in self.workers.values() if one.has_our_clock is not own_clock)

    def tell(self, what: str, said: Callable[[Worker], dict[str, Any]]) -> None:
        """A message to each who is there."""
        there = self._ids()
        for worker, one in self.workers.items():
            if worker in there:
                self._send(what, said(one), worker)

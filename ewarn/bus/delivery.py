"""A centre on the bus, in its event loop: reports out by all lines, the pulse, and the answers of hosts."""

import asyncio
import random
import time
from collections.abc import Callable, Sequence
from contextlib import suppress

from msgspec.json import Decoder

from ewarn.bus import subjects
from ewarn.bus.addresses import Identity, LineAddress
from ewarn.bus.answers import Answers, Hosts
from ewarn.bus.outgoing import Message
from ewarn.bus.route import Route
from ewarn.errors import BusError, BusRefusedError, InputError
from ewarn.wire.bus import MOST_NAMED, STANDING, TAKEN, Kind, Pulse, ReportName, Standing, Taken, decode, encode

PULSE_S = 1.0
ANSWERS_S = 0.5
"""for which a release waits for the hosts that are there, so that one of them that is gone holds up no report"""
MOST_OPEN = 64
"""releases whose answers are still counted"""


class Delivery:
    """The routes over all lines, for one event loop."""

    def __init__(self, addresses: Sequence[LineAddress], identity: Identity, *, rng: random.Random) -> None:
        hears = {subjects.TAKEN: self._hear_taken, subjects.HOSTS: self._hear_standing}
        self.routes = [
            Route(one, identity, hears, self._note, rng=random.Random(rng.random()))  # each its own waits
            for one in addresses
        ]
        self.hosts = Hosts()
        self._hearing_s, self._looked = 0.0, time.monotonic()
        self._newest: dict[str, ReportName] = {}
        self._open: dict[ReportName, Answers] = {}
        self._changed = asyncio.Event()

    async def run(self) -> None:
        """Keep all lines, and the pulse, until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            for route in self.routes:
                tasks.create_task(route.run())
            tasks.create_task(self._beat())

    async def release(self, message: Message, patience_s: float) -> Answers:
        """Hand a report over to all lines at once; what the hosts say of it, as far as they say it in time.

        Raises BusError where neither a line nor a host has it by then; it goes all the same, unless a newer one
        takes its place.
        """
        began = time.monotonic()
        answers = self._opened(message.name)
        for route in self.routes:
            route.add(message)
        await self._until(lambda: self._is_taken(message, answers), began + patience_s)
        self._pulse()  # by now there is something to be had by those who lack it
        taken = time.monotonic()
        # Where it had to wait for a line, hosts have their time from now on, and those that are there may not be known.
        waited = taken - began > ANSWERS_S and self._is_taken(message, answers)
        await self._until(
            lambda: self._is_known(message, answers) and bool(answers.expected or not waited),
            (taken if waited else began) + ANSWERS_S,
        )
        if not self._is_taken(message, answers):
            raise BusError(f"no line of the bus took report {message.name.number}: {self.problems}")
        return answers

    async def up(self, patience_s: float, hosts_s: float) -> None:
        """Wait for a line, and a little for the others and for the hosts to say that they are there.

        Raises InputError where no line comes, BusRefusedError where each refuses this caller, at once.
        """
        began = time.monotonic()
        lines = [route.line for route in self.routes]
        await self._until(lambda: any(one.up for one in lines) or all(one.refused for one in lines), began + patience_s)
        if not any(one.up for one in lines):
            if all(one.refused for one in lines):
                raise BusRefusedError(self.problems)
            raise InputError(f"--bus: no line is up: {self.problems}")
        await self._until(lambda: all(one.up or one.refused for one in lines), time.monotonic() + hosts_s)
        await asyncio.sleep(max(0.0, hosts_s - (time.monotonic() - began)))
        for route in self.routes:
            route.speak()

    async def settle(self, patience_s: float) -> list[str]:
        """Wait until all lines have the newest of all; what each lacks in the end, in words."""
        await self._until(lambda: not any(one.outgoing.lacking() for one in self.routes), time.monotonic() + patience_s)
        return [one.lacks for one in self.routes if one.lacks]

    @property
    def problems(self) -> str:
        """Why lines are not up."""
        return "; ".join(str(one.line.problem or f"{one.line.address} does not answer") for one in self.routes)

    def _opened(self, name: ReportName) -> Answers:
        answers = self._open[name] = Answers(frozenset(self.hosts.there(self._hearing())))
        self._newest.pop(name.quake, None)
        self._newest[name.quake] = name
        if len(self._open) > MOST_OPEN:
            del self._open[next(iter(self._open))]
        if len(self._newest) > MOST_NAMED:
            del self._newest[next(iter(self._newest))]
        return answers

    def _is_taken(self, message: Message, answers: Answers) -> bool:
        return bool(answers.took or answers.all_refused) or any(one.outgoing.has(message) for one in self.routes)

    def _is_known(self, message: Message, answers: Answers) -> bool:
        return answers.complete and self._is_taken(message, answers)

    def _hearing(self) -> float:
        """Seconds for which hosts could be heard, all in all: while no line answers, none of them falls silent."""
        now = time.monotonic()
        if any(route.line.up and now - route.line.since < PULSE_S for route in self.routes):
            self._hearing_s += min(now - self._looked, PULSE_S)
        self._looked = now
        return self._hearing_s

    async def _beat(self) -> None:
        while True:
            self._hearing()
            self._pulse()
            await asyncio.sleep(PULSE_S)

    def _pulse(self) -> None:
        pulse = encode(Pulse(time.time_ns(), tuple(reversed(self._newest.values()))))
        for route in self.routes:
            route.line.say(subjects.PULSE, pulse)

    def _hear_taken(self, subject: str, payload: bytes) -> None:
        taken = _said(payload, TAKEN)
        if isinstance(taken, Taken) and taken.host == subjects.host_of(subject):
            if answers := self._open.get(taken.named):
                answers.add(taken)
            self._note()

    def _hear_standing(self, subject: str, payload: bytes) -> None:
        standing = _said(payload, STANDING)
        if isinstance(standing, Standing) and standing.host == subjects.host_of(subject):
            self.hosts.heard(standing, self._hearing())

    def _note(self) -> None:
        """Wake all who wait, who look for themselves."""
        self._changed.set()
        self._changed = asyncio.Event()

    async def _until(self, met: Callable[[], bool], until: float) -> None:
        """Wait for something, until an instant at most."""
        with suppress(TimeoutError):
            async with asyncio.timeout(max(0.0, until - time.monotonic())):
                while not met():
                    await self._changed.wait()


def _said(payload: bytes, decoder: Decoder[Kind]) -> Kind | None:
    """What a stranger says; None where it is nothing."""
    try:
        return decode(payload, decoder)
    except InputError:
        return None

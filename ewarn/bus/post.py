"""The end of the bus of whoever is led: orders in, answers and how it stands out, in a thread that nothing holds up."""

import secrets
from collections.abc import Sequence
from queue import Empty, SimpleQueue
from threading import Lock
from types import TracebackType
from typing import Self

from msgspec.structs import replace

from ewarn import __version__
from ewarn.bus.addresses import Identity, LineAddress
from ewarn.bus.apart import Apart
from ewarn.bus.obeying import Obeying
from ewarn.errors import InputError
from ewarn.system.clock import Clock
from ewarn.wire import swarms
from ewarn.wire.swarms import SWARMS, Answer, Do, Order, Said, Standing, Talk

PATIENCE_S = 15.0
"""for which a line is waited for in the beginning"""
STANDING_S = 0.5
LONGEST_STEP_S = 1.0
"""A process that was stopped has heard nobody meanwhile, and nobody was silent."""


class Post:
    """A context within which it hears and is heard."""

    def __init__(
        self,
        addresses: Sequence[LineAddress],
        identity: Identity,
        name: str,
        clock: Clock,
        lease_s: float | None,
        talk: Talk = SWARMS,
    ) -> None:
        """`lease_s`: for which a conductor may be silent; None: as it says itself."""
        self._clock, self._own_lease_s, self._talk = clock, lease_s, talk
        self._obeying = Obeying(name, secrets.token_hex(8))
        self._turn = Lock()
        self._orders: SimpleQueue[Do] = SimpleQueue()
        self._standing = Standing(name, self._obeying.agent, "waiting", ewarn=__version__)
        self._hearing_s, self._looked, self._stood = 0.0, self._now(), 0.0
        self._bus = Apart(addresses, identity, {talk.orders_of(name): self._hear}, self._tick)

    def __enter__(self) -> Self:
        """Raises InputError where no line is up in time, BusRefusedError where each refuses this caller."""
        self._bus.__enter__()
        try:
            self._bus.up(PATIENCE_S)
        except BaseException:
            self._bus.__exit__(None, None, None)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """What was said last goes out first."""
        self._bus.__exit__(kind, error, trace)

    def next(self, patience_s: float) -> Do | None:
        """The next thing to do; None: there is none in that time."""
        try:
            return self._orders.get(timeout=patience_s)
        except Empty:
            return None

    def answer(self, said: Said) -> None:
        """To what was done last."""
        with self._turn:
            answer = self._obeying.answer(said)
        self._say(answer)

    def let_go(self) -> None:
        """Be led by nobody, and wait for another conductor."""
        with self._turn:
            self._obeying.let_go()
            self._standing = Standing(self._obeying.name, self._obeying.agent, "waiting", ewarn=__version__)
            while not self._orders.empty():
                self._orders.get()

    def stands(self, standing: Standing, *, at_once: bool = False) -> None:
        """How it stands from now on; who it is and who leads it is filled in."""
        with self._turn:
            own = self._obeying
            self._standing = replace(standing, name=own.name, agent=own.agent, run=own.run, ewarn=__version__)
        if at_once:
            self._say(self._standing)

    @property
    def run(self) -> str:
        """That leads it; empty: none."""
        with self._turn:
            return self._obeying.run

    @property
    def overdue_s(self) -> float:
        """For how long the conductor has said nothing, where that is over its lease; else 0."""
        with self._turn:
            silent_s = self._obeying.silent_s(self._hearing_s)
            lease_s = self._own_lease_s or self._obeying.lease_s
            return silent_s if silent_s > lease_s else 0.0

    # In the thread of the bus

    def _hear(self, _subject: str, payload: bytes) -> None:
        try:
            said = swarms.decode(payload, swarms.FOR_AGENT)
        except InputError:
            return  # of a stranger
        with self._turn:
            self._listen()
            if not isinstance(said, Order):
                self._obeying.hear(said, self._hearing_s)
                return
            found = self._obeying.take(said, self._hearing_s)
        if isinstance(found, Answer):
            self._say(found)
        elif found is not None:
            self._orders.put(found)

    def _tick(self) -> None:
        with self._turn:
            self._listen()
            if self._now() < self._stood + STANDING_S:
                return
            self._stood = self._now()
        self._say(self._standing)

    def _listen(self) -> None:
        """Count the seconds in which somebody could be heard."""
        now = self._now()
        self._hearing_s += min(now - self._looked, LONGEST_STEP_S)
        self._looked = now

    def _say(self, message: Answer | Standing) -> None:
        self._bus.say(self._talk.answers_of(self._obeying.name), swarms.encode(message))

    def _now(self) -> float:
        return self._clock.monotonic_ns() / 1e9

"""A conductor on the bus: it leads the hosts of a fleet by orders, and hears how they and the gateways stand.

Each order is said over all lines, and again until it is answered: with one line down nobody notices.
"""

import random
from collections.abc import Iterable, Mapping, Sequence
from threading import Condition
from types import TracebackType
from typing import Self

from ewarn.bus import subjects
from ewarn.bus.addresses import Identity, LineAddress
from ewarn.bus.apart import Apart
from ewarn.bus.led import LOST_S, GatewaysHeard, Led
from ewarn.errors import BusError, EwarnError, HostLostError, InputError
from ewarn.system.clock import Clock
from ewarn.wire import bus, swarms
from ewarn.wire.swarms import SWARMS, Answer, Do, Give, Leave, Problem, Said, Standing, Talk

PATIENCE_S = 15.0
"""for which a line is waited for in the beginning"""
PULSE_S = 1.0
AGAIN_S = 0.5, 1.0
"""before an order is said again, drawn"""
LONGEST = 200
"""letters of what is wrong with a message"""
LOOK_S = 0.1
MOST_GIVING = 8
"""hosts that hand over a piece at a time: together less than what may wait for one client of a line"""
LEAVE_S = 15.0
"""for which it is waited that all have let go"""


class Leading:
    """A context within which the conductor is there. Its names, and all it asks, are of one run."""

    def __init__(
        self,
        addresses: Sequence[LineAddress],
        identity: Identity,
        clock: Clock,
        run: str,
        names: Iterable[str],
        talk: Talk = SWARMS,
    ) -> None:
        """`run`: 32 hexadecimal digits that no other run has; `names`: of the hosts that have what `talk` is about."""
        self.run = run
        self._clock, self._rng, self._talk = clock, random.Random(), talk
        self._led = {name: Led(name, run, talk.who) for name in names}
        self._gateways = GatewaysHeard()
        self._heard = Condition()
        self._hearing_s, self._looked, self._pulsed = 0.0, self._now(), 0.0
        hears = {talk.answers: self._hear, subjects.HOSTS: self._hear_gateway}
        self._bus = Apart(addresses, identity, hears, self._tick)

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
        """Have all leave who were led, and be gone."""
        try:
            self.leave()
        finally:
            self._bus.__exit__(kind, error, trace)

    def ask(self, orders: Mapping[str, Do], patience_s: float, *, lost_ok: bool = False) -> dict[str, Said]:
        """The answers of several hosts to an order each, once all are there.

        A host that says why it does not do it raises InputError, named. One whose swarm has ended, that is silent for
        `LOST_S`, or does not answer in time, raises HostLostError, or is left out where that is `lost_ok`; one that was
        never heard is waited for as long as there is patience.
        Raises BusError where no line is up in the end. Threads may ask the same host: one after the other.
        """
        until, found = self._now() + patience_s, dict[str, Said]()
        at_once = MOST_GIVING if any(isinstance(do, Give) for do in orders.values()) else len(orders)
        open_ = list(orders)
        with self._heard:
            while any(self._led[name].asks for name in orders):
                self._heard.wait(LOOK_S)
            for name, do in orders.items():
                self._led[name].tell(do)
            try:
                while open_:
                    self._say_due(open_[:at_once])
                    self._heard.wait(LOOK_S)
                    late_s = patience_s if self._now() > until else None
                    for name in open_[:]:
                        if said := self._come_of(name, late_s, lost_ok=lost_ok):
                            found[name] = said
                        if not self._led[name].asks:
                            open_.remove(name)
            finally:
                for name in open_:
                    self._led[name].give_up()
                self._heard.notify_all()
        return found

    def _come_of(self, name: str, late_s: float | None, *, lost_ok: bool) -> Said | None:
        """What a host answers, as far as it does."""
        one = self._led[name]
        if one.twins:
            raise InputError(f"{name}: two {self._talk.who}s are called so; each host's --name is its own")
        if said := one.answered():
            if isinstance(said, Problem) and said.code != HostLostError.exit_code:
                raise InputError(f"{name}: {said.why}")
            if not isinstance(said, Problem):
                return said
            why = f"its {self._talk.who} has ended: {said.why}"
        else:
            why = one.lost(self._hearing(), late_s)
        if why:
            one.give_up(why)
            if not self._bus.is_up:
                raise BusError(f"no line is up: {self._bus.problems}")
            if not lost_ok:
                raise HostLostError(name, why)
        return None

    def leave(self, patience_s: float = LEAVE_S) -> list[str]:
        """Have all leave who were led; who did not say that they do, in time."""
        there = [name for name, one in self._led.items() if one.agent and not one.left]
        try:
            found = self.ask(dict.fromkeys(there, Leave()), patience_s, lost_ok=True) if there else {}
        except EwarnError:
            found = {}
        for name in there:
            self._led[name].left = True
        return [name for name in there if name not in found]

    def standing(self, name: str) -> Standing | None:
        """How the swarm of this host said last that it stands; None: it was never heard."""
        with self._heard:
            return self._led[name].standing

    def silent_s(self, name: str) -> float:
        """For how long it has said nothing while it could be heard; infinite where it never has."""
        with self._heard:
            return self._led[name].silent_s(self._hearing())

    def lost(self, name: str) -> str:
        """Why the swarm of this host, which was led, is no more, in words; empty: it is there."""
        with self._heard:
            return self._led[name].lost(self._hearing(), None)

    def gateways(self) -> dict[str, bus.Standing]:
        """Gateways that are there, as they say themselves."""
        with self._heard:
            return self._gateways.there(self._hearing())

    # In the thread of the bus

    def _hear(self, subject: str, payload: bytes) -> None:
        try:
            said = swarms.decode(payload, swarms.FOR_CONDUCTOR)
        except InputError as error:
            with self._heard:
                if one := self._led.get(subjects.host_of(subject)):
                    one.unreadable = str(error)[:LONGEST]
            return
        with self._heard:
            if one := self._led.get(subjects.host_of(subject)):
                if isinstance(said, Answer):
                    one.answer(said)
                else:
                    one.stands(said, self._hearing())
                self._heard.notify_all()

    def _hear_gateway(self, subject: str, payload: bytes) -> None:
        with self._heard:
            self._gateways.hear(subjects.host_of(subject), payload, self._hearing())

    def _tick(self) -> None:
        with self._heard:
            self._hearing()
            if self._now() < self._pulsed + PULSE_S:
                return
            self._pulsed = self._now()
            led = [name for name, one in self._led.items() if one.agent and not one.left]
        pulse = swarms.encode(swarms.Pulse(self.run))
        for name in led:
            self._bus.say(self._talk.orders_of(name), pulse)

    def _say_due(self, names: Iterable[str]) -> None:
        now = self._now()
        for name in names:
            if payload := self._led[name].due(now, self._hearing(), self._rng.uniform(*AGAIN_S)):
                self._bus.say(self._talk.orders_of(name), payload)

    def _hearing(self) -> float:
        """Seconds for which hosts could be heard, all in all: while no line is up, none of them falls silent."""
        now = self._now()
        if self._bus.is_up:
            self._hearing_s += min(now - self._looked, LOST_S / 5)
        self._looked = now
        return self._hearing_s

    def _now(self) -> float:
        return self._clock.monotonic_ns() / 1e9

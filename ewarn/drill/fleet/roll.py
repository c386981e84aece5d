"""Who is there of a fleet: which of its hosts have been lost, when, and why, and whoever is told of it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from threading import Event, Lock, Thread
from types import TracebackType
from typing import Self

from ewarn.bus.leading import Leading
from ewarn.bus.led import LOST_S
from ewarn.drill.chronicle import Chronicle
from ewarn.drill.fleet.started import Started
from ewarn.errors import HostLostError
from ewarn.system.clock import Clock
from ewarn.system.happenings import Kind
from ewarn.verdict.figures import instant

LOOK_S = 0.25


@dataclass(frozen=True)
class Lost:
    """A host that is lost."""

    why: str
    """in words"""
    at_s: float | None
    """after the true origin; None: between plays"""

    @property
    def said(self) -> str:
        """Why, and when."""
        return self.why if self.at_s is None else f"{self.why}, {instant(self.at_s)} s after origin"


class Roll:
    """A context, within which a thread looks who is there. Any thread may ask."""

    def __init__(
        self, leading: Leading, started: Started, swarms: Iterable[str], gateways: Iterable[str], clock: Clock
    ) -> None:
        self._leading, self._started, self._clock = leading, started, clock
        self._swarms, self._gateways = tuple(swarms), tuple(gateways)
        self._tell: Callable[[Kind, str, int, str], float | None] = lambda *_: None
        self.lost: dict[str, Lost] = {}
        """swarms, by host; none comes back"""
        self.away: set[str] = set()
        """gateways that are not heard now"""
        self.ever_away: dict[str, Lost] = {}
        """gateways by host that were away at any time since `begin`, when they were lost last"""
        self._turn, self._over = Lock(), Event()
        self._thread = Thread(target=self._watch, name="roll", daemon=True)

    def __enter__(self) -> Self:
        """Start to look."""
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._over.set()
        self._thread.join()

    def tell(self, chronicle: Chronicle) -> None:
        """From now on have what happens taken down here."""
        self._tell = chronicle.noticed

    def begin(self) -> None:
        """A play begins: gateways that are back count as never lost in it."""
        with self._turn:
            self.ever_away = {name: Lost("it was lost before this play began", None) for name in self.away}

    @property
    def there(self) -> list[str]:
        """Swarms that are."""
        return [name for name in self._swarms if name not in self.lost]

    def check(self) -> None:
        """Raise HostLostError where all swarms are lost."""
        if self._swarms and not self.there:
            name = self._swarms[0]
            raise HostLostError(name, self.lost[name].said)

    def check_all(self) -> None:
        """Raise HostLostError where any swarm is lost, before a play has begun."""
        for name, lost in self.lost.items():
            raise HostLostError(name, lost.said)

    def look(self) -> None:
        """Look once, now."""
        with self._turn:
            for name in self.there:
                if why := self._why_lost(name):
                    silent_s = min(self._leading.silent_s(name), LOST_S + 1)
                    self.lost[name] = self._noted(Kind.HOST_LOST, name, silent_s, why)
            heard = self._leading.gateways()
            for name in self._gateways:
                if name not in heard and name not in self.away:
                    self.away.add(name)
                    why = self._started.why_ended(name) or "the bus does not hear it any more"
                    self.ever_away[name] = self._noted(Kind.GATEWAY_LOST, name, 0.0, why)
                elif name in heard and name in self.away:
                    self.away.discard(name)
                    self._noted(Kind.GATEWAY_BACK, name, 0.0, "")

    def _why_lost(self, name: str) -> str | None:
        if why := self._started.why_ended(name):
            return why
        standing = self._leading.standing(name)
        if standing and standing.problem:
            return standing.problem
        silent_s = self._leading.silent_s(name)
        return f"its swarm has said nothing for {silent_s:.0f} s" if silent_s > LOST_S else None

    def _noted(self, kind: Kind, name: str, ago_s: float, why: str) -> Lost:
        at_ns = self._clock.monotonic_ns() - round(ago_s * 1e9)
        return Lost(why, self._tell(kind, name, at_ns, why))

    def _watch(self) -> None:
        while not self._over.wait(LOOK_S):
            self.look()

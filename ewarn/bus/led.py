"""Hosts as their conductor knows them: what one was asked and answered, how it stands, since when it is silent. Pure.

`now`: seconds of one clock; `hearing`: seconds for which it could be heard.
"""

from math import inf

from ewarn.errors import InputError
from ewarn.wire import bus, swarms
from ewarn.wire.swarms import SWARMS, Answer, Do, Here, Leave, Order, Said, Standing

LOST_S = 5.0
"""after which a host that says nothing is lost: it says something twice a second"""
TWIN_S = 1.0
"""two that are heard within it, and are called the same, run both"""
MOST_SEEN = 64
GATEWAY_S = 3.0
"""after which a gateway that says nothing is not there: it says something each second"""
MOST_GATEWAYS = 1024


class Led:
    """See `Leading`."""

    def __init__(self, name: str, run: str, who: str = SWARMS.who) -> None:
        """`who`: what it is that is led there, in a word."""
        self.name, self._run, self._who = name, run, who
        self.agent = ""
        """whom it is that is led; empty until the first order"""
        self.left = False
        self._gone = ""
        """why it is lost for good"""
        self.unreadable = ""
        """what was wrong with what came last on its subject that is no message"""
        self.standing: Standing | None = None
        self._seen: dict[str, float] = {}
        """agents that are called so, and when they were heard last"""
        self._number, self._said_at = 0, -inf
        self._do: Do | None = None
        self._is_here = False
        """whether it has said that it is led"""
        self._payload, self._again_s = b"", 0.0
        self._said: Said | None = None

    @property
    def asks(self) -> bool:
        """Whether it was asked something and nothing has come of it yet."""
        return self._do is not None

    @property
    def twins(self) -> bool:
        """Whether two run that are called so, and none is led yet."""
        latest = sorted(self._seen.values())[-2:]
        return not self.agent and len(latest) == 2 and latest[1] - latest[0] < TWIN_S

    @property
    def _is_gone(self) -> bool:
        """Whether it is lost, and nothing is to be said to it; that it leave is said all the same."""
        return bool(self._gone) and not isinstance(self._do, Leave)

    def tell(self, do: Do) -> None:
        """Ask it this; it is to be said as soon as `due`."""
        self._number += 1
        self._do, self._said, self._payload, self._said_at = do, None, b"", -inf

    def due(self, now: float, hearing: float, again_s: float) -> bytes:
        """The order to say now, and again in `again_s`; empty: none, or there is nobody to say it to."""
        if self._do is None or now < self._said_at + self._again_s or self._is_gone:
            return b""
        if not self._payload:
            if self.twins or self.silent_s(hearing) > LOST_S:
                return b""
            self.agent = self.agent or max(self._seen, key=self._seen.__getitem__)
            self._payload = swarms.encode(Order(self._run, self.agent, self._number, self._do))
        self._said_at, self._again_s = now, again_s
        return self._payload

    def answered(self) -> Said | None:
        """What it said, once: it is asked nothing then."""
        said = self._said
        if said is not None:
            self._do, self._said = None, None
        return said

    def give_up(self, why: str = "") -> None:
        """Ask no more. `why`: it is lost for good, for whoever has missed an order cannot do the next."""
        self._do, self._said = None, None
        if self.agent:
            self._gone = self._gone or why

    def answer(self, said: Answer) -> None:
        """It answers, perhaps once more."""
        if (said.run, said.agent, said.number) == (self._run, self.agent, self._number) and self._do is not None:
            self._said = said.said
            self._is_here = self._is_here or isinstance(said.said, Here)

    def stands(self, said: Standing, hearing: float) -> None:
        """It says how it stands. Once it is led, others of its name do not count, nor does it after it was let go."""
        if said.name != self.name or (self.agent and said.agent != self.agent):
            return
        if self._is_here and said.run != self._run:
            return
        if len(self._seen) < MOST_SEEN or said.agent in self._seen:
            self._seen[said.agent] = hearing
        self.standing = said

    def silent_s(self, hearing: float) -> float:
        """See `Leading.silent_s`."""
        heard = self._seen.get(self.agent) if self.agent else max(self._seen.values(), default=None)
        return inf if heard is None else hearing - heard

    def lost(self, hearing: float, late_s: float | None) -> str:
        """Why it does not answer any more; empty: it may yet. `late_s`: it had so long, and that is over."""
        silent_s, standing = self.silent_s(hearing), self.standing
        if self._is_gone:
            return self._gone
        if self._is_here and standing and standing.problem and standing.run == self._run:
            return f"its {self._who} has ended: {standing.problem}"
        if self.agent and silent_s > LOST_S:
            return f"its {self._who} has said nothing for {silent_s:.0f} s"
        if late_s is None:
            return ""
        if not self.agent:
            return f"its {self._who} did not join within {late_s:g} s"
        why = f": it said what cannot be read, {self.unreadable}" if self.unreadable else ""
        return f"its {self._who} did not answer {type(self._do).__name__.lower()} within {late_s:g} s{why}"


class GatewaysHeard:
    """How the gateways of a fleet say that they stand."""

    def __init__(self) -> None:
        self._heard: dict[str, tuple[bus.Standing, float]] = {}

    def hear(self, host: str, payload: bytes, hearing: float) -> None:
        """One says it, on its own subject; a server lets it speak there alone."""
        try:
            said = bus.decode(payload, bus.STANDING)
        except InputError:
            return
        if said.host != host:
            return
        if said.state == "leaving":
            self._heard.pop(host, None)
        elif host in self._heard or len(self._heard) < MOST_GATEWAYS:
            self._heard[host] = said, hearing

    def there(self, hearing: float) -> dict[str, bus.Standing]:
        """Those that were heard lately."""
        return {name: said for name, (said, at) in self._heard.items() if hearing - at <= GATEWAY_S}

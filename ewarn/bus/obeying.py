"""What an agent does with an order of its conductor: each number once, in order, and again only the answer. Pure.

Orders come over two lines, and again: one that is done is answered as before, one that is being done waits.
"""

from collections import deque

from ewarn.wire.swarms import Answer, Do, Done, Hello, Leave, Order, Problem, Pulse, Said

FOREIGN = 4
"""exit code of what comes of orders that do not fit"""
LED = 2
"""of a swarm that another run has"""
MOST_OVER = 64


class Obeying:
    """Who leads an agent, and how far it is. `now`: seconds of one clock."""

    def __init__(self, name: str, agent: str) -> None:
        self.name, self.agent = name, agent
        self.run = ""
        """that it is led by; empty: by none"""
        self.lease_s = 0.0
        self._heard = 0.0
        self._number, self._doing = 0, False
        self._answered: Answer | None = None
        self._over: deque[str] = deque(maxlen=MOST_OVER)
        """runs that led it: what was said of them may come late"""

    def take(self, order: Order, now: float) -> Do | Answer | None:
        """An order that came: what is to be done, the answer to give at once, or None: nothing."""
        if order.agent != self.agent:
            return None
        if self._answered and (order.run, order.number) == (self._answered.run, self._answered.number):
            self._note(order.run, now)
            return self._answered  # also where it has left since
        if not self.run:
            return self._begin(order, now)
        if order.run != self.run:
            return _refused(order, f"led by run {self.run} already", LED)
        if isinstance(order.do, Hello) and self._number > 1:
            return _refused(
                order, f"order {self._number} of run {self.run} is done: its conductor cannot begin anew", LED
            )
        self._heard = now
        if self._doing or order.number <= self._number:
            return None
        if order.number > self._number + 1 and not isinstance(order.do, Leave):
            return _refused(order, f"order {order.number} came where {self._number + 1} is next", FOREIGN)
        return self._do(order)

    def hear(self, pulse: Pulse, now: float) -> None:
        """The conductor of a run is there."""
        self._note(pulse.run, now)

    def answer(self, said: Said) -> Answer:
        """To what is being done; the run is over with an answer to `Leave`, see `let_go`."""
        self._doing = False
        self._answered = Answer(self.run, self.agent, self._number, said)
        return self._answered

    def let_go(self) -> None:
        """Be led by none."""
        self._over.append(self.run)
        self.run, self._number, self._doing = "", 0, False

    def silent_s(self, now: float) -> float:
        """For how long the conductor has said nothing; 0 where there is none."""
        return now - self._heard if self.run else 0.0

    def _begin(self, order: Order, now: float) -> Do | Answer:
        if isinstance(order.do, Leave):
            return Answer(order.run, self.agent, order.number, Done())
        if not isinstance(order.do, Hello) or order.run in self._over:
            return _refused(order, f"no run is led here, so not {order.run}: it was let go, or has begun anew", FOREIGN)
        self.run, self.lease_s, self._number, self._heard = order.run, order.do.lease_s, order.number - 1, now
        return self._do(order)

    def _do(self, order: Order) -> Do:
        self._number, self._doing, self._answered = order.number, True, None
        return order.do

    def _note(self, run: str, now: float) -> None:
        if run == self.run:
            self._heard = now


def _refused(order: Order, why: str, code: int) -> Answer:
    return Answer(order.run, order.agent, order.number, Problem(why, code))

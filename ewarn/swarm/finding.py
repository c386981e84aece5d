"""Which host each client of a process goes to next, and when it goes home; pure but for its generator.

A client has a ranking of all hosts (`audience.homes`). Hosts that are up come before those that are lost, these before
those that drain, and those that the list has no more come last: nobody is ever without somewhere to go. Who is let go,
or refused, tries the next of its ranking, and each host once before any twice. Who is not where it would go now takes a
turn, drawn over some time, and then breaks and makes: never soon after a report was read, for a newer one may follow.
From a host that is lost no report may come, so that whoever is on one leaves at once, in quicker turns.
"""

from collections.abc import Callable, Iterable, Sequence
from random import Random

import numpy as np
from numpy.typing import NDArray

from ewarn.audience.homes import distances, homes, scores
from ewarn.swarm.destinations import NEVER, Destinations
from ewarn.swarm.fleet import MOST_EVER, Host, Rules
from ewarn.wire.gateways import State

UP, LOST, DRAINING, GONE = range(4)
"""in which order they are tried; the last: in the list no more"""
CLASSES: dict[State, int] = {"up": UP, "lost": LOST, "draining": DRAINING}
SLICE = 2_000
"""clients whose distance to a host that joins is worked out at once, within some ms"""
MOST_DOUBLINGS = 6
"""of the time for which those stay away whom their home refuses again and again"""


class Finding(Destinations):
    """See `Destinations`: a way is a host, and keeps its index for good."""

    def __init__(
        self, hosts: Sequence[Host], rows: int, names: Callable[[slice], list[str]], rules: Rules, random: Random
    ) -> None:
        """`names`: of the users of these rows. Each starts towards its home, or the next that is up."""
        super().__init__(list(hosts), np.zeros(rows, np.int64))
        self.ways: list[Host]
        self._names, self._rules = names, rules
        self._random, self._rng = random, np.random.default_rng(random.getrandbits(64))
        self._class = [CLASSES[host.state] for host in hosts]
        self._far = [distances(host.name, names(slice(None))) for host in hosts]
        self._joining: dict[str, tuple[Host, list[NDArray[np.float64]]]] = {}
        """hosts that the list has besides, each with the distances that are worked out so far"""
        self._there = np.zeros(rows, np.bool_)
        self._was = np.full(rows, -1, np.int16)
        """by row: on which host it was last connected"""
        self._tried: dict[int, int] = {}
        """by row on its way: bit n is set once host n let it go, or refused it"""
        self._turn = np.full(rows, NEVER)
        """by row: when it is to move"""
        self._pressing = np.zeros(rows, np.bool_)
        """of those that have a turn: whether it is due however new the newest report is"""
        self._next = NEVER
        """no turn is earlier"""
        self._stays_until, self._refusals = np.zeros(rows), np.zeros(rows, np.uint8)
        self._wanted = self._wished()
        """by row: where it would go now"""
        self.way_of[:] = self._wanted

    @property
    def lap(self) -> int:  # type: ignore[override]
        """See `Destinations`."""
        return max(1, sum(one != GONE for one in self._class))

    # On the way

    def failed(self, row: int, now: float) -> None:
        """See `Destinations`."""
        host = int(self.way_of[row])
        self._tried[row] = self._tried.get(row, 0) | 1 << host
        if host == self._wanted[row]:
            hold_s = self._rules.hold_s * 2.0 ** min(int(self._refusals[row]), MOST_DOUBLINGS)
            self._stays_until[row] = now + hold_s
            self._refusals[row] = min(int(self._refusals[row]) + 1, MOST_DOUBLINGS)

    def ended(self, row: int, now: float, *, let_go: bool) -> None:
        """See `Destinations`."""
        self._there[row], self._turn[row], self._pressing[row] = False, NEVER, False
        if let_go:
            self.failed(row, now)

    def steps(self, rows: Iterable[int]) -> list[tuple[int, int]]:
        """See `Destinations`."""
        return [(row, self._step(row)) for row in rows]

    def _step(self, row: int) -> int:
        tried = self._tried.get(row, 0)
        untried = [host for host in range(len(self.ways)) if not tried >> host & 1]
        if not tried or not untried:
            self._tried.pop(row, None)
            chosen = int(self._wanted[row])
        else:
            chosen = min(untried, key=lambda host: (self._class[host], -self._score(host, row), host))
        self.way_of[row] = chosen
        return chosen

    def _score(self, host: int, row: int) -> float:
        return self.ways[host].weight / float(self._far[host][row])

    def arrived(self, row: int, now: float) -> bool:
        """See `Destinations`."""
        host, was = int(self.way_of[row]), int(self._was[row])
        self._tried.pop(row, None)
        self._there[row], self._was[row] = True, host
        wanted = int(self._wanted[row])
        if host == wanted:
            self._refusals[row] = 0
        elif self._class[wanted] == UP and self._class[host] != DRAINING:
            # As `_settle` does for all: of a host that died as many arrive here in a second as it had.
            self._pressing[row] = pressing = self._class[host] in (LOST, GONE)
            over_s = self._rules.leave_s if pressing else self._rules.home_s
            turn = max(now, float(self._stays_until[row])) + over_s * self._random.random()
            self._turn[row], self._next = turn, min(self._next, turn)
        return was not in (-1, host)

    # Turns

    def next_s(self, now: float) -> float:
        """See `Destinations`."""
        return 0.0 if self._joining else self._next - now

    def movers(self, now: float, told_at: float) -> list[int]:
        """See `Destinations`."""
        if self._joining:
            self._measure(now)
        if now < self._next:
            return []
        quiet_until = told_at + self._rules.home_s
        if now < quiet_until:
            waiting = np.flatnonzero((self._turn < NEVER) & ~self._pressing)
            if len(waiting) and self._turn[waiting].min() <= now:
                self._draw(waiting, quiet_until, self._rules.home_s)
        found = np.flatnonzero(self._turn <= now)
        self._turn[found], self._pressing[found] = NEVER, False
        self._next = float(self._turn.min(initial=NEVER))
        return [int(row) for row in found]

    def _draw(self, rows: NDArray[np.intp], since: float, over_s: float) -> None:
        """Turns for these, none before their home has had its time."""
        begun = np.maximum(since, self._stays_until[rows])
        self._turn[rows] = begun + over_s * self._rng.random(len(rows))
        self._next = min(self._next, float(self._turn[rows].min(initial=NEVER)))

    # The list

    def heard(self, hosts: Iterable[Host], now: float) -> None:
        """The list as it is now. A host that joins is there for everybody once all distances to it are known.

        Of more than `MOST_EVER` different ones those that are too many are let be.
        """
        listed = {host.name: host for host in hosts}
        for index, known in enumerate(self.ways):
            if found := listed.pop(known.name, None):
                self.ways[index], self._class[index] = found, CLASSES[found.state]
            else:
                self._class[index] = GONE
        for name in [*listed][: max(0, len(listed) + len(self.ways) - MOST_EVER)]:
            del listed[name]
        self._joining = {
            name: (host, self._joining[name][1] if name in self._joining else []) for name, host in listed.items()
        }
        self._settle(now)

    def _measure(self, now: float) -> None:
        """A slice of one that joins."""
        name, (host, known) = next(iter(self._joining.items()))
        begin, rows = SLICE * len(known), len(self.way_of)
        known.append(distances(name, self._names(slice(begin, begin + SLICE))))
        if begin + SLICE >= rows:
            del self._joining[name]
            self.ways.append(host)
            self._class.append(CLASSES[host.state])
            self._far.append(np.concatenate(known))
            self._settle(now)

    def _settle(self, now: float) -> None:
        """Give turns to those that are connected where they would not go now, and take away others'."""
        self._wanted = self._wished()
        classes = np.array(self._class)
        here, there = classes[self.way_of], classes[self._wanted]
        # A host that drains sends its users away itself, each in its turn.
        astray = self._there & (self.way_of != self._wanted) & (there == UP) & (here != DRAINING)
        pressing = astray & ((here == LOST) | (here == GONE))
        kept = (self._turn < NEVER) & astray & (pressing == self._pressing)
        self._turn[~kept], self._pressing = NEVER, pressing
        self._draw(np.flatnonzero(astray & ~pressing & ~kept), now, self._rules.home_s)
        self._draw(np.flatnonzero(pressing & ~kept), now, self._rules.leave_s)
        self._next = float(self._turn.min(initial=NEVER))

    def _wished(self) -> NDArray[np.int16]:
        """The best host of those in the best state that any is in, by row."""
        chosen = np.flatnonzero(np.array(self._class) == min(self._class))
        weights = [self.ways[host].weight for host in chosen]
        best = homes(scores(weights, np.stack([self._far[host] for host in chosen])))
        return chosen[best].astype(np.int16)

    def standing(self) -> dict[str, tuple[int, int]]:
        """By the name of each host: how many are connected whose home it is, and how many others."""
        listed = [host for host, one in enumerate(self._class) if one != GONE] or [*range(len(self.ways))]
        theirs = scores([self.ways[host].weight for host in listed], np.stack([self._far[host] for host in listed]))
        home = np.array(listed)[homes(theirs)]
        on = [self._there & (self.way_of == host) for host in range(len(self.ways))]
        return {
            known.name: (int((on[host] & (home == host)).sum()), int((on[host] & (home != host)).sum()))
            for host, known in enumerate(self.ways)
        }

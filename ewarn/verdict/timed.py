"""The times that are promised, each at both ends of its bound, and what is to doubt of a bound. Pure.

The true time lies between the two: a maximum or a percentile grows with every value that it is of. With one clock both
are the same.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ewarn.verdict.evidence import Evidence
from ewarn.verdict.figures import beside_limit
from ewarn.verdict.percentiles import percentile
from ewarn.words import Said, say

WIDEST = 0.01
"""of a limit, that a bound may be wide: what is known less well is no measure of it"""


@dataclass(frozen=True)
class Timed:
    """A time that users took, s, infinite for never, and what it is of."""

    name: str
    limit: float
    latest: float
    earliest: float
    users: int
    of: Evidence
    looked_at: NDArray[np.bool_]
    """the receipts, shape (reports, users)"""
    shows: bool = True
    """whether anything is judged by it"""

    @property
    def kept(self) -> bool | None:
        """By the latest; missed by the earliest; None: the limit lies between them."""
        return True if self.latest <= self.limit else False if self.earliest > self.limit else None

    @cached_property
    def width(self) -> tuple[float, int]:
        """Of the widest bound that it is of, s, and the user whose it is; (0, 0) where all is on one clock."""
        if self.of.width is None or not self.looked_at.any():
            return 0.0, 0
        widths = np.where(self.looked_at, self.of.width, 0.0).max(axis=0)
        return float(widths.max()), int(widths.argmax())

    @property
    def ends(self) -> tuple[str, str]:
        """The earliest and the latest in figures, each on its own side of the limit."""
        return beside_limit(self.earliest, self.limit), beside_limit(self.latest, self.limit)

    def doubts(self) -> Iterator[Said]:
        """Why its limit cannot be judged with these bounds, in words; nothing where it can."""
        if not self.shows:
            return
        called, (width, user) = say(f"doubt.{self.name}"), self.width
        if width > WIDEST * self.limit:
            most_ms = WIDEST * self.limit * 1e3
            parts = called, beside_limit(width * 1e3, most_ms), f"{most_ms:g}", f"{self.limit:g}"
            host = self.of.host(user)
            yield say("doubt.wide-on", *parts, host) if host else say("doubt.wide", *parts)
        if self.kept is None:
            yield say("doubt.between", called, *self.ends, f"{self.limit:g}")


def delivery(of: Evidence) -> Timed | None:
    """From release to the last user's reading, of the slowest warning; None: no warning was due to anybody."""
    due = of.due & of.warnings[:, None]
    if not due.any():
        return None
    slowest, soonest = (np.where(due, read, -np.inf).max(axis=1) for read in (of.read, of.earliest_read))
    worst = int(slowest.argmax())
    users = int(due[worst].sum())
    return Timed("delivery", of.budgets.delivery_s, float(slowest[worst]), float(soonest.max()), users, of, due)


def epicentre(of: Evidence) -> Timed | None:
    """In which 99 % of those near the epicentre had read the first public report; None: nothing was public."""
    if of.first is None:
        return None
    near, budgets = of.near, of.budgets
    latest, earliest = (percentile(read[of.first][near], 0.99) for read in (of.read, of.earliest_read))
    looked_at = np.zeros(of.due.shape, np.bool_)
    looked_at[of.first] = near
    users = int(near.sum())
    shows = users >= budgets.epicentre_fewest
    return Timed("epicentre", budgets.epicentre_s, latest, earliest, users, of, looked_at, shows)


def doubts(of: Evidence) -> Iterator[Said]:
    """Of all of them."""
    for found in (delivery(of), epicentre(of)):
        if found:
            yield from found.doubts()

"""The hosts that clients may go to, and how they behave between them; pure."""

from dataclasses import dataclass

from ewarn.swarm.opening import Way
from ewarn.wire.gateways import State

MOST_HOSTS = 64
"""of a list; a process keeps a number for each of its clients and hosts"""
MOST_EVER = 254
"""of all lists; a receipt says in a byte by which host it came"""
HOME_S = 30.0


@dataclass(frozen=True)
class Host(Way):
    """A gateway of the list, and the way to it."""

    name: str
    weight: int
    """its share of the users"""
    state: State


@dataclass(frozen=True)
class Rules:
    """How clients keep to their homes."""

    home_s: float = HOME_S
    """over so long those take turns who go home, none within so long after a report was read"""

    @property
    def ask_s(self) -> float:
        """How often the list is asked for, on average."""
        return min(5.0, self.home_s)

    @property
    def leave_s(self) -> float:
        """Over so long those leave who are on a host that is lost: no report may come to it."""
        return min(5.0, self.home_s)

    @property
    def hold_s(self) -> float:
        """Who was let go by their home, or refused, stays away for so long at least: by then the list says why.

        A host is lost 3 s after it was heard last; whoever has asked just before asks again within 1.5 times `ask_s`.
        """
        return min(15.0, 3 * self.home_s)

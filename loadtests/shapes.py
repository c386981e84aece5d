"""Shapes of load: what happens to the clients while a quake is played. Each is a plain function."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol


class Commands(Protocol):
    """What a shape asks of the conductor."""

    def await_clients(self, share: float) -> None:
        """Wait until so many of the clients are connected."""

    def publish(self, first: int = 1, last: int | None = None, *, storm: bool = False) -> None:
        """Play these reports, and return when the last of them is out; with a storm after the first of them."""

    def expect_late_joiners(self) -> None:
        """Fail the test if nobody has been given a report on connecting."""


@dataclass(frozen=True)
class Shape:
    """One shape, and how its swarms behave."""

    conduct: Callable[[Commands], None]
    churn_per_s: float = 0.0
    """share of the clients that hang up each second, and return"""
    connecting_s: float = 1.0
    """how long a swarm process takes to connect all its clients, once more after a storm"""
    storms: int = 0
    judged: bool = False
    """all are connected before the first report and stay, so that its times are held against the limit"""


def _steady(test: Commands) -> None:
    """All are connected, and stay."""
    test.await_clients(1.0)
    test.publish()


def _ramp(test: Commands) -> None:
    """An alert when half are there, so that the others join while it is in force; the rest of it when all are."""
    test.await_clients(0.5)
    test.publish(last=RAMP_SPLIT)
    test.await_clients(1.0)
    test.expect_late_joiners()
    test.publish(first=RAMP_SPLIT + 1)


def _storm(test: Commands) -> None:
    """All hang up upon the first report, and return while the others go out."""
    test.await_clients(1.0)
    test.publish(storm=True)
    test.expect_late_joiners()


RAMP_SPLIT = 3
"""reports of the ramp's first alert: half of what the quakes of `configs` have"""

SHAPES = {
    "steady": Shape(_steady, judged=True),
    "ramp": Shape(_ramp),
    "churn": Shape(_steady, churn_per_s=0.05),
    "storm": Shape(_storm, connecting_s=3.0, storms=1),
}

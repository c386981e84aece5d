"""Orders of dispatch. Each is a plain function: the situation of all users in, a score each out, the lowest first.

`ORDERS` at the end lists them: what is added there is offered by every verb, drill file and page, and judged.

Scores mean the same in every shard, so that shards can keep pace with one another; see `gateway.pace`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Situation:
    """What an order may look at; arrays of one length, an element a user."""

    slack_s: NDArray[np.float64]
    """from release to the first S at any of the user's places that it may have yet to reach; else since S, negative"""
    distance_km: NDArray[np.float64]
    """from the epicentre to the nearest of the user's places"""
    intensity: NDArray[np.float64]
    """the strongest at any of the user's places"""
    since: NDArray[np.uint64]
    """when the user connected, as a rank: lower is earlier"""
    news: NDArray[np.bool_]
    """whether it tells them what they must act on and do not know; see `plan`"""


Score = Callable[[Situation, np.random.Generator], NDArray[np.float64]]


@dataclass(frozen=True)
class Order:
    """An order, and what is said of it."""

    score: Score
    """a score each, the lowest first"""
    about: str
    """who comes first, in a line"""
    ideal: bool
    """whether a report and the user's own places say it all: then it can be computed anew, without the gateway, and how
    far a user was from their place in it can be told"""

    def __call__(self, situation: Situation, rng: np.random.Generator) -> NDArray[np.float64]:
        """A score each; `rng` is drawn from by the random order alone."""
        return self.score(situation, rng)


MARGIN_S = 2.0
"""S may come so much later than a report has it, whose epicentre is some 5 km off, and its origin time too; for those
right at the edge of the blind zone that decides"""
_KNOWN, _REACHED = 1e5, 1e6
"""beyond any slack, seconds"""


def deadline(situation: Situation, _rng: np.random.Generator) -> NDArray[np.float64]:
    """Least slack first, of those to whom it is news, then of the others; those surely reached by S last.

    Of these, the most recently reached come first. Where reports follow faster than all can be told, each begins anew:
    with everyone in one line, those far away would hear nothing before the last. Users are told apart to the
    microsecond.
    """
    slack = situation.slack_s
    return np.where(slack > -MARGIN_S, np.where(situation.news, slack, _KNOWN + slack), _REACHED - slack)


def nearest(situation: Situation, _rng: np.random.Generator) -> NDArray[np.float64]:
    """By distance from the epicentre, whether S has passed or not."""
    return situation.distance_km


def intensity(situation: Situation, _rng: np.random.Generator) -> NDArray[np.float64]:
    """The strongest shaking first, whether S has passed or not."""
    return -situation.intensity


def random(situation: Situation, rng: np.random.Generator) -> NDArray[np.float64]:
    """In no order, drawn anew for every report."""
    return rng.random(len(situation.since))


def fifo(situation: Situation, _rng: np.random.Generator) -> NDArray[np.float64]:
    """As they connected: what a plain loop over connections does."""
    return situation.since.astype(np.float64)


ORDERS: dict[str, Order] = {
    "deadline": Order(
        deadline,
        "least time until S first, of those to whom the report is news; last, those whom S has surely reached",
        ideal=True,
    ),
    "nearest": Order(nearest, "nearest to the epicentre first", ideal=True),
    "intensity": Order(intensity, "strongest shaking first", ideal=True),
    "random": Order(random, "drawn by chance, anew for every report", ideal=False),
    "fifo": Order(fifo, "as users connected: what a plain loop over connections does", ideal=False),
}
"""by name; the first is the default"""
DEFAULT = next(iter(ORDERS))

if TYPE_CHECKING:
    OrderName = str
else:
    OrderName = Literal[tuple(ORDERS)]

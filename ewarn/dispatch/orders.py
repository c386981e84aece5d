"""Orders of dispatch. Each is a plain function: the situation of all users in, their ranking out."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Situation:
    """What an order may look at; arrays of one length, an element a user."""

    slack_s: NDArray[np.float64]
    """from release to the first S at any of the user's places that it has yet to reach; else since S, negative"""
    distance_km: NDArray[np.float64]
    """from the epicentre to the nearest of his places"""
    since: NDArray[np.uint64]
    """when he connected, as a rank: lower is earlier"""


Order = Callable[[Situation, np.random.Generator], NDArray[np.intp]]


def deadline(situation: Situation, _rng: np.random.Generator) -> NDArray[np.intp]:
    """Least slack first; those already reached by S last, the most recently reached among them first."""
    slack = situation.slack_s
    return np.lexsort((np.abs(slack), slack <= 0))


def nearest(situation: Situation, _rng: np.random.Generator) -> NDArray[np.intp]:
    """By distance from the epicentre, whether S has passed or not."""
    return np.argsort(situation.distance_km, kind="stable")


def random(situation: Situation, rng: np.random.Generator) -> NDArray[np.intp]:
    """In no order, drawn anew for every report."""
    return rng.permutation(len(situation.since))


def fifo(situation: Situation, _rng: np.random.Generator) -> NDArray[np.intp]:
    """As they connected: what a plain loop over connections does."""
    return np.argsort(situation.since, kind="stable")


ORDERS: dict[str, Order] = {"deadline": deadline, "nearest": nearest, "random": random, "fifo": fifo}

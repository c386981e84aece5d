"""How many places users follow, and how strong it must be before they want to be told.

No service publishes such figures. `REALISTIC` is an assumption of ours: nearly everyone follows the place where they
live, a third also that of parents, children or a second home, a few a whole family; one in a hundred has the service
but no place. Hardly anyone touches a threshold: who does wants to be spared what they would not feel (II, III), and
fewer still to be told only of what does damage (V).
"""

from dataclasses import dataclass
from typing import Annotated

import numpy as np
from annotated_types import Ge, Le
from numpy.typing import NDArray

from ewarn.audience.followed import MOST_PLACES, Followed
from ewarn.audience.places import Places
from ewarn.audience.residence import chances, drawn_from, scattered
from ewarn.errors import WrongKeyError
from ewarn.seismic.intensity import Intensity

Floats = NDArray[np.float64]
Share = Annotated[float, Ge(0), Le(1)]
TOLERANCE = 1e-6
"""of a sum of shares written as decimals"""


@dataclass(frozen=True)
class Mix:
    """Assumed shares of all users, 0 to 1: how many places they follow, and from which intensity on they are told."""

    follow: tuple[Share, ...] = (0.0, 1.0)
    """Share of users who follow 0, 1, ... up to 10 places, 1 in all; the word mix stands for an assumption nearer to
    life."""
    thresholds: tuple[tuple[Intensity, Share], ...] = ()
    """Pairs of the least intensity alerted and the share of users who ask for it, at most 1 in all; the others are
    alerted of any; the word mix as above."""
    near: Share = 0.5
    """Chance that a further place lies in the same group of places as the home; else it is anywhere, by residents."""

    def __post_init__(self) -> None:
        """Refuse shares that are not of all users."""
        if len(self.follow) > MOST_PLACES + 1:
            raise WrongKeyError(
                "follow", f"must be the shares of 0 to {MOST_PLACES} places, got {len(self.follow)} of them"
            )
        if abs((total := sum(self.follow)) - 1) > TOLERANCE:
            raise WrongKeyError("follow", f"shares must sum to 1, got {total:g}")
        if (total := sum(share for _, share in self.thresholds)) > 1 + TOLERANCE:
            raise WrongKeyError("thresholds", f"shares must sum to 1 at most, got {total:g}")


ONE_EACH = Mix()
"""everyone follows their home, and is told of all"""
REALISTIC = Mix(
    follow=(0.01, 0.68, 0.17, 0.08, 0.03, 0.015, 0.007, 0.004, 0.002, 0.001, 0.001),
    thresholds=((2.0, 0.05), (3.0, 0.05), (5.0, 0.02)),
)
"""an assumption: see the module"""


def thresholds(mix: Mix, count: int, rng: np.random.Generator) -> Floats:
    """Least intensity that each of `count` users asks to be told of, shape (count,); 0 for any."""
    if not mix.thresholds:
        return np.zeros(count)
    asked, share = np.array(mix.thresholds).T
    weight = np.array([max(0.0, 1 - share.sum()), *share])
    return np.array([0.0, *asked])[drawn_from(chances(weight), rng.random(count))]


def follow(
    mix: Mix,
    places: Places,
    home: NDArray[np.int32],
    latitude: Floats,
    longitude: Floats,
    rng: np.random.Generator,
) -> Followed:
    """Draw what users follow who live at these points (degrees) around the places of rows `home`, all (users,)."""
    if mix.follow == ONE_EACH.follow:
        return Followed.one_each(latitude, longitude)
    count = drawn_from(chances(np.array(mix.follow)), rng.random(len(home))).astype(np.int64)
    relatives = scattered(places, _further(mix.near, places, home, count, rng), rng)
    first = np.cumsum(count)[count > 0] - count[count > 0]
    further = np.ones(int(count.sum()), np.bool_)
    further[first] = False
    flat = np.repeat(latitude, count), np.repeat(longitude, count)
    for points, drawn in zip(flat, relatives, strict=True):
        points[further] = drawn
    return Followed(count, *flat)


def _further(
    near: float, places: Places, home: NDArray[np.int32], count: NDArray[np.int64], rng: np.random.Generator
) -> NDArray[np.int32]:
    """Rows of `places` for all but each user's first, one user's after another's."""
    # Places of a group side by side: then it is a stretch of [0, 1), and both kinds are one draw.
    order = np.argsort(places.group, kind="stable")
    up_to = chances(places.residents[order])
    groups = len(places.group_names)
    end = np.searchsorted(places.group[order], np.arange(groups), side="right")
    top = np.concatenate([[0.0], up_to])[end]
    low = np.concatenate([[0.0], top[:-1]])
    # Behind the groups stands the whole.
    low, top = np.append(low, 0.0), np.append(top, 1.0)
    stretch = np.repeat(places.group[home].astype(np.int32), np.maximum(count - 1, 0))
    stretch[rng.random(len(stretch)) >= near] = groups
    at = low[stretch] + rng.random(len(stretch)) * (top - low)[stretch]
    # Rounded up to the end of its stretch it would be the next group's.
    np.minimum(at, np.nextafter(top, 0)[stretch], out=at)
    return order.astype(np.int32)[drawn_from(up_to, at)]

"""The audience: a seeded sample of the people who live around the places, and what they ask to be told of."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ewarn.audience.followed import Followed
from ewarn.audience.mix import ONE_EACH, Mix, follow, thresholds
from ewarn.audience.places import Places
from ewarn.audience.residence import chances, drawn_from, scattered
from ewarn.errors import InputError
from ewarn.seismic.geodesy import distance_km

Floats = NDArray[np.float64]
Homes = tuple[NDArray[np.int32], Floats, Floats]
"""row of `Places`, latitude, longitude; an element a user"""

FEWEST_DRAWN = 1_000
"""at a time; a small audience is the beginning of one of so many"""
MOST_DRAWS = 300
"""batches drawn for a circle before it is given up: it would have to hold a 300th of the places that it touches"""


@dataclass(frozen=True)
class Circle:
    """Users are wanted only within `radius_km` of a point."""

    latitude: float
    """degrees north"""
    longitude: float
    """degrees east"""
    radius_km: float


@dataclass(frozen=True)
class Audience:
    """All users; arrays of shape (users,)."""

    latitude: Floats
    """of the user's home, degrees north"""
    longitude: Floats
    """degrees east"""
    place: NDArray[np.int32]
    """row of `Places` around which the user lives"""
    followed: Followed
    """of each who follows any place the first is their home"""
    threshold: Floats
    """least intensity that the user asks to be told of; 0 for any"""

    def __len__(self) -> int:
        """Users."""
        return len(self.latitude)


def sample(
    places: Places,
    count: int,
    rng: np.random.Generator,
    within: Circle | None = None,
    mix: Mix = ONE_EACH,
    share: float = 1.0,
) -> Audience:
    """Draw `count` users by residents, each evenly within the disc around their place.

    `within` holds for homes alone, and for a `share` (0 to 1) of the users, drawn by chance: the others live where they
    would without a circle, which may be in it too. Homes are drawn from `rng` itself, all else from streams of its own,
    so that a mix changes nobody's home. Raises InputError, naming `audience.within_km`, where the circle reaches no
    place, or next to no one.
    """
    following, asking, moving = rng.spawn(3)
    if within is None:
        homes = _homes(places, count, rng)
    elif share == 1:
        homes = _homes_within(places, count, rng, within)
    else:
        homes = _moved(places, _homes(places, count, rng), moving, within, share)
    place, latitude, longitude = homes
    followed = follow(mix, places, place, latitude, longitude, following)
    return Audience(latitude, longitude, place, followed, thresholds(mix, count, asking))


def _homes(places: Places, count: int, rng: np.random.Generator) -> Homes:
    place, latitude, longitude = _draw(places, places.residents, max(FEWEST_DRAWN, count), rng)
    return place[:count], latitude[:count], longitude[:count]


def _moved(places: Places, homes: Homes, rng: np.random.Generator, within: Circle, share: float) -> Homes:
    """A share of the users live in the circle instead; the arrays of `homes` are written to."""
    moved = np.arange(len(homes[0])) < round(share * len(homes[0]))
    # By chance: users side by side share a shard, a process and a turn, and all of one kind of home would be in one.
    rng.shuffle(moved)
    near = _homes_within(places, int(moved.sum()), rng, within)
    homes[0][moved], homes[1][moved], homes[2][moved] = near
    return homes


def _homes_within(places: Places, count: int, rng: np.random.Generator, within: Circle) -> Homes:
    """Draw until there are enough inside, in batches."""
    weight = _touched(places, within)
    batches: list[Homes] = []
    found = 0
    while not batches or found < count:
        if len(batches) == MOST_DRAWS:
            raise InputError(f"audience.within_km: almost nobody lives within {within.radius_km:g} km of the epicentre")
        place, latitude, longitude = _draw(places, weight, max(FEWEST_DRAWN, count - found), rng)
        inside = distance_km(within.latitude, within.longitude, latitude, longitude) <= within.radius_km
        batches.append((place[inside], latitude[inside], longitude[inside]))
        found += len(batches[-1][0])
    place, latitude, longitude = (np.concatenate(part)[:count] for part in zip(*batches, strict=True))
    return place, latitude, longitude


def _touched(places: Places, within: Circle) -> Floats:
    """Residents of the places whose discs reach into the circle; 0 for the others."""
    begins = distance_km(within.latitude, within.longitude, places.latitude, places.longitude) - places.scatter_km
    if (gap := float(begins.min())) >= within.radius_km:
        raise InputError(
            f"audience.within_km: {within.radius_km:g} km around the epicentre holds no place, "
            f"the nearest begins at {gap:.0f} km"
        )
    return np.where(begins < within.radius_km, places.residents, 0.0)


def _draw(places: Places, weight: Floats, count: int, rng: np.random.Generator) -> Homes:
    place = drawn_from(chances(weight), rng.random(count))
    return place, *scattered(places, place, rng)

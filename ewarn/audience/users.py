"""The audience: a seeded sample of the people who live around the places, and the places that they follow."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ewarn.audience.followed import MOST_PLACES, Followed
from ewarn.audience.places import Places
from ewarn.errors import InputError
from ewarn.seismic.geodesy import distance_km, offset_deg

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Audience:
    """Users 0, 1, ...; arrays of one length."""

    latitude: Floats
    """degrees north, of the home"""
    longitude: Floats
    """degrees east"""
    place: NDArray[np.int32]
    """row of `Places` around which he lives"""
    followed: Followed
    """where he follows a place at all, the first is his home"""
    threshold: Floats
    """least intensity that he asks to be told of; 0: of everything"""

    def __len__(self) -> int:
        """Users."""
        return len(self.latitude)


@dataclass(frozen=True)
class Mix:
    """How many places users follow, and what they ask to be told of; as it stands, one place and everything."""

    follow: tuple[float, ...] = (0.0, 1.0)
    """share of users who follow no place, one, two, ... up to ten"""
    thresholds: tuple[tuple[float, float], ...] = ()
    """(least intensity, share of users who ask for it); the rest ask for everything"""

    def __post_init__(self) -> None:
        """Raises InputError, naming the field, for shares that are none."""
        if not 0 < len(self.follow) <= MOST_PLACES + 1 or min(self.follow) < 0:
            raise InputError(f"follow: expected 1 to {MOST_PLACES + 1} shares from 0 up")
        if abs(sum(self.follow) - 1) > 1e-6:
            raise InputError(f"follow: the shares sum to {sum(self.follow):g}, not 1")
        if any(not (0 <= least <= 12 and share >= 0) for least, share in self.thresholds):
            raise InputError("thresholds: expected pairs of an intensity from 0 to 12 and a share from 0 up")
        if (asked := sum(share for _, share in self.thresholds)) > 1 + 1e-6:
            raise InputError(f"thresholds: the shares sum to {asked:g}, more than 1")


REALISTIC = Mix(
    follow=(0.01, 0.68, 0.17, 0.08, 0.03, 0.015, 0.006, 0.004, 0.002, 0.002, 0.001),
    thresholds=((2.0, 0.05), (3.0, 0.05), (5.0, 0.02)),
)
"""An assumption of ours, since no service has published its figures: most follow where they live, a third relatives'
places too, 1.5 places a user in all; one in eight has set a threshold, most of those below what frightens."""

NEAR = 0.5
"""share of relatives who live in the same group, a prefecture or province; an assumption of ours too"""

MOST_DRAWS = 300
"""batches drawn for a circle before it is given up: it would have to hold a 300th of the places that it touches"""


@dataclass(frozen=True)
class Circle:
    """Users are wanted only within `radius_km` of a point."""

    latitude: float
    longitude: float
    radius_km: float


def sample(
    places: Places, count: int, rng: np.random.Generator, within: Circle | None = None, mix: Mix | None = None
) -> Audience:
    """Draw `count` users by residents, each evenly within the disc around his place.

    Homes come from `rng` itself and all else from its children, so that following more places moves nobody. Raises
    InputError, naming `audience.within_km`, where the circle reaches no place.
    """
    mix = mix or Mix()
    relatives, thresholds = rng.bit_generator.seed_seq.spawn(2)  # type: ignore[attr-defined]
    latitude, longitude, place = _homes(places, count, rng, within)
    followed = _follow(places, latitude, longitude, place, mix, np.random.default_rng(relatives))
    return Audience(latitude, longitude, place, followed, _thresholds(count, mix, np.random.default_rng(thresholds)))


def _homes(
    places: Places, count: int, rng: np.random.Generator, within: Circle | None
) -> tuple[Floats, Floats, NDArray[np.int32]]:
    weight = places.residents
    if within is not None:
        away = distance_km(within.latitude, within.longitude, places.latitude, places.longitude)
        if (gap := float((away - places.scatter_km).min())) >= within.radius_km:
            raise InputError(
                f"audience.within_km: {within.radius_km:g} km around the epicentre holds no place, "
                f"the nearest begins at {gap:.0f} km"
            )
        weight = np.where(away - places.scatter_km < within.radius_km, weight, 0.0)
    latitude, longitude, place = np.empty(count), np.empty(count), np.empty(count, np.int32)
    filled = draws = 0
    while filled < count:
        if (draws := draws + 1) > MOST_DRAWS and within is not None:
            raise InputError(f"audience.within_km: {within.radius_km:g} km around the epicentre holds next to no one")
        drawn = rng.choice(len(weight), max(1_000, count - filled), p=weight / weight.sum())
        north, east = _scattered(places, drawn, rng)
        if within is not None:
            inside = distance_km(within.latitude, within.longitude, north, east) <= within.radius_km
            north, east, drawn = north[inside], east[inside], drawn[inside]
        part = slice(filled, filled + len(drawn))
        for array, values in ((latitude, north), (longitude, east), (place, drawn)):
            array[part] = values[: count - filled]
        filled += len(drawn)
    return latitude, longitude, place


def _scattered(places: Places, place: NDArray[np.intp], rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Somewhere in the disc around each place: latitude, longitude."""
    radius = places.scatter_km[place] * np.sqrt(rng.random(len(place)))
    angle = rng.random(len(place)) * 2 * np.pi
    north, east = offset_deg(places.latitude[place], radius * np.sin(angle), radius * np.cos(angle))
    return places.latitude[place] + north, places.longitude[place] + east


def _follow(
    places: Places, latitude: Floats, longitude: Floats, place: NDArray[np.int32], mix: Mix, rng: np.random.Generator
) -> Followed:
    users = len(latitude)
    if mix.follow == (0.0, 1.0):
        return Followed.one_each(latitude, longitude)
    count = np.searchsorted(np.cumsum(mix.follow)[:-1], rng.random(users), side="right").astype(np.int64)
    first = np.cumsum(count) - count
    north, east = np.empty(int(count.sum())), np.empty(int(count.sum()))
    some = np.flatnonzero(count)
    north[first[some]], east[first[some]] = latitude[some], longitude[some]
    homes = np.zeros(len(north), np.bool_)
    homes[first[some]] = True
    others = np.flatnonzero(~homes)
    theirs = np.repeat(place, np.maximum(count - 1, 0))
    north[others], east[others] = _scattered(places, _relatives(places, theirs, rng), rng)
    return Followed(count, north, east)


def _relatives(places: Places, place: NDArray[np.int32], rng: np.random.Generator) -> NDArray[np.intp]:
    """For each place of a user, where a relative of his lives: by residents, in the same group or anywhere."""
    by_group = np.argsort(places.group, kind="stable")
    up_to = np.concatenate([[0.0], np.cumsum(places.residents[by_group])])
    begins = np.searchsorted(places.group[by_group], np.arange(len(places.group_names) + 1))
    group = places.group[place]
    near = rng.random(len(place)) < NEAR
    low = np.where(near, up_to[begins[group]], 0.0)
    high = np.where(near, up_to[begins[group + 1]], up_to[-1])
    drawn = low + (high - low) * rng.random(len(place))
    found = np.searchsorted(up_to, drawn, side="right") - 1
    # A sum that is rounded up must not step into the next group, which may be nobody's.
    last = np.where(near, begins[group + 1], len(by_group)) - 1
    return np.asarray(by_group[np.minimum(found, last)])


def _thresholds(users: int, mix: Mix, rng: np.random.Generator) -> Floats:
    if not mix.thresholds:
        return np.zeros(users)
    least, shares = np.array(mix.thresholds).T
    chosen = np.searchsorted(np.cumsum(shares), rng.random(users), side="right")
    return np.append(least, 0.0)[chosen]

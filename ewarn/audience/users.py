"""The audience: a seeded sample of the people who live around the places."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ewarn.audience.places import Places
from ewarn.errors import InputError
from ewarn.seismic.geodesy import distance_km, offset_deg

USER = np.dtype(
    [
        ("user", "u4"),  # 0, 1, ...: also the row
        ("place", "u2"),  # row of `Places` around which the user lives
        ("latitude", "f8"),  # degrees north, of the one place that the user follows
        ("longitude", "f8"),  # degrees east
    ]
)


MOST_DRAWS = 300
"""batches drawn for a circle before it is given up: it would have to hold a 300th of the places that it touches"""


@dataclass(frozen=True)
class Circle:
    """Users are wanted only within `radius_km` of a point."""

    latitude: float
    longitude: float
    radius_km: float


def sample(places: Places, count: int, rng: np.random.Generator, within: Circle | None = None) -> NDArray[Any]:
    """Draw `count` users (dtype `USER`) by residents, each evenly within the disc around his place.

    Raises InputError, naming `audience.within_km`, where the circle reaches no place.
    """
    weight = places.residents
    if within is not None:
        away = distance_km(within.latitude, within.longitude, places.latitude, places.longitude)
        if (gap := float((away - places.scatter_km).min())) >= within.radius_km:
            raise InputError(
                f"audience.within_km: {within.radius_km:g} km around the epicentre holds no place, "
                f"the nearest begins at {gap:.0f} km"
            )
        weight = np.where(away - places.scatter_km < within.radius_km, weight, 0.0)
    users = np.zeros(count, USER)
    users["user"] = np.arange(count)
    filled = draws = 0
    while filled < count:
        if (draws := draws + 1) > MOST_DRAWS and within is not None:
            raise InputError(f"audience.within_km: {within.radius_km:g} km around the epicentre holds next to no one")
        drawn = _draw(places, weight / weight.sum(), max(1_000, count - filled), rng)
        if within is not None:
            away = distance_km(within.latitude, within.longitude, drawn["latitude"], drawn["longitude"])
            drawn = drawn[away <= within.radius_km]
        part = users[filled : filled + len(drawn)]
        for field in ("place", "latitude", "longitude"):
            part[field] = drawn[field][: len(part)]
        filled += len(part)
    return users


def _draw(places: Places, share: NDArray[np.float64], count: int, rng: np.random.Generator) -> NDArray[Any]:
    drawn = np.zeros(count, USER)
    drawn["place"] = place = rng.choice(len(share), count, p=share)
    radius = places.scatter_km[place] * np.sqrt(rng.random(count))
    angle = rng.random(count) * 2 * np.pi
    north, east = offset_deg(places.latitude[place], radius * np.sin(angle), radius * np.cos(angle))
    drawn["latitude"] = places.latitude[place] + north
    drawn["longitude"] = places.longitude[place] + east
    return drawn

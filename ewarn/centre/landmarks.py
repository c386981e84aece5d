"""Places to tell of around a quake, by name: those that are asked for, or of those that came along the ones near it."""

from dataclasses import dataclass

import numpy as np

from ewarn.audience.places import Places, seats
from ewarn.config.places import SHIPPED, find_places
from ewarn.seismic.geodesy import distance_km
from ewarn.seismic.origin import Origin
from ewarn.words import say

Place = tuple[str, float, float]
"""name, latitude, longitude, degrees"""

NEAR_KM = 500.0
"""a place farther away than this has little to fear, and stands in a list only where it was asked for"""
MOST = 21
"""as many as Sichuan has prefectures"""


@dataclass(frozen=True)
class Landmarks:
    """What to tell of, and why it is not more."""

    places: list[Place]
    note: str | None = None


def landmarks(origin: Origin, named: str | None = None) -> Landmarks:
    """Of `named` (sichuan, china, or the path of a CSV file) the places that matter to a quake, `MOST` of them.

    Without it the seats of Sichuan's prefectures where one is within `NEAR_KM`, else China's largest places within it,
    else none. Raises InputError for places that cannot be read.
    """
    if named is not None:
        found = seats() if named == "sichuan" else _largest(origin, find_places(named), named)
        nearest = _nearest_km(origin, found)
        far = say("outlook.far", named, f"{nearest:,.0f}")
        return Landmarks(found, far if nearest > NEAR_KM else None)
    if _nearest_km(origin, seats()) <= NEAR_KM:
        return Landmarks(seats())
    found = _largest(origin, SHIPPED["china"](), "china")
    if (nearest := _nearest_km(origin, found)) <= NEAR_KM:
        return Landmarks(found)
    return Landmarks([], say("outlook.nowhere", f"{nearest:,.0f}"))


def _largest(origin: Origin, places: Places, named: str) -> list[Place]:
    """Those with most residents within `NEAR_KM`, or the nearest where none is so near."""
    away = distance_km(origin.latitude, origin.longitude, places.latitude, places.longitude)
    near = away <= NEAR_KM
    rank = np.where(near, -places.residents, np.inf) if near.any() else away
    chosen = np.argsort(rank, kind="stable")[: min(MOST, int(near.sum()) or MOST)]
    names = places.names or tuple(f"{named} {row}" for row in range(len(places)))
    return [(names[row], float(places.latitude[row]), float(places.longitude[row])) for row in chosen]


def _nearest_km(origin: Origin, places: list[Place]) -> float:
    latitude, longitude = (np.array([place[axis] for place in places]) for axis in (1, 2))
    return float(distance_km(origin.latitude, origin.longitude, latitude, longitude).min())

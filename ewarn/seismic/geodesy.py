"""Distances and directions on a sphere."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ewarn.words import Said, say

EARTH_RADIUS_KM = 6371.0
"""Mean radius, IUGG."""


def distance_km(
    latitude: ArrayLike, longitude: ArrayLike, latitudes: ArrayLike, longitudes: ArrayLike
) -> NDArray[np.float64]:
    """Great-circle distance from one point, or each of many, to many, km, by the haversine formula.

    Degrees in, of shapes that broadcast.
    """
    lat, lats = (np.radians(np.asarray(one, np.float64)) for one in (latitude, latitudes))
    half_lat = (lats - lat) / 2
    half_lon = np.radians(np.asarray(longitudes, np.float64) - np.asarray(longitude, np.float64)) / 2
    chord = np.sin(half_lat) ** 2 + np.cos(lat) * np.cos(lats) * np.sin(half_lon) ** 2
    return np.asarray(2 * EARTH_RADIUS_KM * np.arcsin(np.sqrt(np.clip(chord, 0.0, 1.0))))


def azimuth_deg(latitude: float, longitude: float, latitudes: ArrayLike, longitudes: ArrayLike) -> NDArray[np.float64]:
    """Direction in which the great circle leaves one point for each of many, degrees clockwise from north in [0, 360).

    Degrees in, of shapes that broadcast.
    """
    lat, lats = np.radians(latitude), np.radians(np.asarray(latitudes, np.float64))
    across = np.radians(np.asarray(longitudes, np.float64) - longitude)
    east = np.sin(across) * np.cos(lats)
    north = np.cos(lat) * np.sin(lats) - np.sin(lat) * np.cos(lats) * np.cos(across)
    signed = np.degrees(np.arctan2(east, north))
    positive = np.where(signed < 0, signed + 360, signed)  # several times faster than a remainder
    # A hair west of north comes out as 360.
    return np.asarray(np.where(positive >= 360, 0.0, positive))


def offset_deg(
    latitudes: ArrayLike, east_km: ArrayLike, north_km: ArrayLike
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Turn small offsets into steps in degrees: takes east before north, returns (latitude step, longitude step).

    That is the north one first, as coordinates are written. Offsets are km, `latitudes` degrees north and not a pole;
    all of shapes that broadcast.
    """
    per_degree = np.pi * EARTH_RADIUS_KM / 180
    north = np.asarray(north_km, np.float64) / per_degree
    east = np.asarray(east_km, np.float64) / (per_degree * np.cos(np.radians(latitudes)))
    return north, np.asarray(east)


def wrapped(longitudes: ArrayLike, middle: float = 0.0) -> NDArray[np.float64]:
    """The same longitudes within 180 degrees of a middle one, [middle - 180, middle + 180); degrees, any shape."""
    degrees = np.asarray(longitudes, np.float64)
    beside = degrees - middle
    # What lies there already is left as it is, to the last bit.
    return np.asarray(np.where((beside >= -180) & (beside < 180), degrees, (beside + 180) % 360 - 180 + middle))


def spelled(latitude: float, longitude: float, unit: str = "") -> Said:
    """A place (degrees) in words, such as 29.59 N 102.08 E; `unit` stands after each number."""
    north = say("place.south" if latitude < 0 else "place.north", f"{abs(latitude):.2f}{unit}")
    east = say("place.west" if longitude < 0 else "place.east", f"{abs(longitude):.2f}{unit}")
    return say("place.both", north, east)

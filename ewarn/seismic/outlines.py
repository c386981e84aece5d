"""Outlines on the globe: which points lie in them. They may cross the date line, and go around no pole."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ewarn.errors import InputError
from ewarn.seismic.geodesy import wrapped

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Rings = tuple[Floats, ...]
"""a border and its holes, each of corners (n, 2): latitude and longitude, degrees; the last joins the first"""

AT_ONCE = 4_000_000
"""points times corners that are looked at together, so that a border of many corners fits into memory"""


@dataclass(frozen=True)
class Outline:
    """One area or several, with or without holes. Longitudes go on beyond 180 where it crosses the date line."""

    name: str
    """as results call it"""
    areas: tuple[Rings, ...]

    @classmethod
    def of(cls, name: str, areas: Iterable[Iterable[ArrayLike]]) -> Self:
        """Of rings whose longitudes are within -180 to 180, or not. Raises InputError where one goes around a pole."""
        made = [tuple(_continuous(name, np.asarray(ring, np.float64)) for ring in rings) for rings in areas]
        # What was cut at the date line is put together again; a hole lies beside its border.
        middle = float(made[0][0][:, 1].mean())
        return cls(name, tuple(tuple(_beside(ring, middle) for ring in rings) for rings in made))

    def contains(self, latitudes: ArrayLike, longitudes: ArrayLike) -> Flags:
        """Whether points (degrees, of any shape) lie in it."""
        south, north, west, east = self.box
        lats = np.asarray(latitudes, np.float64)
        lons = wrapped(longitudes, (west + east) / 2)
        near = (lats >= south) & (lats <= north) & (lons >= west) & (lons <= east)
        found = np.zeros(near.shape, np.bool_)
        found[near] = np.logical_or.reduce([_within_rings(rings, lats[near], lons[near]) for rings in self.areas])
        return found

    @cached_property
    def box(self) -> tuple[float, float, float, float]:
        """South, north, west and east, degrees; the east may lie beyond 180."""
        (south, west), (north, east) = (
            end(np.concatenate([ring for rings in self.areas for ring in rings]), axis=0) for end in (np.min, np.max)
        )
        return float(south), float(north), float(west), float(east)


def of_box(name: str, box: tuple[float, float, float, float]) -> Outline:
    """The outline of a box: south, north, west and east, degrees; the east may lie beyond 180."""
    south, north, west, east = box
    # Not by `of`, which would take the short way around the globe for the sides of a box wider than half of it.
    return Outline(name, ((np.array([(south, west), (south, east), (north, east), (north, west)]),),))


def within(corners: Floats, latitudes: ArrayLike, longitudes: ArrayLike) -> Flags:
    """Whether points (degrees, any shape) lie in a polygon (n, 2), by the even-odd rule.

    A way due east from a point inside crosses the border an odd number of times.
    """
    lats = np.asarray(latitudes, np.float64)[..., None]
    lons = np.asarray(longitudes, np.float64)[..., None]
    lat, lon = corners.T
    next_lat, next_lon = np.roll(corners, -1, axis=0).T
    # Half open, so that a way through a corner crosses only one of its two sides, and a side due east is never crossed.
    spans = (lat <= lats) != (next_lat <= lats)
    rise = np.where(next_lat == lat, 1.0, next_lat - lat)
    crossing = lon + (lats - lat) / rise * (next_lon - lon)
    return np.asarray(np.count_nonzero(spans & (crossing > lons), axis=-1) % 2 == 1)


def hull(name: str, latitudes: Floats, longitudes: Floats) -> Outline:
    """The smallest convex outline, on a map of degrees, that holds all points (n,), by Andrew's monotone chain.

    Andrew 1979 (Information Processing Letters 9). Raises InputError where they lie on a line, or around a pole.
    """
    # The widest gap between them tells where the map is to be cut.
    ordered = np.sort(wrapped(longitudes))
    gaps = np.diff(ordered, append=ordered[0] + 360)
    middle = float(ordered[gaps.argmax()] + gaps.max() / 2 + 180)
    points = np.unique(np.column_stack([wrapped(longitudes, middle), latitudes]), axis=0)
    corners = np.array([*_chain(points), *_chain(points[::-1])]) if len(points) > 2 else points
    if gaps.max() < 180 or len(corners) < 3:
        where = "stand all around a pole" if gaps.max() < 180 else "stand on a line"
        raise InputError(f"{name}: its {len(latitudes):,} stations {where}; no outline can be drawn around them")
    return Outline.of(name, [[corners[:, ::-1]]])


def _chain(points: Floats) -> list[Floats]:
    """One side of the hull of sorted points (n, 2), without its last corner."""
    found: list[Floats] = []
    for point in points:
        while len(found) > 1 and _turn(found[-2], found[-1], point) <= 0:
            found.pop()
        found.append(point)
    return found[:-1]


def _turn(one: Floats, two: Floats, three: Floats) -> float:
    """Above 0 where the way over three points turns left."""
    return float((two[0] - one[0]) * (three[1] - one[1]) - (two[1] - one[1]) * (three[0] - one[0]))


def _within_rings(rings: Rings, latitudes: Floats, longitudes: Floats) -> Flags:
    """Whether points (n,) lie within the border and in none of its holes."""
    found = np.zeros(len(latitudes), np.bool_)
    for ring in rings:
        step = max(AT_ONCE // len(ring), 1)
        for first in range(0, len(found), step):
            block = slice(first, first + step)
            found[block] ^= within(ring, latitudes[block], longitudes[block])
    return found


def _continuous(name: str, ring: Floats) -> Floats:
    """The same ring without a jump where it crosses the date line."""
    longitudes = np.unwrap(np.append(ring[:, 1], ring[0, 1]), period=360)
    if abs(longitudes[-1] - longitudes[0]) > 180:
        raise InputError(f"{name}: goes around a pole, where there is no east and west")
    return np.column_stack([ring[:, 0], longitudes[:-1]])


def _beside(ring: Floats, middle: float) -> Floats:
    """The same ring as near to a longitude as whole turns bring it."""
    turns = np.round((middle - ring[:, 1].mean()) / 360)
    return np.asarray(ring + np.array([0.0, 360.0 * turns]))

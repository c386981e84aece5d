"""Where somebody lives: a place drawn by weight, and a point in the disc around it. Arrays, any number of people."""

import numpy as np
from numpy.typing import NDArray

from ewarn.audience.places import Places
from ewarn.seismic.geodesy import offset_deg, wrapped

Floats = NDArray[np.float64]

BLOCK = 1 << 16
"""people worked through at a time: what lies between the steps stays in the processor's cache"""


def chances(weight: Floats) -> Floats:
    """Chance that a draw falls on an element or one before it, of the shape (n,) of `weight`, whose sum is above 0."""
    up_to = (weight / weight.sum()).cumsum()
    return np.asarray(up_to / up_to[-1])


def drawn_from(up_to: Floats, at: Floats) -> NDArray[np.int32]:
    """Index of the element on which each number of `at` falls, in [0, 1), shape (m,); `up_to` is of `chances`."""
    # As `Generator.choice` has it, index for index, but block by block: 8 bytes a person less.
    drawn = np.empty(len(at), np.int32)
    for first in range(0, len(at), BLOCK):
        block = slice(first, first + BLOCK)
        drawn[block] = up_to.searchsorted(at[block], side="right")
    return drawn


def scattered(places: Places, place: NDArray[np.int32], rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Draw a point evenly in the disc of each of `place`, rows of `places`, (n,): latitudes, longitudes, degrees."""
    latitude, longitude = rng.random(len(place)), rng.random(len(place))
    for first in range(0, len(place), BLOCK):
        block = slice(first, first + BLOCK)
        row = place[block]
        # Evenly over the area: radius grows as the root. The two arrays held the draws until now.
        radius, angle = places.scatter_km[row] * np.sqrt(latitude[block]), longitude[block] * 2 * np.pi
        north, east = offset_deg(places.latitude[row], radius * np.sin(angle), radius * np.cos(angle))
        latitude[block] = places.latitude[row] + north
        longitude[block] = wrapped(places.longitude[row] + east)
    return latitude, longitude

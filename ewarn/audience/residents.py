"""How many people live in a circle, by the same discs around places from which users are drawn."""

import numpy as np
from numpy.typing import NDArray

from ewarn.audience.places import Places
from ewarn.audience.users import Circle
from ewarn.seismic.geodesy import distance_km

Floats = NDArray[np.float64]


def residents_within(places: Places, circle: Circle) -> float:
    """People of all places, each place's spread evenly over its disc, who live in the circle."""
    away = distance_km(circle.latitude, circle.longitude, places.latitude, places.longitude)
    return float((places.residents * covered(away, places.scatter_km, circle.radius_km)).sum())


def covered(apart_km: Floats, disc_km: Floats, circle_km: float) -> Floats:
    """Share (0 to 1) of each disc's area that lies in a circle, in the plane; centres `apart_km`, radii above zero.

    Arrays of one shape, and so is what is returned. The area is that of the lens of two circles: a sector of each less
    the kite between their centres.
    """
    apart = np.maximum(apart_km, 1e-9)
    disc_half = np.arccos(np.clip((apart**2 + disc_km**2 - circle_km**2) / (2 * apart * disc_km), -1, 1))
    circle_half = np.arccos(np.clip((apart**2 + circle_km**2 - disc_km**2) / (2 * apart * circle_km), -1, 1))
    # Below zero where one lies in the other, or both apart: then there is no kite.
    product = (disc_km + circle_km) ** 2 - apart**2
    product *= apart**2 - (disc_km - circle_km) ** 2
    kite = np.sqrt(np.maximum(product, 0)) / 2
    lens = disc_km**2 * disc_half + circle_km**2 * circle_half - kite
    return np.asarray(np.clip(lens / (np.pi * disc_km**2), 0, 1))

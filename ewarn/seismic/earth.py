"""The earth as one run takes it: when waves arrive, and how strongly."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ewarn.seismic.intensity import Route, intensity
from ewarn.seismic.travel_times import TravelTimes
from ewarn.seismic.velocity import YUNNAN_2015, VelocityModel


@dataclass(frozen=True)
class EarthModel:
    """What is assumed; plain values that another process can be given."""

    velocity: VelocityModel = YUNNAN_2015
    """layers, by which waves travel"""
    route: Route = "direct"
    """how intensity is found"""
    vs30_m_s: float | None = None
    """of every place, m/s; None: rock, no site term"""


class Earth:
    """A model with its tables of travel times, `times`."""

    def __init__(self, model: EarthModel) -> None:
        self.model = model
        self.times = TravelTimes(model.velocity)

    def intensity(
        self, zone: str, magnitude: float, distance_km: ArrayLike, from_strike_deg: ArrayLike | None = None
    ) -> NDArray[np.float64]:
        """Intensity 1-12 at epicentral distances (km, any shape), by the route and for the sites of this model.

        Angles from strike (degrees) have that shape; None: the mean of both axes.
        """
        return intensity(
            zone, magnitude, distance_km, from_strike_deg, route=self.model.route, vs30_m_s=self.model.vs30_m_s
        )

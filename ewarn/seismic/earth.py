"""The earth as one run takes it: when waves arrive, and how strongly."""

from dataclasses import asdict, astuple, dataclass, field
from typing import Annotated

import numpy as np
from annotated_types import Ge, Le
from numpy.typing import ArrayLike, NDArray

from ewarn.seismic.intensity import (
    SHALLOW_KM,
    Levels,
    Route,
    equations,
    intensity,
    level_index,
    scale,
)
from ewarn.seismic.magnitudes import conversion, converted, expected
from ewarn.seismic.origin import Origin
from ewarn.seismic.rupture import Fault, line_share
from ewarn.seismic.travel_times import TravelTimes
from ewarn.seismic.velocity import YUNNAN_2015, VelocityModel
from ewarn.words import joined, say

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Ground:
    """How the ground shakes."""

    intensity: Route = "direct"
    """How intensity is found: direct, by attenuation of intensity, or instrumental, from the motion of the ground."""
    vs30_m_s: Annotated[float, Ge(100), Le(3000)] | None = None
    """Mean shear-wave velocity of the top 30 m at every place, m/s; without it, rock and no site term."""


@dataclass(frozen=True)
class EarthModel(Ground):
    """What is assumed; plain values that another process can be given."""

    velocity: VelocityModel = YUNNAN_2015
    """layers, by which waves travel"""
    levels: Levels = field(default_factory=Levels)
    """where the levels of a warning begin"""

    @property
    def level_from(self) -> tuple[float, ...]:
        """Lowest intensity of each level but blue."""
        return astuple(self.levels)


@dataclass(frozen=True)
class Shaking:
    """What intensities of a quake rest on, as results name it."""

    zone: str
    equations: str
    scale: str
    magnitude: str
    """type that the equations take"""
    conversion: str | None = None
    """how the quake's own magnitude became one; None: it is one"""
    levels: dict[str, float] = field(default_factory=dict)
    """least intensity of each but the lowest"""

    @property
    def basis(self) -> str:
        """The same in one line: equations, scale, and of which magnitude."""
        basis = say("shaking.basis", self.equations, self.scale, self.magnitude)
        return joined(basis, self.conversion) or basis


class Earth:
    """A model with its tables of travel times, `times`."""

    def __init__(self, model: EarthModel) -> None:
        self.model = model
        self.times = TravelTimes(model.velocity)

    def intensity(
        self,
        zone: str,
        origin: Origin,
        distance_km: ArrayLike,
        azimuth_deg: ArrayLike | None = None,
        fault: Fault | None = None,
    ) -> Floats:
        """Intensity 1-12 at epicentral distances (km, any shape), by the route and for the sites of this model.

        Azimuths from the epicentre (degrees) have that shape, and are wanted where a fault is given; without one, the
        mean of both axes. Raises KeyError for a zone that there is not.
        """
        from_strike = rupture_km = None
        if fault is not None and azimuth_deg is not None:
            distance_km, azimuth_deg = np.asarray(distance_km, np.float64), np.asarray(azimuth_deg, np.float64)
            from_strike = azimuth_deg - fault.strike_deg
            taken = converted(origin.magnitude, origin.magnitude_type, expected(zone))
            if fault.is_line and line_share(taken):
                rupture_km = fault.nearest_km(distance_km, azimuth_deg)
        return intensity(
            zone,
            origin.magnitude,
            distance_km,
            from_strike,
            route=self.model.intensity,
            vs30_m_s=self.model.vs30_m_s,
            depth_km=origin.depth_km,
            magnitude_type=origin.magnitude_type,
            rupture_km=rupture_km,
        )

    def shaking(self, zone: str, origin: Origin) -> Shaking:
        """What intensities of a quake in a zone rest on."""
        return Shaking(
            zone,
            equations(zone, self.model.intensity, self.model.vs30_m_s),
            scale(zone),
            expected(zone),
            _conversion(zone, origin),
            asdict(self.model.levels),
        )

    def level_index(self, intensities: ArrayLike) -> NDArray[np.intp]:
        """Index into `intensity.LEVELS` of each intensity, any shape, by where this model has levels begin."""
        return level_index(intensities, self.model.level_from)


def _conversion(zone: str, origin: Origin) -> str | None:
    """How the magnitude is converted: for the zone's equations and, of a deep quake, for those of Kanno et al."""
    kind, wanted = origin.magnitude_type, expected(zone)
    found = [conversion(origin.magnitude, kind, wanted)]
    if origin.depth_km > SHALLOW_KM and wanted != "Mw":
        said = wanted if kind == "M" else kind
        found.append(conversion(origin.magnitude, said, "Mw"))
    return joined(*found)

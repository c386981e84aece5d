"""The station network: where it listens, with what, and how late its data are at the centre."""

from dataclasses import dataclass, replace
from math import ceil, floor
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from ewarn.errors import InputError
from ewarn.seismic.geodesy import offset_deg, within_180

Box = tuple[float, float, float, float]
"""South, north, west and east, degrees; across the date line west is the greater one."""

REGION: Box = (25.5, 35.0, 96.5, 109.5)
"""Sichuan and about a degree around it."""
REACH_KM = 500.0
"""how far a regular network reaches at the least from the quake around which it stands"""
MOST_STATIONS = 400_000
"""of a regular network"""

KINDS = ("datum", "basic", "ordinary")
"""Broadband with accelerometer; accelerometer; MEMS: the three classes of the national network."""


@dataclass(frozen=True)
class Delay:
    """A lognormal delay, seconds."""

    median_s: float
    sigma_ln: float
    """standard deviation of its natural logarithm"""

    def draw(self, normal: NDArray[np.float64]) -> NDArray[np.float64]:
        """Seconds, of standard normal numbers of any shape, and of that shape."""
        return np.asarray(self.median_s * np.exp(self.sigma_ln * normal))


@dataclass(frozen=True)
class StationClass:
    """What stations of one kind have in common."""

    telemetry: Delay
    """from the ground to the centre"""
    processing: Delay
    """of the recorder: its packets are closed, filtered and sent at intervals"""
    least_pd_cm: float
    """smallest peak displacement of P, cm, that stands out of its noise"""


@dataclass(frozen=True)
class Stations:
    """Where stations stand; arrays of shape (stations,)."""

    code: NDArray[np.str_]
    """name, different for each"""
    latitude: NDArray[np.float64]
    """degrees north"""
    longitude: NDArray[np.float64]
    """degrees east"""
    kind: NDArray[np.uint8]
    """index into `KINDS`"""

    def __len__(self) -> int:
        """Stations."""
        return len(self.code)

    def __getitem__(self, which: NDArray[np.bool_] | NDArray[np.intp]) -> Self:
        """Some of them, by flag or by row."""
        return replace(
            self,
            code=self.code[which],
            latitude=self.latitude[which],
            longitude=self.longitude[which],
            kind=self.kind[which],
        )


@dataclass(frozen=True)
class Network:
    """Stations, and what is known of their classes."""

    name: str
    stations: Stations
    classes: tuple[StationClass, ...]
    """in the order of `KINDS`"""

    @property
    def log_least_pd(self) -> NDArray[np.float64]:
        """Of each station, log10 of its class's least peak displacement, cm; shape (stations,)."""
        return np.log10([of_class.least_pd_cm for of_class in self.classes])[self.stations.kind]

    def delay_s(self, telemetry: NDArray[Any], processing: NDArray[Any]) -> NDArray[np.float64]:
        """Seconds from the ground to the centre, of standard normal numbers whose last axis are the stations.

        Both arrays are of one shape, and so is what is returned.
        """
        delay = np.empty(telemetry.shape)
        for kind, of_class in enumerate(self.classes):
            own = self.stations.kind == kind
            delay[..., own] = of_class.telemetry.draw(telemetry[..., own])
            delay[..., own] += of_class.processing.draw(processing[..., own])
        return delay

    def without(self, codes: frozenset[str]) -> Self:
        """The same but for those that are out. Raises InputError for a code that it does not have."""
        if unknown := codes - set(self.stations.code.tolist()):
            raise InputError(f"network.out: {self.name} has no station {min(unknown)!r}")
        return replace(self, stations=self.stations[~np.isin(self.stations.code, sorted(codes))])

    def thinned(self, share: float, rng: np.random.Generator) -> Self:
        """The same with a share (0 to 1) of its stations out, drawn at random."""
        out = rng.choice(len(self.stations), round(share * len(self.stations)), replace=False)
        return replace(self, stations=self.stations[~np.isin(np.arange(len(self.stations)), out)])


def box_around(latitude: float, longitude: float) -> Box:
    """A box that reaches `REACH_KM` from a place in all directions, but for the poles.

    Its corners are whole degrees, so that the place lies anywhere between the stations of a grid.
    """
    reach = float(offset_deg(0.0, 0.0, REACH_KM)[0])
    south, north = max(floor(latitude - reach), -89), min(ceil(latitude + reach), 89)
    aside = float(offset_deg(max(-south, north), REACH_KM, 0.0)[1])
    west, east = floor(longitude - aside), ceil(longitude + aside)
    if east - west >= 360:
        return south, north, -180.0, 180.0
    return south, north, float(within_180(west)), float(within_180(east))


def regular(spacing_km: float, box: Box = REGION) -> Stations:
    """Rows `spacing_km` apart from south to north, basic stations as far apart in each row.

    Raises InputError where that makes more than `MOST_STATIONS`.
    """
    south, north, west, east = box
    wide = (east - west) % 360 or 360.0
    step = float(offset_deg(0.0, 0.0, spacing_km)[0])
    rows = np.arange(south, north, step)
    aside = offset_deg(rows, spacing_km, 0.0)[1]
    count = int(np.ceil(wide / aside).sum())
    if count > MOST_STATIONS:
        raise InputError(f"network.spacing_km: {spacing_km:g} km makes {count:,} stations, at most {MOST_STATIONS:,}")
    longitudes = [np.arange(west, west + wide, one) for one in aside]
    count = sum(map(len, longitudes))
    return Stations(
        code=np.array([f"G{number:05d}" for number in range(1, count + 1)]),
        latitude=np.repeat(rows, [len(row) for row in longitudes]),
        longitude=within_180(np.concatenate(longitudes)),
        kind=np.full(count, KINDS.index("basic"), np.uint8),
    )

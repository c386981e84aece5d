"""The station network: where it listens, with what, and how late its data are at the centre."""

from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from ewarn.errors import InputError
from ewarn.seismic.geodesy import offset_deg

REGION = (25.5, 35.0, 96.5, 109.5)
"""South, north, west and east of a regular network, degrees: Sichuan and about a degree around it."""

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


def regular(spacing_km: float) -> Stations:
    """Rows `spacing_km` apart from south to north, basic stations as far apart in each row."""
    south, north, west, east = REGION
    step = float(offset_deg(0.0, 0.0, spacing_km)[0])
    latitudes, longitudes = [], []
    for latitude in np.arange(south, north, step):
        row = np.arange(west, east, float(offset_deg(latitude, spacing_km, 0.0)[1]))
        longitudes.append(row)
        latitudes.append(np.full_like(row, latitude))
    count = sum(map(len, longitudes))
    return Stations(
        code=np.array([f"G{number:05d}" for number in range(1, count + 1)]),
        latitude=np.concatenate(latitudes),
        longitude=np.concatenate(longitudes),
        kind=np.full(count, KINDS.index("basic"), np.uint8),
    )

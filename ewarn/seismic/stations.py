"""The station network: where it listens, with what, and how late its data are at the centre."""

from dataclasses import dataclass, replace
from typing import Annotated, Any, Self

import numpy as np
from annotated_types import Ge, Gt, Le
from numpy.typing import NDArray

from ewarn.errors import InputError
from ewarn.seismic.geodesy import offset_deg, wrapped

REGION = (25.5, 35.0, 96.5, 109.5)
"""South, north, west and east of a regular network, degrees: Sichuan and about a degree around it."""
SURROUNDINGS_KM = 500.0
"""How far a regular network reaches around a quake: P takes a minute to its edge, as long as a series lasts."""
FARTHEST_LATITUDE = 85.0
"""No rows of a regular network beyond it, degrees: they would be a handful of stations."""

MOST_STATIONS = 400_000
"""of a regular network"""

KINDS = ("datum", "basic", "ordinary")
"""Broadband with accelerometer; accelerometer; MEMS: the three classes of the national network."""


@dataclass(frozen=True)
class Delay:
    """A lognormal delay, seconds."""

    median_s: Annotated[float, Gt(0), Le(60)]
    """Median of the delay, seconds."""
    sigma_ln: Annotated[float, Ge(0), Le(2)]
    """Standard deviation of its natural logarithm; no unit."""

    def draw(self, normal: NDArray[np.float64]) -> NDArray[np.float64]:
        """Seconds, of standard normal numbers of any shape, and of that shape."""
        return np.asarray(self.median_s * np.exp(self.sigma_ln * normal))


@dataclass(frozen=True)
class StationClass:
    """What stations of one kind have in common."""

    telemetry: Delay
    """Delay from the station to the centre."""
    processing: Delay
    """Delay of the recorder: its packets are closed, filtered and sent at intervals."""
    least_pd_cm: Annotated[float, Gt(0), Le(1)]
    """Smallest peak displacement of P that stands out of its noise, cm."""


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
    drawn: int | None = None
    """stations of the network that these are what is left of; None: these are all"""
    drawn_row: NDArray[np.intp] | None = None
    """which rows of that network these are; None: all"""

    def __len__(self) -> int:
        """Stations."""
        return len(self.code)

    def normal(self, rng: np.random.Generator, numbers: int) -> NDArray[np.float64]:
        """So many standard normal numbers of each, shape (stations, numbers); an outage of others changes none."""
        found = rng.standard_normal((len(self) if self.drawn is None else self.drawn, numbers))
        return found if self.drawn_row is None else found[self.drawn_row]

    def __getitem__(self, which: NDArray[np.bool_] | NDArray[np.intp]) -> Self:
        """Some of them, by flag or by row."""
        return replace(
            self,
            code=self.code[which],
            latitude=self.latitude[which],
            longitude=self.longitude[which],
            kind=self.kind[which],
            drawn=len(self) if self.drawn is None else self.drawn,
            drawn_row=(np.arange(len(self)) if self.drawn_row is None else self.drawn_row)[which],
        )


@dataclass(frozen=True)
class Network:
    """Stations, and what is known of their classes."""

    name: str
    stations: Stations
    classes: tuple[StationClass, ...]
    """in the order of `KINDS`"""
    source: str = ""
    """where its stations are from, in words"""

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


Box = tuple[float, float, float, float]
"""South, north, west and east, degrees; the east may lie beyond 180."""


def around(latitude: float, longitude: float) -> Box:
    """The box that a regular network covers around an epicentre, degrees."""
    north = float(offset_deg(0.0, 0.0, SURROUNDINGS_KM)[0])
    east = min(north / np.cos(np.radians(min(abs(latitude), FARTHEST_LATITUDE))), 180.0)
    return latitude - north, latitude + north, longitude - east, longitude + east


def regular(spacing_km: float, box: Box = REGION, begin: tuple[float, float] = (0.0, 0.0)) -> Stations:
    """Rows `spacing_km` apart from south to north, basic stations as far apart in each row.

    `begin` moves the first row, and the first station of each, by so many spacings (0 to 1) north and east. Raises
    InputError where that makes more than `MOST_STATIONS`, or none.
    """
    whole_south, whole_north, west, east = box
    south, north = max(whole_south, -FARTHEST_LATITUDE), min(whole_north, FARTHEST_LATITUDE)
    step = float(offset_deg(0.0, 0.0, spacing_km)[0])
    count = int(np.ceil((east - west) / offset_deg(np.arange(south, north, step), spacing_km, 0.0)[1]).sum())
    if count > MOST_STATIONS:
        raise InputError(f"network.spacing_km: {spacing_km:g} km makes {count:,} stations, at most {MOST_STATIONS:,}")
    rows = np.arange(south + begin[0] * step, north, step)
    if not len(rows):
        raise InputError(
            f"network.spacing_km: a regular network reaches to {FARTHEST_LATITUDE:g} degrees of latitude, "
            f"and has no row {spacing_km:g} km apart between "
            f"{max(whole_south, -90.0):.2f} and {min(whole_north, 90.0):.2f}"
        )
    latitudes, longitudes = [], []
    for latitude in rows:
        apart = float(offset_deg(latitude, spacing_km, 0.0)[1])
        row = np.arange(west + begin[1] * apart, east, apart)
        longitudes.append(row)
        latitudes.append(np.full_like(row, latitude))
    count = sum(map(len, longitudes))
    return Stations(
        code=np.array([f"G{number:05d}" for number in range(1, count + 1)]),
        latitude=np.concatenate(latitudes),
        longitude=wrapped(np.concatenate(longitudes)),
        kind=np.full(count, KINDS.index("basic"), np.uint8),
    )

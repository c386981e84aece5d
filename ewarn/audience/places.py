"""Populated places of Sichuan and of China, weighted so that each prefecture or province has its census total."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources

import numpy as np
from numpy.typing import NDArray

from ewarn.seismic.geodesy import distance_km

UNKNOWN_POPULATION = 5_000
"""Stands in where GeoNames knows no population (0): the size of a small county seat."""

SCATTER_KM = (2.0, 15.0)
"""Least and greatest radius of the disc around a place in which its people live."""


@dataclass(frozen=True)
class Places:
    """Where people live; arrays of one length."""

    latitude: NDArray[np.float64]
    longitude: NDArray[np.float64]
    residents: NDArray[np.float64]
    """people who live nearest to it; each group's places sum to its census total"""
    group: NDArray[np.intp]
    """index into `group_names`: of the prefecture or province"""
    scatter_km: NDArray[np.float64]
    """radius of the disc in which they live: half the way to the next place, within `SCATTER_KM`"""
    group_names: tuple[str, ...]


def sichuan() -> Places:
    """GeoNames places (CC BY 4.0) under the totals of the Seventh National Population Census, 2020, by prefecture."""
    places, prefectures = _rows("sichuan_places.csv"), _rows("sichuan_prefectures.csv")
    latitude, longitude = _column(places, "latitude"), _column(places, "longitude")
    seats = zip(_column(prefectures, "latitude"), _column(prefectures, "longitude"), strict=True)
    nearest = np.argmin([distance_km(lat, lon, latitude, longitude) for lat, lon in seats], axis=0)
    names = tuple(row["prefecture"] for row in prefectures)
    return _weighted(places, nearest, _column(prefectures, "population"), names)


def china() -> Places:
    """The same for mainland China, by province: towns of 5,000 and more."""
    places, provinces = _rows("china_places.csv"), _rows("china_provinces.csv")
    index = {row["admin1code"]: at for at, row in enumerate(provinces)}
    province = np.array([index[row["admin1code"]] for row in places])
    return _weighted(places, province, _column(provinces, "population"), tuple(row["province"] for row in provinces))


BY_NAME = {"sichuan": sichuan, "china": china}


def of_units(
    latitude: NDArray[np.float64],
    longitude: NDArray[np.float64],
    area_km2: NDArray[np.float64],
    residents: NDArray[np.float64],
    group: Sequence[str],
) -> Places:
    """Units of any kind, such as counties, whose people are spread over a disc as large as the unit."""
    names, index = np.unique(np.array(group), return_inverse=True)
    return Places(latitude, longitude, residents, index, np.sqrt(area_km2 / np.pi), tuple(names.tolist()))


def _weighted(
    places: list[dict[str, str]], group: NDArray[np.intp], totals: NDArray[np.float64], names: tuple[str, ...]
) -> Places:
    latitude, longitude, known = (_column(places, name) for name in ("latitude", "longitude", "population"))
    # GeoNames gives one town its whole province's residents.
    size = np.where((known > 0) & (known < totals[group]), known, UNKNOWN_POPULATION)
    return Places(
        latitude=latitude,
        longitude=longitude,
        residents=size / np.bincount(group, size)[group] * totals[group],
        group=group,
        scatter_km=np.clip(_to_the_next_km(latitude, longitude) / 2, *SCATTER_KM),
        group_names=names,
    )


def _to_the_next_km(latitude: NDArray[np.float64], longitude: NDArray[np.float64]) -> NDArray[np.float64]:
    nearest = np.empty(len(latitude))
    for index, (north, east) in enumerate(zip(latitude, longitude, strict=True)):
        away = distance_km(north, east, latitude, longitude)
        away[index] = np.inf
        nearest[index] = away.min()
    return nearest


def seats() -> list[tuple[str, float, float]]:
    """Name, latitude and longitude of the seat of each prefecture of Sichuan."""
    rows = _rows("sichuan_prefectures.csv")
    return [(row["prefecture"], float(row["latitude"]), float(row["longitude"])) for row in rows]


def _rows(name: str) -> list[dict[str, str]]:
    text = resources.files(__package__).joinpath(name).read_text(encoding="utf-8")
    return list(csv.DictReader(line for line in text.splitlines() if not line.startswith("#")))


def _column(rows: list[dict[str, str]], name: str) -> NDArray[np.float64]:
    return np.array([float(row[name]) for row in rows])

"""Populated places of Sichuan, weighted so that each prefecture matches its census total."""

import csv
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
    """people who live nearest to it; each prefecture's places sum to its census total"""
    prefecture: NDArray[np.intp]
    """index of the nearest prefecture seat, in the order of `prefecture_names`"""
    scatter_km: NDArray[np.float64]
    """radius of the disc in which they live: half the way to the next place, within `SCATTER_KM`"""
    prefecture_names: tuple[str, ...]


def sichuan() -> Places:
    """GeoNames places (CC BY 4.0) under the totals of the Seventh National Population Census, 2020."""
    places, prefectures = _rows("sichuan_places.csv"), _rows("sichuan_prefectures.csv")
    latitude, longitude = _column(places, "latitude"), _column(places, "longitude")
    seats = zip(_column(prefectures, "latitude"), _column(prefectures, "longitude"), strict=True)
    nearest = np.argmin([distance_km(lat, lon, latitude, longitude) for lat, lon in seats], axis=0)
    known = _column(places, "population")
    size = np.where(known > 0, known, UNKNOWN_POPULATION)
    share = size / np.bincount(nearest, size)[nearest]
    apart = np.array([distance_km(lat, lon, latitude, longitude) for lat, lon in zip(latitude, longitude, strict=True)])
    np.fill_diagonal(apart, np.inf)
    return Places(
        latitude=latitude,
        longitude=longitude,
        residents=share * _column(prefectures, "population")[nearest],
        prefecture=nearest,
        scatter_km=np.clip(apart.min(axis=0) / 2, *SCATTER_KM),
        prefecture_names=tuple(row["prefecture"] for row in prefectures),
    )


def seats() -> list[tuple[str, float, float]]:
    """Name, latitude and longitude of the seat of each prefecture of Sichuan."""
    rows = _rows("sichuan_prefectures.csv")
    return [(row["prefecture"], float(row["latitude"]), float(row["longitude"])) for row in rows]


def _rows(name: str) -> list[dict[str, str]]:
    text = resources.files(__package__).joinpath(name).read_text(encoding="utf-8")
    return list(csv.DictReader(line for line in text.splitlines() if not line.startswith("#")))


def _column(rows: list[dict[str, str]], name: str) -> NDArray[np.float64]:
    return np.array([float(row[name]) for row in rows])

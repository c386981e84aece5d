"""Populated places of Sichuan or China, weighted so that each prefecture or province matches its census total."""

import csv
from dataclasses import dataclass
from importlib import resources

import numpy as np
from numpy.typing import NDArray

from ewarn.audience.followed import spread
from ewarn.seismic.geodesy import EARTH_RADIUS_KM, distance_km
from ewarn.words import Named

UNKNOWN_POPULATION = 5_000
"""Stands in where GeoNames knows no population (0): the size of a small county seat."""

SCATTER_KM = (2.0, 15.0)
"""Least and greatest radius of the disc around a place in which its people live: an assumption."""


@dataclass(frozen=True)
class Places:
    """Where people live; arrays of shape (places,)."""

    latitude: NDArray[np.float64]
    """degrees north"""
    longitude: NDArray[np.float64]
    """degrees east"""
    residents: NDArray[np.float64]
    """people who live nearest to it, more than none; where there is a census, each group's places sum to its total"""
    group: NDArray[np.intp]
    """index into `group_names`: its prefecture (in Sichuan that of the nearest seat), or its province"""
    scatter_km: NDArray[np.float64]
    """radius of the disc in which they live: around a town half the way to the next, within `SCATTER_KM`"""
    group_names: tuple[str, ...]
    """prefectures or provinces"""
    names: tuple[str, ...] = ()
    """of the places, where they are known"""

    def __len__(self) -> int:
        """Places."""
        return len(self.latitude)


def sichuan() -> Places:
    """GeoNames places (CC BY 4.0) under the totals of the Seventh National Population Census, 2020, by prefecture."""
    places, prefectures = _rows("sichuan_places.csv"), _rows("sichuan_prefectures.csv")
    latitude, longitude = _column(places, "latitude"), _column(places, "longitude")
    seats = zip(_column(prefectures, "latitude"), _column(prefectures, "longitude"), strict=True)
    nearest = np.argmin([distance_km(lat, lon, latitude, longitude) for lat, lon in seats], axis=0)
    return _under_census(
        places, nearest, _column(prefectures, "population"), [row["prefecture"] for row in prefectures]
    )


def china() -> Places:
    """GeoNames places (CC BY 4.0) of the mainland under the totals of the same census, by province."""
    places, provinces = _rows("china_places.csv"), _rows("china_provinces.csv")
    province = {row["admin1"]: index for index, row in enumerate(provinces)}
    group = np.array([province[row["admin1"]] for row in places])
    return _under_census(places, group, _column(provinces, "population"), [row["province"] for row in provinces])


def seats() -> list[tuple[str, float, float]]:
    """Name, latitude and longitude (degrees) of the seat of each prefecture of Sichuan."""
    rows = _rows("sichuan_prefectures.csv")
    return [
        (Named(row["prefecture"], {"zh": _short(row["name_zh"])}), float(row["latitude"]), float(row["longitude"]))
        for row in rows
    ]


def _short(name: str) -> str:
    """A prefecture as people call it: 成都 of 成都市, 阿坝 of 阿坝藏族羌族自治州."""
    return name[:2] if name.endswith("自治州") else name.removesuffix("市")


def _under_census(
    places: list[dict[str, str]], group: NDArray[np.intp], totals: NDArray[np.float64], names: list[str]
) -> Places:
    """Share each group's total out by the size of its towns."""
    latitude, longitude, known = (_column(places, name) for name in ("latitude", "longitude", "population"))
    size = np.where(known > 0, known, UNKNOWN_POPULATION)
    return Places(
        latitude=latitude,
        longitude=longitude,
        residents=size / np.bincount(group, size)[group] * totals[group],
        group=group,
        scatter_km=np.clip(_next_km(latitude, longitude) / 2, *SCATTER_KM),
        group_names=tuple(names),
        names=tuple(row["name"] for row in places),
    )


def _next_km(latitude: NDArray[np.float64], longitude: NDArray[np.float64]) -> NDArray[np.float64]:
    """Way from each place (degrees) to the next, km, shape (places,).

    Where that is more than two of the greatest discs, no less than it, and perhaps infinite.
    """
    # All pairs of China would be 24 million; a place further north or south by the greatest way is none nearer.
    reach = np.degrees(2 * SCATTER_KM[1] / EARTH_RADIUS_KM)
    order = np.argsort(latitude, kind="stable")
    north = latitude[order]
    first, last = np.searchsorted(north, north - reach), np.searchsorted(north, north + reach, "right")
    own = np.repeat(order, last - first)
    other = order[spread(first, last - first)]
    away = distance_km(latitude[own], longitude[own], latitude[other], longitude[other])
    away[own == other] = np.inf
    nearest = np.empty(len(order))
    nearest[order] = np.minimum.reduceat(away, np.cumsum(last - first) - (last - first))
    return nearest


def _rows(name: str) -> list[dict[str, str]]:
    text = resources.files(__package__).joinpath(name).read_text(encoding="utf-8")
    return list(csv.DictReader(line for line in text.splitlines() if not line.startswith("#")))


def _column(rows: list[dict[str, str]], name: str) -> NDArray[np.float64]:
    return np.array([float(row[name]) for row in rows])

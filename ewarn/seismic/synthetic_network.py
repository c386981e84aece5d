"""A made-up station network of Sichuan, as uneven as the real one, whose positions are not public.

Make the committed file anew: `python -m ewarn.seismic.synthetic_network > configs/stations/sichuan.csv`.
"""

import argparse
import csv
import sys
from typing import TextIO

import numpy as np
from numpy.typing import NDArray

from ewarn.seismic.outlines import within
from ewarn.seismic.sichuan import OUTLINE, inside, plane_km
from ewarn.seismic.stations import KINDS, Stations

COUNT = 2246
"""Stations of the real network in Sichuan (press)."""

SHARES = {"datum": 0.08, "basic": 0.22, "ordinary": 0.70}
"""Of the classes: an assumption. Known is only that most of the stations are ordinary ones."""

SITES_PER_STATION = 8
"""Sites to choose from. Few, so that the spacing is as uneven as that of villages and valleys."""

FAULTS = (
    # Longmenshan: Tianquan, Baoxing, Yingxiu, Beichuan, Nanba, Qingchuan
    np.array([(30.05, 102.60), (30.45, 102.90), (31.06, 103.49), (31.83, 104.46), (32.20, 104.84), (32.60, 105.25)]),
    # Xianshuihe: Ganzi, Luhuo, Daofu, Bamei, Kangding, Moxi, Shimian
    np.array(
        [
            *((31.62, 100.00), (31.39, 100.68), (30.98, 101.12), (30.48, 101.48)),
            *((30.05, 101.96), (29.65, 102.12), (29.23, 102.36)),
        ]
    ),
    # Anninghe and Zemuhe: Shimian, Mianning, Xichang, Puge, the Jinsha river by Qiaojia
    np.array([(29.23, 102.36), (28.55, 102.17), (27.90, 102.26), (27.38, 102.54), (26.92, 102.90)]),
)
"""Polylines (n, 2), degrees: the well known traces, by the towns that they pass; approximate, within some 10 km."""

BASIN = np.array(
    [
        # Along the foot of the mountains: Guangyuan, Jiangyou, Dujiangyan, Ya'an, Emei, Muchuan, Gaoxian, Xuyong
        *((32.45, 105.80), (31.80, 104.75), (31.00, 103.62), (29.98, 103.00), (29.60, 103.40), (28.95, 103.90)),
        *((28.40, 104.50), (28.20, 105.40)),
        # Beyond the border in the east, and back by Wanyuan and Nanjiang
        *((28.20, 107.00), (30.00, 109.00), (31.80, 109.00), (32.00, 108.10), (32.35, 106.85)),
    ]
)
"""Polygon (n, 2), degrees: the Sichuan basin on this side of the border; approximate."""

REMOTE = np.array([(33.60, 98.20), (32.80, 99.80), (33.00, 101.70), (33.70, 102.80)])
"""Polyline (n, 2), degrees: where fewest people live, from Shiqu by Seda and Aba to Ruoergai."""

FAULT_KM, BASIN_KM, HILLS_KM, REMOTE_KM = 9.0, 11.5, 22.0, 55.0
"""Spacings wanted: along a fault, in the basin, elsewhere, where it is remotest; such that about `COUNT` stations come
of them. Key zones are planned with 10-15 km (press); `COUNT` stations on 486,000 km2 stand 14.7 km apart on the mean.
Other counts get the same pattern, denser or thinner.
"""

FAULT_ZONE_KM = 15.0
"""Half the width of the dense strip along a fault."""

SLOPE = 0.3
"""km of spacing more for each km away: zones run into one another."""


def wanted_km(latitudes: NDArray[np.float64], longitudes: NDArray[np.float64]) -> NDArray[np.float64]:
    """Spacing wanted at places (n,), degrees: what the densest zone in reach asks for, km."""
    from_basin = _away_km(np.vstack([BASIN, BASIN[:1]]), latitudes, longitudes)
    from_basin[within(BASIN, latitudes, longitudes)] = 0.0
    from_fault = np.minimum.reduce([_away_km(fault, latitudes, longitudes) for fault in FAULTS])
    from_remote = _away_km(REMOTE, latitudes, longitudes)
    near_fault = FAULT_KM + SLOPE * np.maximum(from_fault - FAULT_ZONE_KM, 0.0)
    far_off = np.maximum(REMOTE_KM - SLOPE * from_remote, HILLS_KM)
    return np.asarray(np.minimum(np.minimum(near_fault, BASIN_KM + SLOPE * from_basin), far_off))


def generate(count: int, rng: np.random.Generator) -> Stations:
    """Spread stations over Sichuan: blue noise, with distances measured in the spacing wanted there.

    The first codes are the datum stations, then come the basic ones: each station in the order of the codes stands
    farthest from all before it, so any number of first ones is spread evenly over the province, not over the network.
    """
    latitudes, longitudes = _sites(count * SITES_PER_STATION, rng)
    # A station's mirror image stands beyond the border, or too many would crowd along it.
    mirror_km = 2 * _away_km(np.vstack([OUTLINE, OUTLINE[:1]]), latitudes, longitudes)
    chosen = _farthest_first(latitudes, longitudes, wanted_km(latitudes, longitudes), mirror_km, count)
    latitudes, longitudes, mirror_km = latitudes[chosen], longitudes[chosen], mirror_km[chosen]
    order = _farthest_first(latitudes, longitudes, np.ones(count), mirror_km, count)
    return Stations(
        code=np.array([f"SC{number:04d}" for number in range(1, count + 1)]),
        latitude=latitudes[order],
        longitude=longitudes[order],
        kind=_kinds(count),
    )


def write(stations: Stations, file: TextIO, note: str) -> None:
    """Write a line a station, below the lines of `note` as comments."""
    file.writelines(f"# {line}\n" for line in note.splitlines())
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(("code", "latitude", "longitude", "class"))
    columns = (stations.code.tolist(), stations.latitude.tolist(), stations.longitude.tolist(), stations.kind.tolist())
    for code, latitude, longitude, kind in zip(*columns, strict=True):
        writer.writerow((code, f"{latitude:.4f}", f"{longitude:.4f}", KINDS[kind]))


def main() -> None:
    """Write a network to stdout."""
    parser = argparse.ArgumentParser(prog="python -m ewarn.seismic.synthetic_network", description=main.__doc__)
    parser.add_argument("--count", type=int, default=COUNT)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    note = (
        "Synthetic: not the real network of Sichuan, whose positions are not public, but about as dense where it is.\n"
        f"Made by ewarn/seismic/synthetic_network.py, --count {given.count} --seed {given.seed}"
    )
    write(generate(given.count, np.random.default_rng(given.seed)), sys.stdout, note)


def _sites(least: int, rng: np.random.Generator) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """At least so many places inside Sichuan, latitudes and longitudes (n,): more where stations are to be dense."""
    (south, west), (north, east) = OUTLINE.min(axis=0), OUTLINE.max(axis=0)
    found: list[NDArray[np.float64]] = []
    while sum(map(len, found)) < least:
        # Rounded already here: what is inside stays inside. Uniform in the sine of latitude is uniform in area.
        sines = rng.uniform(np.sin(np.radians(south)), np.sin(np.radians(north)), least)
        darts = np.column_stack([np.degrees(np.arcsin(sines)), rng.uniform(west, east, least)]).round(4)
        darts, luck = darts[hit := inside(*darts.T)], rng.random(least)[hit]
        found.append(darts[luck < (FAULT_KM / wanted_km(*darts.T)) ** 2])
    latitudes, longitudes = np.concatenate(found).T
    return latitudes, longitudes


def _farthest_first(
    latitudes: NDArray[np.float64],
    longitudes: NDArray[np.float64],
    unit_km: NDArray[np.float64],
    mirror_km: NDArray[np.float64],
    count: int,
) -> NDArray[np.intp]:
    """Rows of `count` places out of (n,), each farthest from those before it and its mirror image, in its own unit."""
    east, north = plane_km(latitudes, longitudes)
    gap = (mirror_km / unit_km) ** 2
    rows = np.empty(count, np.intp)
    for turn in range(count):
        rows[turn] = row = np.argmax(gap)
        np.minimum(gap, ((east - east[row]) ** 2 + (north - north[row]) ** 2) / unit_km**2, out=gap)
    return rows


def _away_km(
    line: NDArray[np.float64], latitudes: NDArray[np.float64], longitudes: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Distance of places (n,) from a polyline (m, 2), all in degrees, km."""
    corners = np.column_stack(plane_km(*line.T))
    places = np.column_stack(plane_km(latitudes, longitudes))[:, None]
    starts, sides = corners[:-1], np.diff(corners, axis=0)
    along = np.clip(((places - starts) * sides).sum(axis=-1) / (sides**2).sum(axis=-1), 0.0, 1.0)
    feet = starts + along[..., None] * sides
    return np.asarray(np.sqrt(((places - feet) ** 2).sum(axis=-1)).min(axis=1))


def _kinds(count: int) -> NDArray[np.uint8]:
    """Indices into `KINDS` (count,), datum stations first."""
    ends = np.round(np.cumsum([SHARES[kind] for kind in KINDS]) * count)
    return np.searchsorted(ends, np.arange(count), side="right").astype(np.uint8)


if __name__ == "__main__":
    main()

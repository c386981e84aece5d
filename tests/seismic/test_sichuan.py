"""The outline of Sichuan, against its places, its neighbours' towns and its area."""

import csv
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ewarn.seismic.geodesy import distance_km
from ewarn.seismic.sichuan import OUTLINE, area_km2, inside, plane_km, within

AUDIENCE = Path(__file__).parents[2] / "ewarn" / "audience"
SQUARE = np.array([(30.0, 100.0), (30.0, 102.0), (32.0, 102.0), (32.0, 100.0)])
HORSESHOE = np.array([(0, 0), (0, 6), (6, 6), (6, 4), (2, 4), (2, 2), (6, 2), (6, 0)], float)


def places(name):
    with (AUDIENCE / name).open(encoding="utf-8") as file:
        rows = list(csv.DictReader(line for line in file if not line.startswith("#")))
    return [[float(row[key]) for row in rows] for key in ("latitude", "longitude")]


def test_every_prefecture_seat_lies_inside():
    latitudes, longitudes = places("sichuan_prefectures.csv")
    assert len(latitudes) == 21
    assert inside(latitudes, longitudes).all()


def test_almost_every_place_of_sichuan_lies_inside():
    assert inside(*places("sichuan_places.csv")).mean() >= 0.98


@pytest.mark.parametrize(
    "place",
    [(33.0, 98.1), (31.81, 98.58), (30.0, 99.11), (33.58, 102.96), (33.26, 104.24), (32.08, 108.04), (28.81, 105.83)],
    ids=["Shiqu", "Dege", "Batang", "Ruoergai", "Jiuzhaigou", "Wanyuan", "Hejiang"],
)
def test_counties_on_the_border_lie_inside(place):
    assert inside(*place)


@pytest.mark.parametrize(
    "place",
    [
        *((29.56, 106.55), (34.34, 108.94), (25.04, 102.71), (26.65, 106.63), (36.06, 103.83), (36.62, 101.78)),
        *((27.34, 103.72), (33.07, 107.02), (31.14, 97.17), (34.92, 98.21)),
        *((30.19, 105.84), (28.59, 105.70), (26.63, 101.27), (27.83, 99.70), (33.00, 97.01), (33.43, 101.48)),
    ],
    ids=[
        *("Chongqing", "Xi'an", "Kunming", "Guiyang", "Lanzhou", "Xining", "Zhaotong", "Hanzhong", "Chamdo", "Maduo"),
        *("Tongnan", "Chishui", "Huaping", "Shangri-La", "Yushu", "Jiuzhi"),
    ],
)
def test_towns_of_the_neighbours_lie_outside(place):
    assert not inside(*place)


def test_the_area_is_that_of_the_yearbooks():
    assert area_km2() == pytest.approx(486_000, rel=0.04)


def test_darts_thrown_at_the_outline_find_the_same_area():
    # A mean of 400,000 darts is right to 0.2 %.
    rng = np.random.default_rng(7)
    (south, west), (north, east) = OUTLINE.min(axis=0), OUTLINE.max(axis=0)
    sines = np.sin(np.radians([south, north]))
    latitudes = np.degrees(np.arcsin(rng.uniform(*sines, (20, 20_000))))
    longitudes = rng.uniform(west, east, (20, 20_000))
    hit = np.mean([inside(*darts).mean() for darts in zip(latitudes, longitudes, strict=True)])
    assert hit * 6371**2 * np.radians(east - west) * np.diff(sines)[0] == pytest.approx(area_km2(), rel=0.01)


def test_the_border_never_crosses_itself():
    starts, ends = OUTLINE, np.roll(OUTLINE, -1, axis=0)

    def side(points, start, end):
        return np.sign(
            np.cross(np.append(end - start, 0), np.column_stack([points - start, np.zeros(len(points))]))[:, 2]
        )

    for start, end in zip(starts, ends, strict=True):
        apart = side(starts, start, end) * side(ends, start, end) < 0
        back = np.array(
            [side(np.array([start, end]), one, two).prod() < 0 for one, two in zip(starts, ends, strict=True)]
        )
        assert not (apart & back).any()


@settings(max_examples=100, deadline=None)
@given(st.floats(29, 33), st.floats(99, 103))
def test_a_square_holds_what_lies_between_its_sides(latitude, longitude):
    if min(abs(latitude - 30), abs(latitude - 32), abs(longitude - 100), abs(longitude - 102)) > 1e-9:
        assert within(SQUARE, latitude, longitude) == (30 < latitude < 32 and 100 < longitude < 102)


def test_a_bay_is_outside_and_both_arms_beside_it_are_inside():
    assert within(HORSESHOE, [4.0, 4.0, 4.0, 1.0, 7.0], [1.0, 3.0, 5.0, 3.0, 3.0]).tolist() == [1, 0, 1, 1, 0]


def test_a_way_through_a_corner_counts_once():
    diamond = np.array([(0.0, -1.0), (1.0, 0.0), (0.0, 1.0), (-1.0, 0.0)])
    assert within(diamond, [0.0, 0.0, 0.0, 1.0], [0.0, -2.0, 2.0, -1.0]).tolist() == [True, False, False, False]


def test_points_of_any_shape_keep_it_and_the_turn_of_the_border_does_not_matter():
    latitudes, longitudes = np.meshgrid(np.linspace(26, 34, 9), np.linspace(97, 109, 13), indexing="ij")
    assert inside(latitudes, longitudes).shape == (9, 13)
    assert inside(30.67, 104.07).shape == ()
    assert np.array_equal(inside(latitudes, longitudes), within(OUTLINE[::-1], latitudes, longitudes))


def test_distances_in_the_plane_are_true_within_3_per_cent():
    rng = np.random.default_rng(3)
    for _ in range(200):
        latitude, longitude = rng.uniform(26, 34), rng.uniform(97.4, 108.5)
        others = latitude + rng.uniform(-0.4, 0.4, 20), longitude + rng.uniform(-0.4, 0.4, 20)
        (east, north), (easts, norths) = plane_km(latitude, longitude), plane_km(*others)
        flat = np.hypot(easts - east, norths - north)
        assert flat == pytest.approx(distance_km(latitude, longitude, *others), rel=0.03)

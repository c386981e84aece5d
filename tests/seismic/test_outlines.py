"""Outlines: what lies in them, across the date line too, and hulls of stations."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from ewarn.errors import InputError
from ewarn.seismic.outlines import Outline, hull
from ewarn.seismic.release import grid
from ewarn.seismic.sichuan import SICHUAN, inside

FIJI = Outline.of("fiji", [[[(-19, 178), (-19, -178), (-16, -178), (-16, 178)]]])
CUT = Outline.of(
    "cut", [[[(-19, 178), (-19, 180), (-16, 180), (-16, 178)]], [[(-19, -180), (-19, -178), (-16, -178), (-16, -180)]]]
)


@given(st.floats(-25, -10), st.floats(-180, 180))
def test_across_the_date_line_east_and_west_are_neighbours(latitude, longitude):
    expected = -19 < latitude < -16 and abs(longitude) > 178
    assume(min(abs(latitude + 19), abs(latitude + 16), abs(abs(longitude) - 178), 180 - abs(longitude)) > 1e-6)
    assert FIJI.contains(latitude, longitude) == CUT.contains(latitude, longitude) == expected


def test_sichuan_holds_what_it_always_held():
    latitude, longitude = np.meshgrid(np.linspace(25, 36, 60), np.linspace(96, 110, 60))
    assert np.array_equal(SICHUAN.contains(latitude, longitude), inside(latitude, longitude))


def test_a_hole_is_outside_and_an_island_in_it_inside():
    def square(half):
        return [(30 - half, 100 - half), (30 - half, 100 + half), (30 + half, 100 + half), (30 + half, 100 - half)]

    ring = Outline.of("ring", [[square(3), square(2)], [square(1)]])
    assert ring.contains([30.0, 31.5, 32.5, 34.0], [100.0, 100.0, 100.0, 100.0]).tolist() == [True, False, True, False]


def test_an_outline_around_a_pole_is_refused():
    with pytest.raises(InputError, match="south: goes around a pole"):
        Outline.of("south", [[[(-70, -120), (-70, 0), (-70, 120)]]])


@given(
    st.lists(st.tuples(st.floats(-60, 60), st.floats(0, 40)), min_size=3, max_size=40, unique=True),
    st.floats(-180, 180),
)
def test_a_hull_holds_every_station_and_turns_one_way(places, west):
    latitude, longitude = np.array(places).round(3).T
    longitude = (west + longitude + 180) % 360 - 180
    try:
        around = hull("net", latitude, longitude)
    except InputError as error:
        assert "on a line" in str(error)
        return
    ring = around.areas[0][0]
    middle = ring.mean(axis=0)
    # Drawn in a hair, as those on the border are neither in nor out.
    assert around.contains(
        *(np.column_stack([latitude, (longitude - middle[1] + 180) % 360 - 180 + middle[1]]) * 0.999 + middle * 0.001).T
    ).all()
    sides = np.roll(ring, -1, axis=0) - ring
    after = np.roll(sides, -1, axis=0)
    turns = sides[:, 1] * after[:, 0] - sides[:, 0] * after[:, 1]
    assert (turns > -1e-9).all()


@pytest.mark.parametrize("places", [[(30, 100), (31, 101)], [(30, 100), (31, 101), (32, 102)], [(30, 100)] * 5])
def test_stations_on_a_line_have_no_hull(places):
    with pytest.raises(InputError, match=r"net: its \d stations stand on a line"):
        hull("net", *np.array(places, float).T)


def test_stations_all_around_a_pole_have_no_hull():
    with pytest.raises(InputError, match="all around a pole"):
        hull("net", np.full(8, 80.0), np.arange(-180.0, 180, 45))


@pytest.mark.parametrize("outline", [SICHUAN, FIJI], ids=["Sichuan", "Fiji"])
def test_origins_lie_in_their_outline_as_many_as_its_area_holds(outline):
    origins = grid(20.0, (10.0,), 5.0, outline)
    assert outline.contains(origins.latitude, origins.longitude).all()
    assert (np.abs(origins.longitude) <= 180).all()
    darts = np.random.default_rng(1).random((2, 40_000))
    south, north, west, east = outline.box
    sines = np.sin(np.radians([south, north]))
    latitude = np.degrees(np.arcsin(sines[0] + darts[0] * np.diff(sines)))
    hit = outline.contains(latitude, west + darts[1] * (east - west)).mean()
    area = hit * 6371**2 * np.radians(east - west) * np.diff(sines)[0]
    assert len(origins.latitude) == pytest.approx(area / 400, rel=0.08)

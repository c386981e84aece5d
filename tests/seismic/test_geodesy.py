"""Distances and directions, against vectors in space and against what any globe shows."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ewarn.seismic.geodesy import EARTH_RADIUS_KM, azimuth_deg, distance_km, offset_deg, spelled, wrapped

LATITUDES = st.floats(-89, 89)
LONGITUDES = st.floats(-180, 180)
A_DEGREE_KM = 111.195  # 2 pi 6371 / 360


def unit_vector(latitude, longitude):
    lat, lon = np.radians(latitude), np.radians(longitude)
    return np.array([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)])


def angle_between(a, b):
    return np.arctan2(np.linalg.norm(np.cross(a, b)), a @ b)


@pytest.mark.parametrize(
    ("start", "end", "degrees"),
    [((0, 0), (0, 1), 1), ((0, 0), (90, 0), 90), ((0, 0), (0, 180), 180), ((30, 179.5), (30, 179.5), 0)],
)
def test_distances_along_great_circles_are_multiples_of_a_degree(start, end, degrees):
    assert distance_km(*start, *end) == pytest.approx(degrees * A_DEGREE_KM, rel=1e-5, abs=1e-9)


def test_the_antimeridian_is_no_obstacle():
    assert distance_km(0, 179.5, 0, -179.5) == pytest.approx(A_DEGREE_KM, rel=1e-5)


@settings(max_examples=100, deadline=None)
@given(LATITUDES, LONGITUDES, LATITUDES, LONGITUDES)
def test_distance_is_the_angle_between_vectors_times_the_radius(lat1, lon1, lat2, lon2):
    expected = EARTH_RADIUS_KM * angle_between(unit_vector(lat1, lon1), unit_vector(lat2, lon2))
    assert distance_km(lat1, lon1, lat2, lon2) == pytest.approx(expected, abs=1e-3)


@settings(max_examples=50, deadline=None)
@given(LATITUDES, LONGITUDES, LATITUDES, LONGITUDES)
def test_distance_is_the_same_both_ways(lat1, lon1, lat2, lon2):
    assert distance_km(lat1, lon1, lat2, lon2) == pytest.approx(float(distance_km(lat2, lon2, lat1, lon1)), abs=1e-6)


@pytest.mark.parametrize(
    ("latitude", "longitude", "expected"), [(31, 103, 0), (30, 104, 90), (29, 103, 180), (30, 102, 270)]
)
def test_azimuths_run_clockwise_from_north(latitude, longitude, expected):
    # East and west great circles bend towards the pole by a quarter of a degree on a way of one degree.
    apart = (float(azimuth_deg(30, 103, latitude, longitude)) - expected + 180) % 360 - 180
    assert abs(apart) < 0.3


@settings(max_examples=100, deadline=None)
@given(st.floats(-80, 80), LONGITUDES, st.floats(0, 360), st.floats(1, 500))
def test_azimuth_finds_again_the_direction_in_which_a_point_was_set(latitude, longitude, direction, away_km):
    here = unit_vector(latitude, longitude)
    lat, lon = np.radians(latitude), np.radians(longitude)
    north = np.array([-np.sin(lat) * np.cos(lon), -np.sin(lat) * np.sin(lon), np.cos(lat)])
    east = np.array([-np.sin(lon), np.cos(lon), 0])
    heading = np.cos(np.radians(direction)) * north + np.sin(np.radians(direction)) * east
    arc = away_km / EARTH_RADIUS_KM
    x, y, z = np.cos(arc) * here + np.sin(arc) * heading
    there = np.degrees(np.arctan2(z, np.hypot(x, y))), np.degrees(np.arctan2(y, x))
    apart = (float(azimuth_deg(latitude, longitude, *there)) - direction + 180) % 360 - 180
    assert abs(apart) < 1e-4
    assert distance_km(latitude, longitude, *there) == pytest.approx(away_km, abs=1e-4)


@settings(max_examples=100, deadline=None)
@given(LATITUDES, LONGITUDES, LATITUDES, LONGITUDES)
def test_azimuths_lie_from_0_up_to_but_not_at_360(lat1, lon1, lat2, lon2):
    assert 0 <= azimuth_deg(lat1, lon1, lat2, lon2) < 360


def test_an_azimuth_a_hair_west_of_north_is_below_360():
    assert 0 <= azimuth_deg(0, 0, 10, -1e-17) < 360


@settings(max_examples=100, deadline=None)
@given(st.floats(-60, 60), LONGITUDES, st.floats(-15, 15), st.floats(-15, 15))
def test_an_offset_lands_as_far_away_as_it_says(latitude, longitude, east_km, north_km):
    north, east = offset_deg(latitude, east_km, north_km)
    reached = distance_km(latitude, longitude, latitude + north, longitude + east)
    assert reached == pytest.approx(np.hypot(east_km, north_km), rel=0.005, abs=0.01)


def test_arrays_keep_their_shape_and_are_not_changed():
    latitudes, longitudes = np.linspace(28, 32, 6).reshape(2, 3), np.linspace(101, 105, 6).reshape(2, 3)
    before = latitudes.copy(), longitudes.copy()
    assert distance_km(30, 103, latitudes, longitudes).shape == (2, 3)
    assert azimuth_deg(30, 103, latitudes, longitudes).shape == (2, 3)
    assert np.array_equal(latitudes, before[0]) and np.array_equal(longitudes, before[1])


@given(st.floats(-180, 180), st.floats(-180, 540))
def test_a_longitude_is_never_more_than_half_the_earth_away(longitude, of):
    near = float(wrapped(longitude, of))
    assert abs(near - of) <= 180 + 1e-9
    assert (near - longitude) % 360 == pytest.approx(0, abs=1e-9) or (near - longitude) % 360 == pytest.approx(360)
    assert longitude == 180 or float(wrapped(longitude)) == longitude


@pytest.mark.parametrize("side", [180.0, -180.0, 179.99, -179.99])
def test_across_the_date_line_distances_directions_and_steps_are_short(side):
    across = -side if abs(side) == 180 else side - np.copysign(359.97, side)
    assert float(distance_km(10.0, side, 10.0, across)) < 5
    north, east = offset_deg(10.0, 2.0, 0.0)
    assert float(distance_km(10.0, side, 10.0 + north, wrapped(side + east))) == pytest.approx(2.0, rel=1e-3)
    assert azimuth_deg(10.0, 179.9, 10.0, -179.9) == pytest.approx(90, abs=0.1)
    assert azimuth_deg(10.0, -179.9, 10.0, 179.9) == pytest.approx(270, abs=0.1)


def test_a_place_is_spelled_with_its_sides():
    assert spelled(29.59, 102.08) == "29.59 N 102.08 E"
    assert spelled(-17.0, -179.9, "°") == "17.00° S 179.90° W"

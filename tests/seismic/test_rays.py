"""Rays against closed forms that need no search: straight lines, Snell's law from the ray's side, and intercepts."""

from math import asin, cos, hypot, sqrt, tan

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ewarn.seismic import rays

CRUST = np.array([0.0, 20.0, 41.0]), np.array([6.01, 6.60, 7.89])
"""tops, km, and speeds, km/s: two layers upon a half-space"""
FAR = np.array([0.0, 1.0, 30.0, 100.0, 300.0, 900.0])
SPEEDS = st.floats(1.0, 9.0)
THICK = st.floats(0.1, 40.0)
EVERYWHERE = np.ones(3, bool)


def layered(thicknesses, speeds):
    return np.concatenate([[0.0], np.cumsum(thicknesses)]), np.array(speeds)


def crossed(tops, speeds, depth_km):
    """(way up and down, speed) of each layer above a depth."""
    bottoms = [*tops[1:].tolist(), np.inf]
    ways = [(min(depth_km, bottom) - top, speed) for top, bottom, speed in zip(tops, bottoms, speeds, strict=True)]
    return [(way, speed) for way, speed in ways if way > 0]


def shot(tops, speeds, depth_km, sine):
    """Where a ray comes out, and when, whose angle in the fastest layer that it crosses has such a sine."""
    ways = crossed(tops, speeds, depth_km)
    p = sine / max(speed for _, speed in ways)
    out = [(way * tan(asin(p * speed)), way / speed / cos(asin(p * speed))) for way, speed in ways]
    return sum(distance for distance, _ in out), sum(time for _, time in out)


def only(mark):
    along = np.zeros(3, bool)
    along[mark] = True
    return along


@given(st.floats(0.0, 100.0), SPEEDS)
def test_in_one_layer_the_direct_ray_is_a_straight_line(depth_km, speed):
    times = rays.direct(np.array([0.0]), np.array([speed]), depth_km, FAR)
    assert times == pytest.approx(np.hypot(FAR, depth_km) / speed, rel=1e-9)


@given(st.lists(THICK, min_size=1, max_size=4), st.data(), st.floats(0.0, 1.0))
def test_layers_of_one_speed_are_one_layer(thicknesses, data, share):
    tops, speeds = layered(thicknesses, [data.draw(SPEEDS)] * (len(thicknesses) + 1))
    depth_km = share * 1.5 * tops[-1]
    assert rays.direct(tops, speeds, depth_km, FAR) == pytest.approx(np.hypot(FAR, depth_km) / speeds[0], rel=1e-9)


@given(THICK, st.tuples(SPEEDS, SPEEDS), st.floats(1e-3, 60.0), st.floats(0.0, 0.9999))
def test_from_the_second_layer_the_direct_ray_is_bent_by_snells_law(thick, speeds, below, sine):
    tops, speeds = layered([thick], speeds)
    distance, time = shot(tops, speeds, thick + below, sine)
    assert rays.direct(tops, speeds, thick + below, np.array([distance]))[0] == pytest.approx(time, rel=1e-8)


@given(st.data(), st.integers(2, 6), st.floats(0.05, 1.4), st.floats(0.0, 0.999))
def test_through_many_layers_slow_ones_below_fast_ones_too_every_ray_is_found(data, count, share, sine):
    tops, speeds = layered(
        *(data.draw(st.lists(one, min_size=n, max_size=n)) for one, n in ((THICK, count - 1), (SPEEDS, count)))
    )
    depth_km = share * tops[-1]
    distance, time = shot(tops, speeds, depth_km, sine)
    assert rays.direct(tops, speeds, depth_km, np.array([distance]))[0] == pytest.approx(time, rel=1e-8)


@pytest.mark.parametrize("tangent", [1.0, 30.0, 1e3, 1e5, 1e6])
@pytest.mark.parametrize("below_km", [1e-4, 1e-3, 1.0])
def test_right_below_an_interface_a_ray_that_grazes_it_is_found_as_well(below_km, tangent):
    sine = 6.01 / 6.60 * tangent / hypot(1, tangent)  # in the upper layer
    cosine = sqrt(1 - sine**2)
    distance = below_km * tangent + 20 * sine / cosine
    time = below_km * hypot(1, tangent) / 6.60 + 20 / 6.01 / cosine
    assert rays.direct(*CRUST, 20 + below_km, np.array([distance]))[0] == pytest.approx(time, rel=1e-9)


def test_straight_up_the_ray_takes_what_each_layer_takes():
    assert rays.direct(*CRUST, 50.0, np.array([0.0]))[0] == pytest.approx(20 / 6.01 + 21 / 6.60 + 9 / 7.89)


def test_from_the_surface_the_direct_ray_runs_along_it():
    assert rays.direct(*CRUST, 0.0, FAR) == pytest.approx(FAR / 6.01)


@given(st.floats(0.0, 1.0), st.floats(1.0, 40.0), SPEEDS, st.floats(1.01, 3.0), st.floats(0.0, 500.0))
def test_a_head_wave_has_the_intercept_of_two_layers_from_its_critical_distance_on(
    share, thick, slow, faster, distance
):
    fast, depth_km = slow * faster, share * thick
    found = rays.head_waves(
        np.array([0.0, thick]), np.array([slow, fast]), depth_km, np.array([distance]), np.ones(2, bool)
    )[0]
    path = 2 * thick - depth_km  # down from the source, and up from the interface
    critical = path / sqrt((fast / slow) ** 2 - 1)
    if distance > critical * (1 + 1e-9):
        assert found == pytest.approx(distance / fast + path * sqrt(1 / slow**2 - 1 / fast**2))
    elif distance < critical * (1 - 1e-9):
        assert found == np.inf


def test_where_a_head_wave_begins_it_comes_with_the_ray_that_is_reflected_there():
    path, distance = 40.0 - 12.0, (40.0 - 12.0) / sqrt((6.60 / 6.01) ** 2 - 1)
    found = rays.head_waves(*CRUST, 12.0, np.array([distance + 1e-9]), only(1))[0]
    assert found == pytest.approx(hypot(distance, path) / 6.01)


@pytest.mark.parametrize("depth_km", [0.0, 12.0, 20.0, 33.0, 41.0])
def test_along_the_deepest_interface_both_layers_delay_it_by_their_ways(depth_km):
    ways = 40.0 - min(depth_km, 20.0), 42.0 - max(depth_km - 20.0, 0.0)
    delay = sum(way * sqrt(1 / speed**2 - 1 / 7.89**2) for way, speed in zip(ways, (6.01, 6.60), strict=True))
    assert rays.head_waves(*CRUST, depth_km, np.array([400.0]), only(2))[0] == pytest.approx(400 / 7.89 + delay)


def test_of_several_head_waves_the_earliest_counts_of_those_marked():
    distances = np.arange(120.0, 600.0, 1.0)
    shallow, deep, both = (rays.head_waves(*CRUST, 10.0, distances, along) for along in (only(1), only(2), EVERYWHERE))
    assert np.array_equal(both, np.minimum(shallow, deep))
    assert shallow[0] < deep[0] and deep[-1] < shallow[-1]
    assert np.isinf(rays.head_waves(*CRUST, 10.0, distances, only(0))).all()


def test_below_an_interface_no_head_wave_runs_along_it():
    assert np.isfinite(rays.head_waves(*CRUST, 20.0, FAR[-1:], only(1))).all()
    assert np.isinf(rays.head_waves(*CRUST, 20.0 + 1e-9, FAR[-1:], only(1))).all()
    assert np.isinf(rays.head_waves(*CRUST, 50.0, FAR, EVERYWHERE)).all()


@pytest.mark.parametrize("speeds", [(6.0, 5.0, 5.5), (6.0, 6.0, 6.0), (6.0, 4.0, 6.0)])
def test_a_layer_no_faster_than_all_above_it_carries_none(speeds):
    assert np.isinf(rays.head_waves(CRUST[0], np.array(speeds), 5.0, FAR, EVERYWHERE)).all()


def test_beneath_a_slow_layer_the_half_space_carries_one_that_crosses_it():
    found = rays.head_waves(CRUST[0], np.array([6.0, 4.0, 8.0]), 0.0, np.array([500.0]), EVERYWHERE)[0]
    assert found == pytest.approx(500 / 8 + 40 * sqrt(1 / 36 - 1 / 64) + 42 * sqrt(1 / 16 - 1 / 64))


@given(st.floats(0.0, 80.0))
def test_no_head_wave_comes_before_it_could_have_come_along_the_fastest_way(depth_km):
    distances = np.linspace(0.0, 900.0, 91)
    assert (rays.head_waves(*CRUST, depth_km, distances, EVERYWHERE) >= distances / 7.89).all()

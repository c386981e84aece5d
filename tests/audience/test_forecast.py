"""A forecast says what its parts say."""

import numpy as np
import pytest

from ewarn.audience.forecast import BLOCK, forecast
from ewarn.seismic.earth import Earth, EarthModel
from ewarn.seismic.geodesy import distance_km
from ewarn.seismic.intensity import intensity
from ewarn.seismic.origin import Origin
from ewarn.seismic.rupture import Fault

EARTH = Earth(EarthModel())
ORIGIN = Origin(0.0, 30.0, 103.0, 10.0, 6.5)
A_DEGREE_KM = 111.195


def test_each_array_is_what_its_part_gives_for_the_distance():
    latitudes, longitudes = np.array([[29.0, 30.5], [33.0, 30.0]]), np.array([[103.0, 104.0], [100.0, 103.0]])
    said = forecast(ORIGIN, "Central", latitudes, longitudes, EARTH)
    distances = distance_km(30.0, 103.0, latitudes, longitudes)
    p, s = EARTH.times.first(10.0, distances)
    assert np.array_equal(said.distance_km, distances)
    assert np.array_equal(said.p_s, p)
    assert np.array_equal(said.s_s, s)
    assert np.array_equal(said.intensity, intensity("Central", 6.5, distances))


def test_a_place_100_km_north_has_the_times_of_the_reference_table():
    said = forecast(ORIGIN, "Qingzang", 30 + 100 / A_DEGREE_KM, 103.0, EARTH)
    assert float(said.distance_km) == pytest.approx(100, abs=0.01)
    assert float(said.p_s) == pytest.approx(16.72, abs=0.05)
    assert float(said.s_s) == pytest.approx(28.55, abs=0.05)


@pytest.mark.parametrize("strike_deg", [0.0, 180.0])
def test_along_a_northward_strike_the_north_shakes_more_than_the_east(strike_deg):
    step = 60 / A_DEGREE_KM
    said = forecast(
        ORIGIN,
        "Qingzang",
        np.array([30 + step, 30.0]),
        np.array([103.0, 103 + step / np.cos(np.radians(30))]),
        EARTH,
        Fault(strike_deg),
    )
    along, across = (float(intensity("Qingzang", 6.5, 60.0, angle)) for angle in (0.0, 90.0))
    assert said.intensity == pytest.approx([along, across], abs=0.01)


def test_without_a_strike_all_directions_shake_alike():
    step = 60 / A_DEGREE_KM
    said = forecast(
        ORIGIN,
        "Qingzang",
        np.array([30 + step, 30.0]),
        np.array([103.0, 103 + step / np.cos(np.radians(30))]),
        EARTH,
    )
    assert said.intensity[0] == pytest.approx(said.intensity[1], abs=0.01)


def test_scalars_give_scalars_and_inputs_are_not_changed():
    latitudes, longitudes = np.array([29.0, 31.0]), np.array([102.0, 104.0])
    before = latitudes.copy(), longitudes.copy()
    assert forecast(ORIGIN, "East", latitudes, longitudes, EARTH, Fault(45.0)).s_s.shape == (2,)
    assert forecast(ORIGIN, "East", 31.0, 104.0, EARTH, Fault(45.0)).intensity.shape == ()
    assert np.array_equal(latitudes, before[0]) and np.array_equal(longitudes, before[1])


def test_more_places_than_a_block_are_each_given_their_own():
    latitudes = np.linspace(26, 34, BLOCK + 3)
    said = forecast(ORIGIN, "East", latitudes, np.full(BLOCK + 3, 103.0), EARTH, Fault(30.0, 20.0, 5.0))
    for row in (0, BLOCK - 1, BLOCK, BLOCK + 2):
        alone = forecast(ORIGIN, "East", latitudes[row], 103.0, EARTH, Fault(30.0, 20.0, 5.0))
        assert (said.s_s[row], said.intensity[row]) == (alone.s_s, alone.intensity)

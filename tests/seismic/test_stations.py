"""The grid of stations, and when P reaches it, against the times of the facts."""

import numpy as np
import pytest

from ewarn.seismic.geodesy import distance_km
from ewarn.seismic.layers import YUNNAN_2015
from ewarn.seismic.origin import Origin
from ewarn.seismic.stations import REGION, regular_network, trigger_times
from ewarn.seismic.travel_times import TravelTimes

TRAVEL_TIMES = TravelTimes(YUNNAN_2015)
NETWORK = regular_network(14.0)


@pytest.mark.parametrize("spacing_km", [14.0, 70.0])
def test_each_station_has_its_nearest_neighbour_about_one_spacing_away(spacing_km):
    network = regular_network(spacing_km)
    inner = np.flatnonzero((np.abs(network.latitude - 30) < 2) & (np.abs(network.longitude - 103) < 3))[::7]
    for row in inner:
        away = np.sort(distance_km(network.latitude[row], network.longitude[row], network.latitude, network.longitude))
        assert 0.95 * spacing_km < away[1] < 1.05 * spacing_km


def test_stations_lie_all_over_the_region_and_not_beyond_it():
    south, north, west, east = REGION
    assert south <= NETWORK.latitude.min() < south + 0.2 and north - 0.2 < NETWORK.latitude.max() <= north
    assert west <= NETWORK.longitude.min() < west + 0.2 and east - 0.2 < NETWORK.longitude.max() <= east


def test_there_is_one_station_to_each_square_of_the_spacing():
    south, north, west, east = np.radians(REGION)
    area = 6371**2 * (east - west) * (np.sin(north) - np.sin(south))
    assert len(NETWORK.latitude) == pytest.approx(area / 14**2, rel=0.03)


@pytest.mark.parametrize(("depth_km", "expected_s"), [(10.0, 3.0), (15.0, 3.5), (20.0, 4.1)])
def test_p_reaches_the_fourth_station_of_a_14_km_grid_after_3_to_4_seconds(depth_km, expected_s):
    rng = np.random.default_rng(20230901)
    fourth = [
        trigger_times(Origin(0.0, latitude, longitude, depth_km, 6.0), NETWORK, TRAVEL_TIMES)[3]
        for latitude, longitude in zip(rng.uniform(27, 33, 300), rng.uniform(99, 108, 300), strict=True)
    ]
    assert np.median(fourth) == pytest.approx(expected_s, abs=0.25)


def test_triggers_come_earliest_first_one_a_station():
    triggers = trigger_times(Origin(0.0, 29.59, 102.08, 16.0, 6.8), NETWORK, TRAVEL_TIMES)
    assert len(triggers) == len(NETWORK.latitude)
    assert (np.diff(triggers) >= 0).all()
    assert triggers[0] >= 16.0 / 6.01


def test_a_denser_network_hears_sooner():
    origin = Origin(0.0, 30.37, 102.94, 17.0, 6.1)
    fourth = [trigger_times(origin, regular_network(km), TRAVEL_TIMES)[3] for km in (7.0, 28.0, 70.0)]
    assert fourth == sorted(fourth)

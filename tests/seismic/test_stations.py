"""Networks: regular ones, outages, and delays."""

import numpy as np
import pytest

from ewarn.errors import InputError
from ewarn.seismic.geodesy import distance_km
from ewarn.seismic.stations import KINDS, REGION, Delay, Network, StationClass, around, regular

NETWORK = Network("grid", regular(14.0), (StationClass(Delay(0.5, 0.4), Delay(0.4, 0.3), 0.001),) * len(KINDS))


@pytest.mark.parametrize("spacing_km", [14.0, 70.0])
def test_each_station_has_its_nearest_neighbour_about_one_spacing_away(spacing_km):
    stations = regular(spacing_km)
    inner = np.flatnonzero((np.abs(stations.latitude - 30) < 2) & (np.abs(stations.longitude - 103) < 3))[::7]
    for row in inner:
        away = np.sort(
            distance_km(stations.latitude[row], stations.longitude[row], stations.latitude, stations.longitude)
        )
        assert 0.95 * spacing_km < away[1] < 1.05 * spacing_km


def test_stations_lie_all_over_the_region_and_not_beyond_it():
    south, north, west, east = REGION
    latitude, longitude = NETWORK.stations.latitude, NETWORK.stations.longitude
    assert south <= latitude.min() < south + 0.2 and north - 0.2 < latitude.max() <= north
    assert west <= longitude.min() < west + 0.2 and east - 0.2 < longitude.max() <= east


@pytest.mark.parametrize(("latitude", "begin"), [(89.99, 0.0), (90.0, 0.3), (-90.0, 0.0), (-89.99, 0.9), (89.495, 0.9)])
def test_around_a_pole_a_regular_network_has_no_row_and_says_to_where_it_reaches(latitude, begin):
    """Before, numpy said that it needs at least one array to concatenate."""
    with pytest.raises(InputError, match=r"network.spacing_km: a regular network reaches to 85 degrees") as caught:
        regular(20.0, around(latitude, 0.0), (begin, begin))
    assert len(caught.value.problems) == 1


@pytest.mark.parametrize("latitude", [85.0, -85.0, 88.0, -88.0])
def test_near_a_pole_a_regular_network_stands_as_far_as_it_reaches(latitude):
    stations = regular(20.0, around(latitude, 179.0), (0.5, 0.5))
    assert len(stations) > 100 and np.abs(stations.latitude).max() <= 85.0


def test_stations_named_as_out_are_gone_and_no_others():
    fewer = NETWORK.without(frozenset({"G00002", "G00005"}))
    assert len(fewer.stations) == len(NETWORK.stations) - 2
    assert set(NETWORK.stations.code) - set(fewer.stations.code) == {"G00002", "G00005"}


def test_an_outage_of_a_station_that_is_not_there_is_refused_by_its_name():
    with pytest.raises(InputError, match=r"network.out: grid has no station 'nowhere'"):
        NETWORK.without(frozenset({"nowhere"}))


def test_a_share_that_is_out_is_drawn_by_the_seed():
    one, again, other = (NETWORK.thinned(0.1, np.random.default_rng(seed)) for seed in (1, 1, 2))
    assert len(one.stations) == len(NETWORK.stations) - round(0.1 * len(NETWORK.stations))
    assert one.stations.code.tolist() == again.stations.code.tolist() != other.stations.code.tolist()


def test_a_delay_has_the_median_and_the_spread_it_says():
    drawn = Delay(0.5, 0.4).draw(np.random.default_rng(1).standard_normal(100_000))
    assert np.median(drawn) == pytest.approx(0.5, rel=0.01)
    assert np.log(drawn).std() == pytest.approx(0.4, rel=0.02)

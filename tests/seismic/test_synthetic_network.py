"""The synthetic network: how far apart its stations stand, and where."""

import io
from pathlib import Path

import numpy as np
import pytest

from ewarn.seismic.geodesy import distance_km
from ewarn.seismic.sichuan import area_km2, inside
from ewarn.seismic.stations import KINDS
from ewarn.seismic.synthetic_network import COUNT, generate, main, wanted_km, write

COMMITTED = Path(__file__).parents[2] / "configs" / "stations" / "sichuan.csv"

# Towns on the faults, in the basin and in the north-west, not the module's own lines.
ON_FAULTS = [(31.06, 103.49), (31.83, 104.46), (30.98, 101.12), (30.05, 101.96), (28.55, 102.17), (27.90, 102.26)]
IN_BASIN = [(30.51, 105.57), (30.80, 106.08), (29.58, 105.06), (31.21, 107.47), (31.87, 106.74), (30.12, 104.65)]
NORTH_WEST = [(32.98, 98.10), (33.58, 102.96), (32.91, 101.70), (32.80, 99.90)]


@pytest.fixture(scope="module")
def network():
    return generate(COUNT, np.random.default_rng(1))


def apart_km(stations):
    """Distances (n, n)."""
    lat, lon = stations.latitude, stations.longitude
    return distance_km(lat[:, None], lon[:, None], lat, lon)


def spacing_km(stations, place, nearest=10):
    """Square root of the area to a station, of the circle that holds the nearest ones."""
    away = np.sort(distance_km(*place, stations.latitude, stations.longitude))
    return away[nearest - 1] * np.sqrt(np.pi / nearest)


def test_there_are_as_many_stations_as_asked_for_each_inside_sichuan(network):
    assert len(network) == COUNT == 2246
    assert inside(network.latitude, network.longitude).all()


def test_one_station_to_each_square_of_about_14_7_km(network):
    assert np.sqrt(area_km2() / len(network)) == pytest.approx(14.7, abs=0.3)


def test_along_the_faults_stations_stand_8_to_10_km_apart(network):
    assert 8 < np.median([spacing_km(network, place) for place in ON_FAULTS]) < 10.5


def test_in_the_basin_stations_stand_10_to_12_km_apart(network):
    assert 10 < np.median([spacing_km(network, place) for place in IN_BASIN]) < 12.5


def test_in_the_north_west_stations_stand_35_to_60_km_apart(network):
    # Five only: further out the circle reaches over the border, where there are none.
    assert 35 < np.median([spacing_km(network, place, 5) for place in NORTH_WEST]) < 60


def test_faults_are_denser_than_the_basin_and_it_than_the_north_west(network):
    faults, basin, remote = (
        [spacing_km(network, place, 5) for place in places] for places in (ON_FAULTS, IN_BASIN, NORTH_WEST)
    )
    assert np.mean(faults) < 0.9 * np.mean(basin)
    assert max(basin) < 0.6 * min(remote)


def test_no_two_stations_crowd_together(network):
    # Of stations thrown at random, half would stand nearer than 0.47 of the spacing. At the edge of a dense zone the
    # station within it says how near the other may be.
    wanted = wanted_km(network.latitude, network.longitude)
    apart = apart_km(network) / np.minimum(wanted[:, None], wanted)
    assert apart[np.triu_indices(len(network), 1)].min() > 0.65


def test_stations_do_not_stand_in_rows(network):
    nearest = np.sort(apart_km(network), axis=1)[:, 1] / wanted_km(network.latitude, network.longitude)
    assert np.std(nearest) / np.mean(nearest) > 0.05


def test_classes_have_their_shares(network):
    shares = np.bincount(network.kind, minlength=len(KINDS)) / len(network)
    assert shares == pytest.approx([0.08, 0.22, 0.70], abs=0.001)


@pytest.mark.parametrize("first", [60, 180, 600])
def test_any_number_of_first_stations_is_spread_evenly(network, first):
    nearest = np.sort(apart_km(network[np.arange(first)]), axis=1)[:, 1]
    assert nearest.min() > 0.5 * np.sqrt(area_km2() / first)


def test_datum_stations_stand_in_every_part_of_sichuan(network):
    datum = network[network.kind == KINDS.index("datum")]
    places = [*ON_FAULTS, *IN_BASIN, *NORTH_WEST]
    assert max(distance_km(*place, datum.latitude, datum.longitude).min() for place in places) < 60


def test_codes_count_up_and_coordinates_have_four_decimals(network):
    assert network.code.tolist() == [f"SC{number:04d}" for number in range(1, COUNT + 1)]
    for degrees in (network.latitude, network.longitude):
        assert np.array_equal(degrees, degrees.round(4))


def test_the_same_seed_gives_the_same_file_and_another_seed_another():
    def text(seed):
        file = io.StringIO()
        write(generate(150, np.random.default_rng(seed)), file, "a note\nof two lines")
        return file.getvalue()

    assert text(5) == text(5) != text(6)
    assert text(5).splitlines()[:3] == ["# a note", "# of two lines", "code,latitude,longitude,class"]


@pytest.mark.parametrize("count", [1, 2, 300])
def test_a_small_network_has_as_many_stations_as_asked_for(count):
    stations = generate(count, np.random.default_rng(2))
    assert len(stations) == count and inside(stations.latitude, stations.longitude).all()
    assert len(np.unique(stations.code)) == count


def test_the_command_writes_the_committed_file_byte_for_byte(monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", ["synthetic_network"])
    main()
    assert capsys.readouterr().out.encode() == COMMITTED.read_bytes()


def test_the_committed_file_says_on_top_that_it_is_synthetic_and_how_it_was_made():
    notes = [line for line in COMMITTED.read_text().splitlines() if line.startswith("#")]
    said = " ".join(notes).lower()
    assert all(word in said for word in ("synthetic", "synthetic_network.py", "seed 1", "not the real", "not public"))

"""Network files: the good become networks, the bad are named with file, line or key, and value."""

from pathlib import Path

import numpy as np
import pytest

from ewarn.centre.check import check
from ewarn.config.networks import load_network
from ewarn.errors import InputError
from ewarn.seismic.sichuan import inside
from ewarn.seismic.stations import KINDS, Delay, regular
from ewarn.seismic.synthetic_network import generate

SHIPPED = Path(__file__).parents[2] / "configs" / "stations"

NETWORK = """
name = "two"
stations = "two.csv"
[classes.datum]
telemetry = { median_s = 0.4, sigma_ln = 0.1 }
processing = { median_s = 0.3, sigma_ln = 0.2 }
least_pd_cm = 0.0003
[classes.basic]
telemetry = { median_s = 0.5, sigma_ln = 0.3 }
processing = { median_s = 0.4, sigma_ln = 0.4 }
least_pd_cm = 0.001
[classes.ordinary]
telemetry = { median_s = 0.7, sigma_ln = 0.5 }
processing = { median_s = 0.6, sigma_ln = 0.6 }
least_pd_cm = 0.005
"""
STATIONS = """# a comment
code,latitude,longitude,class
A.1,30.5,103.25,ordinary

# another
B-2,-31,-104,datum
"""


@pytest.fixture
def write(tmp_path):
    def to_files(network=NETWORK, stations=STATIONS):
        (tmp_path / "two.toml").write_text(network, encoding="utf-8")
        if stations is not None:
            (tmp_path / "two.csv").write_text(stations, encoding="utf-8")
        return tmp_path / "two.toml"

    return to_files


def problems(path):
    with pytest.raises(InputError) as caught:
        load_network(path)
    return caught.value.problems


def the_problem(path):
    (line,) = problems(path)
    assert "\n" not in line
    return line


def test_good_files_become_a_network(write):
    network = load_network(write())
    assert network.name == "two"
    assert network.stations.code.tolist() == ["A.1", "B-2"]
    assert network.stations.latitude.tolist() == [30.5, -31.0]
    assert network.stations.longitude.tolist() == [103.25, -104.0]
    assert [KINDS[kind] for kind in network.stations.kind] == ["ordinary", "datum"]


def test_classes_stand_in_the_order_of_the_kinds(write):
    datum, basic, ordinary = load_network(write()).classes
    assert (datum.telemetry, datum.processing, datum.least_pd_cm) == (Delay(0.4, 0.1), Delay(0.3, 0.2), 0.0003)
    assert (basic.telemetry, basic.processing, basic.least_pd_cm) == (Delay(0.5, 0.3), Delay(0.4, 0.4), 0.001)
    assert (ordinary.telemetry, ordinary.processing, ordinary.least_pd_cm) == (Delay(0.7, 0.5), Delay(0.6, 0.6), 0.005)


def test_columns_may_stand_in_any_order_and_a_spreadsheet_may_have_marked_the_file(write):
    path = write(stations="\ufeffclass,longitude,latitude,code\nbasic,103,30,A\n")
    stations = load_network(path).stations
    assert (stations.code[0], stations.latitude[0], stations.longitude[0]) == ("A", 30, 103)


def test_a_regular_grid_takes_only_the_classes(write):
    grid = regular(100.0)
    network = load_network(write(NETWORK.replace('stations = "two.csv"', ""), None), grid)
    assert network.stations is grid
    assert network.classes == load_network(write()).classes


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("30.5", "90.5", ["two.csv:3:", "latitude", "90.5"]),
        ("-104", "-180.5", ["two.csv:6:", "longitude", "-180.5"]),
        ("30.5", "nan", ["two.csv:3:", "latitude", "nan"]),
        ("30.5", "north", ["two.csv:3:", "latitude", "north"]),
        ("datum", "seabed", ["two.csv:6:", "class", "seabed", "ordinary"]),
        ("B-2", "A.1", ["two.csv:6:", "code", "A.1", "line 3"]),
        ("B-2", "B 2", ["two.csv:6:", "code", "B 2"]),
        (",datum", "", ["two.csv:6:", "4 columns", "B-2,-31,-104"]),
        (",datum", ",datum,7", ["two.csv:6:", "4 columns", "B-2,-31,-104,datum,7"]),
        ("A.1,", '"A.1,', ["two.csv:3:", "4 columns"]),
        ("class\n", "kind\n", ["two.csv:2:", "columns", "class", "kind"]),
    ],
)
def test_a_bad_station_is_named_with_its_line(write, before, after, said):
    line = the_problem(write(stations=STATIONS.replace(before, after, 1)))
    assert all(word in line for word in said), line


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("sigma_ln = 0.3", "sigma_ln = -0.3", ["classes.basic.telemetry.sigma_ln", "-0.3"]),
        ("median_s = 0.6", "median_s = 0", ["classes.ordinary.processing.median_s", "0"]),
        ("least_pd_cm = 0.0003", "least_pd_cm = -1", ["classes.datum.least_pd_cm", "-1"]),
        ("least_pd_cm = 0.005", "least_pd = 0.005\nleast_pd_cm = 0.005", ["least_pd:", "least_pd_cm"]),
        ("least_pd_cm = 0.005", "", ["classes.ordinary.least_pd_cm", "missing"]),
        ('stations = "two.csv"', "", ["stations", "missing"]),
        ('name = "two"', "name = two", ["not TOML"]),
    ],
)
def test_a_bad_key_is_named_in_full(write, before, after, said):
    line = the_problem(write(NETWORK.replace(before, after, 1)))
    assert all(word in line for word in ["two.toml", *said]), line


@pytest.mark.parametrize("stations", ["", "# nothing\n", "code,latitude,longitude,class\n"])
def test_a_network_without_stations_is_refused(write, stations):
    line = the_problem(write(stations=stations))
    assert "two.csv" in line and "no stations" in line


def test_a_missing_file_of_stations_is_named(write):
    assert "two.csv" in the_problem(write(stations=None))


def test_a_file_of_stations_that_is_no_text_is_named(write):
    path = write()
    (path.parent / "two.csv").write_bytes(b"\xff\xfe\x00")
    assert "two.csv" in the_problem(path)


def test_every_wrong_station_has_a_line_of_its_own_up_to_ten(write):
    rows = "".join(f"S{number},95,100,basic\n" for number in range(30))
    lines = problems(write(stations="code,latitude,longitude,class\n" + rows))
    assert len(lines) == 10
    assert all(f"two.csv:{number}:" in line for number, line in enumerate(lines, 2))


def test_the_shipped_network_of_sichuan_is_the_generator_s_with_seed_1():
    network, made = load_network(SHIPPED / "sichuan.toml"), generate(2246, np.random.default_rng(1))
    assert network.name == "sichuan-synthetic"
    assert len(network.stations) == 2246
    for name in ("code", "latitude", "longitude", "kind"):
        assert np.array_equal(getattr(network.stations, name), getattr(made, name)), name
    assert inside(network.stations.latitude, network.stations.longitude).all()


def test_the_shipped_classes_for_a_regular_grid_are_those_of_sichuan():
    grid = load_network(SHIPPED / "regular.toml", regular(100.0))
    assert grid.name == "regular grid"
    assert grid.classes == load_network(SHIPPED / "sichuan.toml").classes


def test_better_stations_are_no_slower_and_hear_weaker_waves():
    classes = load_network(SHIPPED / "sichuan.toml").classes
    assert [one.least_pd_cm for one in classes] == sorted(one.least_pd_cm for one in classes)
    assert [one.telemetry.median_s for one in classes] == sorted(one.telemetry.median_s for one in classes)


def test_check_knows_the_stations_of_a_network_by_their_header(tmp_path):
    """Before, it missed the columns of places in them."""
    assert check(SHIPPED / "sichuan.csv").endswith("stations of a network")
    (tmp_path / "two.csv").write_text("code,latitude,longitude,class\nA,95,100,datum\n")
    with pytest.raises(InputError, match=r"two.csv:2: latitude: "):
        check(tmp_path / "two.csv")

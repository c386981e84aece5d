"""Outline files: GeoJSON and CSV, the good read, the bad named by key."""

import json

import numpy as np
import pytest

from ewarn.centre.centre import Centre
from ewarn.centre.check import check
from ewarn.config.drill import CentreSettings, NetworkTable
from ewarn.config.outlines import find_outline, load_outline
from ewarn.errors import InputError
from ewarn.seismic.sichuan import SICHUAN

SQUARE = [[100, 30], [102, 30], [102, 32], [100, 32], [100, 30]]


def written(path, found):
    path.write_text(found if isinstance(found, str) else json.dumps(found), encoding="utf-8")
    return path


POLYGON = {"type": "Polygon", "coordinates": [SQUARE]}


@pytest.mark.parametrize(
    "found",
    [
        POLYGON,
        {"type": "MultiPolygon", "coordinates": [[SQUARE]]},
        {"type": "Feature", "properties": None, "geometry": POLYGON},
        {"type": "FeatureCollection", "features": [{"type": "Feature", "properties": {}, "geometry": POLYGON}]},
        {"type": "GeometryCollection", "geometries": [POLYGON]},
        {"type": "Polygon", "coordinates": [[[*corner, 12.5] for corner in SQUARE]]},
        "\ufeff" + json.dumps(POLYGON),
    ],
)
def test_polygons_are_read_however_they_are_wrapped(tmp_path, found):
    outline = load_outline(written(tmp_path / "mine.geojson", found))
    assert outline.name == "mine"
    assert outline.box == (30, 32, 100, 102)
    assert outline.contains([31.0, 33.0], [101.0, 101.0]).tolist() == [True, False]


def test_corners_are_read_from_a_table_closed_or_not(tmp_path):
    lines = "# mine\nlatitude,longitude\n30,100\n30,102\n32,102\n32,100\n"
    for text in (lines, lines + "30,100\n"):
        assert load_outline(written(tmp_path / "mine.csv", text)).contains(31.0, 101.0)


@pytest.mark.parametrize(
    ("name", "found", "said"),
    [
        ("a.json", {"type": "Point", "coordinates": [1, 2]}, "type: must be Polygon or MultiPolygon, got 'Point'"),
        ("a.json", {"type": "Feature", "geometry": None}, "geometry: must be a GeoJSON object, got None"),
        ("a.json", {"type": "FeatureCollection", "features": []}, "features: must be a list that is not empty"),
        (
            "a.json",
            {"type": "FeatureCollection", "features": [{"type": "Feature", "geometry": {"type": "LineString"}}]},
            "features[0].geometry.type: must be Polygon or MultiPolygon, got 'LineString'",
        ),
        ("a.json", {"type": "Polygon", "coordinates": [SQUARE[:-1]]}, "coordinates[0]: must be 4 positions or more"),
        (
            "a.json",
            {"type": "Polygon", "coordinates": [[[100, 95], *SQUARE[1:]]]},
            "coordinates[0][0]: must be longitude",
        ),
        (
            "a.json",
            {"type": "Polygon", "coordinates": [[[True, 30], *SQUARE[1:]]]},
            "coordinates[0][0]: must be longitude",
        ),
        (
            "a.json",
            {"type": "Polygon", "coordinates": [[["100", 30], *SQUARE[1:]]]},
            "coordinates[0][0]: must be longit",
        ),
        ("a.json", {"type": "Polygon", "coordinates": [[[1, 1], [2, 2], [3, 3], [1, 1]]]}, "not all on a line"),
        ("a.json", '{"type":"Polygon","coordinates":[[[NaN,30],[1,1],[2,1],[NaN,30]]]}', "not JSON: NaN is no number"),
        ("a.json", "[" * 100_000, "not JSON"),
        ("a.json", "[1]", "the file: must be a GeoJSON object, got [1]"),
        ("a.csv", "latitude,longitude\n30,100\n95,102\n32,102\n", "3: latitude"),
        ("a.csv", "latitude,longitude\n30,100\n31,101\n", "must be 3 corners or more"),
        ("a.csv", "lat,lon\n30,100\n", "columns must be latitude,longitude"),
        ("a.kml", "<kml/>", "an outline is a .csv, .geojson or .json file"),
    ],
)
def test_a_bad_one_is_named_by_its_key(tmp_path, name, found, said):
    with pytest.raises(InputError) as caught:
        load_outline(written(tmp_path / name, found))
    (line,) = caught.value.problems
    assert said in line and name in line and "\n" not in line


def test_without_one_the_shipped_network_has_sichuan_and_another_the_hull_of_its_stations():
    whole = Centre(CentreSettings()).whole
    assert find_outline(None, NetworkTable(), lambda: whole) is SICHUAN
    assert find_outline(None, NetworkTable(spacing_km=20), lambda: whole) is SICHUAN
    around = find_outline(None, NetworkTable(stations="mine.toml"), lambda: whole)
    assert around.contains(whole.stations.latitude, whole.stations.longitude).mean() > 0.98
    assert np.ptp(around.box[:2]) < 9


@pytest.mark.parametrize("box", [(97.0, 21.0, 106.0, 29.0), (170.0, -20.0, -170.0, 10.0), (-179.0, -60.0, 179.0, 60.0)])
def test_without_one_a_regular_network_with_a_box_has_that_box(box):
    """Before, Sichuan was surveyed, with stations that the box has not."""
    network = NetworkTable(spacing_km=30, box=box)
    around = find_outline(None, network, lambda: None)
    assert around.name == find_outline("box", network, lambda: None).name == "network box"
    west, south, east, north = box
    assert around.box == (south, north, west, east + 360 * (east < west))
    middle = west + ((east - west) % 360) / 2
    assert around.contains((south + north) / 2, middle) and not around.contains(north + 0.1, middle)
    assert not around.contains(south, west - 0.1)


@pytest.mark.parametrize(
    ("named", "network", "said"),
    [
        ("japan", NetworkTable(), "--outline: must be sichuan, hull, box, or the path of a file, got 'japan'"),
        ("hull", NetworkTable(spacing_km=20), "--outline: a regular network has no hull of its own"),
        ("box", NetworkTable(spacing_km=20), r"--outline: box is that of \[network\] box, which is not given"),
        ("nowhere.json", NetworkTable(), "nowhere.json: No such file"),
    ],
)
def test_an_outline_that_there_is_not_is_refused(named, network, said):
    with pytest.raises(InputError, match=said):
        find_outline(named, network, lambda: None)


def test_check_says_what_an_outline_is_and_names_the_key_of_a_bad_one(tmp_path):
    assert check(written(tmp_path / "mine.geojson", POLYGON)) == "outline mine, 30 to 32 N, 100 to 102 E"
    corners = "# mine\nlongitude,latitude\n100,30\n102,30\n102,32\n"
    assert check(written(tmp_path / "jp.CSV", corners)) == "outline jp, 30 to 32 N, 100 to 102 E"
    with pytest.raises(InputError, match=r"jp.csv:2: latitude: .* got '91'"):
        check(written(tmp_path / "jp.csv", "latitude,longitude\n91,100\n30,102\n32,102\n"))
    with pytest.raises(InputError, match=r"coordinates\[0\]: must be 4 positions"):
        check(written(tmp_path / "open.geojson", {"type": "Polygon", "coordinates": [SQUARE[:-1]]}))

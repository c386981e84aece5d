"""The quakes that we ship: what their files say, and that they are where they should be."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ewarn.config.catalogues import find_quake
from ewarn.config.quakes import load_quake
from ewarn.config.tables import shipped
from ewarn.config.zones import zone_at
from ewarn.seismic.geodesy import azimuth_deg, distance_km
from ewarn.seismic.origin import Rupture

FILES = sorted((shipped() / "quakes").glob("*.toml"))

# Local time, latitude, longitude, depth (km), magnitude: of the China Earthquake Networks Center; the false alarm's
# time, place and depth are the alarm's own, of Sichuan's agency. Each file says which seconds are from memory.
CATALOGUE = {
    "lushan-2022": ("2022-06-01 17:00:08", 30.37, 102.94, 17, 6.1),
    "luding-2022": ("2022-09-05 12:52:18", 29.59, 102.08, 16, 6.8),
    "maduo-2021": ("2021-05-22 02:04:11", 34.59, 98.34, 17, 7.4),
    "changning-2019": ("2019-06-17 22:55:43", 28.34, 104.90, 16, 6.0),
    "wenchuan-2008": ("2008-05-12 14:28:04", 31.0, 103.4, 14, 8.0),
    "lushan-2013": ("2013-04-20 08:02:46", 30.3, 103.0, 13, 7.0),
    "jiuzhaigou-2017": ("2017-08-08 21:19:46", 33.20, 103.82, 20, 7.0),
    "luxian-2021": ("2021-09-16 04:33:31", 29.20, 105.34, 10, 6.0),
    "maerkang-2022": ("2022-06-10 01:28:34", 32.25, 101.82, 13, 6.0),
    "false-alarm-2021": ("2021-10-05 21:09:22", 28.52, 105.30, 5, 2.9),
}


MADE_UP = {"thirty-reports"}


def test_every_quake_of_the_catalogue_has_a_file_and_every_file_is_of_the_catalogue():
    assert {path.stem for path in FILES} - MADE_UP == set(CATALOGUE)


@pytest.mark.parametrize("name", CATALOGUE)
def test_a_file_says_what_the_catalogue_says(name):
    quake = find_quake(name)
    local, *numbers = CATALOGUE[name]
    moment = datetime.fromisoformat(local).replace(tzinfo=UTC) - timedelta(hours=8)
    origin = quake.origin
    assert quake.id == name
    assert origin.time == moment.timestamp()
    assert [origin.latitude, origin.longitude, origin.depth_km, origin.magnitude] == numbers


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_file_lies_in_the_zone_that_it_names(path):
    quake = load_quake(path)
    assert zone_at(quake.origin.latitude, quake.origin.longitude) == quake.zone


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_file_tells_its_sources_in_lines_that_fit(path: Path):
    lines = path.read_text(encoding="utf-8").splitlines()
    assert lines[0].startswith("# ")
    assert max(map(len, lines)) <= 120


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_from_magnitude_seven_a_known_strike_comes_with_a_rupture(path):
    quake = load_quake(path)
    large = quake.origin.magnitude >= 7 and quake.strike_deg is not None
    assert (quake.rupture != Rupture() and quake.rupture.length_km is not None) == large


def test_the_rupture_of_wenchuan_runs_north_east_past_beichuan():
    # Beichuan's old town, 31.83 N 104.46 E, stood on the fault: XI was observed there.
    quake = find_quake("wenchuan-2008")
    there = (31.83, 104.46)
    away = distance_km(quake.origin.latitude, quake.origin.longitude, *there)
    aside = azimuth_deg(quake.origin.latitude, quake.origin.longitude, *there) - quake.strike_deg
    assert abs(aside) < 5
    assert away < (1 - quake.rupture.nucleation) * quake.rupture.length_km


def test_the_false_alarm_says_another_magnitude_and_is_taken_back():
    alarm = find_quake("false-alarm-2021").false_alarm
    assert (alarm.magnitude, alarm.cancelled_after_s) == (8.1, 60.0)
    assert [path.stem for path in FILES if load_quake(path).false_alarm] == ["false-alarm-2021", "thirty-reports"]
